"""What stands at GitHub when the demo begins: labels, issues and what people wrote there, as rows of the stand-in.

The codenames' labels have the ids that our books know. Four labels are from before, for `manage.py adopt`; one stranger
names their company, for the watch.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

from accounts import codenames
from accounts.models import Account, Codename, CodenamePart
from fleetcs import clock
from fleetcs.models import User

type Fact = dict[str, Any]
type Ids = dict[tuple[int, str], int]

PUBLIC, CONFIDENTIAL = 1001, 1002  # the two repositories
FIRST_ID: Final = 7_000  # of issues and comments; labels from before have theirs from 6,000 on
PLAIN: Final = {
    "bug": "d73a4a",
    "customer request": "0e8a16",
    "~customer request": "0e8a16",
    ":incoming": "fbca04",
    ":reproduce": "fbca04",
    "~investigate": "b60205",
    ":product": "1d76db",
    ":release": "5319e7",
    "+more info please": "d4c5f9",
    "+waiting for customer": "d4c5f9",
}
# label, description in public and in confidence, from before fleetcs; None: it is not there
BEFORE: Final = (
    ("customer-philia", "A customer", "Fernhollow Robotics"),
    ("customer-sapientia", "A customer", "Customer: Glasswing Textiles"),
    ("customer-peitho", "A customer", None),
    ("customer-ursula", None, "Harrowgate"),
)
# labels, title, text, days ago, (who, days ago, what they wrote); {name}: a codename's label, by its place in the list
ISSUES: Final = (
    (("{0}", "bug", ":incoming", "~investigate"), "Hosts go offline after a restart", "Agent 4.72, 40 hosts.", 1, ()),
    (("{1}", "{3}", "bug", ":reproduce"), "Saved queries lose their schedule", "After an upgrade to 4.74.", 6, ()),
    (("{2}", "bug", ":release"), "CSV export stops at 10,000 rows", "The file ends in the middle of a row.", 30, ()),
    (
        ("{4}", "bug", "+more info please"),
        "Disk encryption key is not escrowed",
        "Only on laptops with two volumes.",
        9,
        (("wren-lanternfish", 8, "Which build of the system is it?"),),
    ),
    (
        ("{5}", "bug", "+more info please"),
        "Live query hangs on one host",
        "It never comes back.",
        12,
        (("joaquim-lanternfish", 11, "Could you attach the log?"), ("sam-outside", 2, "Attached, see above.")),
    ),
    (("{6}", "{8}", "customer request"), "Let a policy run on a schedule", "Nightly would do.", 40, ()),
    (("{7}", "~customer request", ":product"), "Export a report as a spreadsheet", "With the filters in it.", 75, ()),
    (
        ("{9}", "customer request", "+waiting for customer"),
        "Sign in with a hardware key",
        "Beside the password.",
        21,
        (("priya-lanternfish", 20, "Would a passkey do?"),),
    ),
    ((), "Typo in the settings page", "It says “recieve”.", 3, ()),
    (("bug",), "Dark mode: links are hard to read", "On the hosts page.", 15, (("kit-outside", 14, "Here too."),)),
    (
        ("bug", ":incoming"),
        "Agent does not start on old kernels",
        "Below 4.4.",
        2,
        (("robin-outside", 1, "The same with us at Oxbow Telecom."),),
    ),
)
PRIVATE: Final = (
    (("{0}",), "Rollout plan, second half", "Four sites a week.", 20, ()),
    (("{3}", "{4}"), "Who needs the escrow fix first", "Both renew this quarter.", 8, ()),
)


def facts(there: Ids) -> list[Fact]:
    """All of it, in the order of its coming to be; `there`: labels that stand there already, by repository and name."""
    labels = [*_labels(there)]
    ids = there | {(label["repo"], label["name"]): label["id"] for label in labels}
    names = list(Codename.objects.order_by("chosen_at", "pk"))
    numbers = count(FIRST_ID)
    issues = [
        fact
        for repo, told in ((PUBLIC, ISSUES), (CONFIDENTIAL, PRIVATE))
        for number, issue in enumerate(told, start=1)
        for fact in _issue(repo, number, issue, ids, [name.label for name in names], numbers)
    ]
    return [*_members(), *labels, *issues]


def _members() -> Iterator[Fact]:
    """Colleagues belong to the organisation; as with most, nobody outside is told."""
    for login in User.objects.active().exclude(github="").values_list("github", flat=True):
        yield {"kind": "github.member", "key": login.lower(), "login": login, "public": False}


def _labels(there: Ids) -> Iterator[Fact]:
    ids = count(6_000)
    for repo in (PUBLIC, CONFIDENTIAL):
        missing = {name: colour for name, colour in PLAIN.items() if (repo, name) not in there}
        yield from (_label(next(ids), repo, name, colour, "") for name, colour in missing.items())
    for name, *texts in BEFORE:
        for repo, text in zip((PUBLIC, CONFIDENTIAL), texts, strict=True):
            if text is not None:
                yield _label(next(ids), repo, name, codenames.COLOUR, text)
    for part in CodenamePart.objects.exclude(place=CodenamePart.Place.SALESFORCE).select_related("codename"):
        repo = PUBLIC if part.place == CodenamePart.Place.PUBLIC else CONFIDENTIAL
        text = f"Ask sales about {part.codename.real_name}" if part.drift else part.description
        yield _label(int(part.external_id), repo, part.codename.label, codenames.COLOUR, text)


def _label(number: int, repo: int, name: str, colour: str, text: str) -> Fact:
    named = {"kind": "github.label", "key": str(number), "id": number, "repo": repo}
    return {**named, "name": name, "color": colour, "description": text or None}


def _issue(repo: int, number: int, told: Any, ids: Ids, names: list[str], numbers: Iterator[int]) -> Iterator[Fact]:
    labels, title, text, ago, comments = told
    on_it = [ids[repo, label.format(*names)] for label in labels]
    newest = min([ago, *(days for _, days, _ in comments)])
    said = {"title": title, "body": text, "user": "wren-lanternfish", "labels": on_it, "assignees": []}
    state = {"state": "open", "state_reason": None, "locked": False, "closed_at": None, "closed_by": None}
    moments = {"created_at": _stamp(ago), "updated_at": _stamp(newest)}
    named = {"kind": "github.issue", "key": f"{repo}/{number}", "repo": repo, "number": number}
    yield {**named, "id": next(numbers), **said, **state, **moments}
    waiting = {"repo": repo, "issue": number, "event": "labeled", "actor": "wren-lanternfish"}
    for label in (label for label in labels if label.startswith("+")):
        key = next(numbers)
        shown = {"label": {"name": label, "color": PLAIN[label]}, "created_at": _stamp(ago)}
        yield {"kind": "github.happening", "key": str(key), "id": key, **waiting, **shown}
    for who, days, words in comments:
        yield from _comment(repo, number, next(numbers), who, _stamp(days), words)


def _comment(repo: int, issue: int, number: int, who: str, at: str, words: str) -> Iterator[Fact]:
    row = {"key": str(number), "id": number, "repo": repo, "issue": issue, "created_at": at}
    yield {"kind": "github.comment", **row, "user": who, "body": words, "updated_at": at}
    yield {"kind": "github.happening", **row, "event": "commented", "actor": who, "comment": number}


def _stamp(days: int) -> str:
    """A moment so many days ago, as GitHub writes it."""
    moment: datetime = clock.now() - timedelta(days=days, hours=3)
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def note_labels_from_before() -> None:
    """Salesforce knows one of the labels from before, so that one of them fits at once."""
    Account.objects.filter(name="Fernhollow Robotics").update(github_label="customer-philia")
