"""The "New customer" issue of a won deal in the confidential repository, found by its marker before it is made.

Who is assigned and which labels it has comes with the handbook: labels as text, people as the posts they hold.
"""

from typing import Final
from urllib.parse import urlencode

from django.conf import settings

from fleetcs.addresses import absolute_url
from fleetcs.clients import github
from fleetcs.clients.github import Issue
from fleetcs.clients.http import Rejected
from fleetcs.effects import Sender, Sent, emit
from fleetcs.models import Effect, HandbookEntry, User
from opportunities.models import DealClose
from opportunities.models.close_evidence import POSTS, receiver

TASKS: Final = (
    "AE: complete the tasks at the top of this issue, then hand it on",
    "Business objectives and technical objectives in the account plan",
    "Handoff call of 30 minutes with customer success",
    "Customer success takes over",
)


class SaleIssue(Sender):
    """The issue of one close; `args`: close."""

    destination = "github"
    protocol = "probe"
    patience = github.PATIENCE

    def wanted(self, effect: Effect) -> str | None:
        return "named_already" if close_of(effect).issue_url else None

    def send(self, effect: Effect) -> Sent:
        """On the first try too it may be there: filed by the link, and not named here."""
        close = close_of(effect)
        return self.probe(effect) or seen(github.create_issue("confidential", title(close), body(close), labels()))

    def probe(self, effect: Effect) -> Sent | None:
        close = close_of(effect)
        found = github.marked("confidential", hidden(close), close.begun_at)
        return seen(found) if found else None

    def settle(self, effect: Effect, sent: Sent) -> None:
        """It is known here, and is given to those whose it becomes, as a step of its own that may be tried again."""
        if "number" not in sent.facts:
            return
        close = close_of(effect)
        close.note_issue(sent.external_id)
        args = {"close": close.pk, "number": sent.facts["number"]}
        emit("github.sale_assign", key=f"close:{close.pk}:assign", args=args, by=effect.by)

    def refused(self, effect: Effect, code: str) -> None:
        DealClose.objects.filter(pk=effect.args["close"]).update(issue_refused=code[:80])


class SaleAssign(Sender):
    """Gives the issue to whoever holds the posts today; `args`: close and number."""

    destination = "github"
    protocol = "natural"

    def wanted(self, effect: Effect) -> str | None:
        return None if assignees() else "nobody_to_assign"

    def send(self, effect: Effect) -> Sent:
        github.assign("confidential", effect.args["number"], assignees())
        return Sent()


def seen(issue: Issue) -> Sent:
    return Sent(issue.url, {"number": issue.number})


def close_of(effect: Effect) -> DealClose:
    found = DealClose.objects.select_related("opportunity__account").filter(pk=effect.args["close"]).first()
    if found is None:
        raise Rejected("close_gone")
    return found


def title(close: DealClose) -> str:
    return f"New customer: {close.opportunity.account.name}"


def body(close: DealClose) -> str:
    """What is to be done, and where; the marker is there to find the issue again, and nobody sees it."""
    address = absolute_url(close.get_absolute_url())
    tasks = "\n".join(f"- [ ] {task}" for task in TASKS)
    return f"{tasks}\n\nThe close: {address}\n\n{hidden(close)}"


def prefilled(close: DealClose) -> str:
    """The address of GitHub's own form, filled in, for whoever makes the issue by hand (DCL-00, DCL-12a).

    It has the text of the company's template where the handbook names one, else ours, by whose marker the win finds
    it: by the template it has to be named here. "" without a repository.
    """
    template = str(HandbookEntry.objects.value("aliases", "sale_issue_template"))
    text = {"template": template} if template else {"body": body(close)}
    said = {"title": title(close), "labels": ",".join(labels()), "assignees": ",".join(assignees()), **text}
    query = urlencode({name: words for name, words in said.items() if words})
    repo = settings.GITHUB_CONFIDENTIAL_REPO
    return f"https://github.com/{repo}/issues/new?{query}" if repo else ""


def hidden(close: DealClose) -> str:
    return f"<!-- close {close.pk} -->"


def labels() -> list[str]:
    """As the handbook says, one a comma."""
    told = HandbookEntry.objects.value("aliases", "sale_issue_labels") or ""
    return [name.strip() for name in str(told).split(",") if name.strip()]


def assignees() -> list[str]:
    """The names at GitHub of those who hold the posts that it goes to."""
    held = (User.objects.holding(receiver(post)).first() for post in POSTS)
    return [person.github for person in held if person and person.github]
