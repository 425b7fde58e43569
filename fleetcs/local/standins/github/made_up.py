"""What stands at GitHub on the first day of a demo: labels, a few issues and what was said under them. All invented."""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from fleetcs.local.standins.github.state import DESK, State
from fleetcs.local.standins.wire import Fact

PUBLIC, CONFIDENTIAL = 1001, 1002
COLOURS: Final = {"bug": "d73a4a", "customer request": "a2eeef", "+more info please": "fbca04"}
LABELS: Final = (
    *("bug", ":reproduce", ":incoming", "~investigate", ":help-customers", ":product", ":release"),
    *("customer request", "~customer request", "#g-unicorns", "+more info please", "documentation", "~assisting qa"),
)
INSIDE, OUTSIDE, STRANGER = "maya-lanternfish", "rosa-at-work", "sven-writes"


class Made(NamedTuple):
    """An issue: who filed it how many days ago, and who spoke how many hours later."""

    title: str
    labels: tuple[str, ...]
    user: str
    days: int
    assignees: tuple[str, ...]
    said: tuple[tuple[str, int], ...]


ISSUES: Final = (
    Made(
        "Hosts go offline after the agent updates itself", ("bug", "~investigate", ":help-customers"), DESK, 2, (), ()
    ),
    Made(
        "Installer fails behind a proxy",
        ("bug", "+more info please"),
        OUTSIDE,
        9,
        (INSIDE,),
        ((INSIDE, 2), (OUTSIDE, 30)),
    ),
    Made("Policy results are empty on one platform", ("bug", "+more info please"), STRANGER, 5, (), ((INSIDE, 3),)),
    Made("Filter hosts by the day they enrolled", ("customer request",), OUTSIDE, 40, (), ((INSIDE, 20),)),
    Made("Export a saved search as a file", ("~customer request", ":product"), INSIDE, 75, (INSIDE,), ((OUTSIDE, 90),)),
    Made("Dashboard counts a host twice", ("bug", ":reproduce", ":incoming"), INSIDE, 1, (), ()),
    Made(
        "Dark theme for the login page",
        ("customer request", "~assisting qa"),
        OUTSIDE,
        120,
        (),
        ((INSIDE, 12), (OUTSIDE, 40)),
    ),
    Made("Teams can be renamed", ("~customer request", ":release"), INSIDE, 30, (INSIDE,), ()),
    Made("Spelling on the settings page", ("documentation",), STRANGER, 12, (), ()),
)


def first_day(state: State, now: datetime) -> list[Fact]:
    """The rows, unless there are issues already: what was changed in a demo stays changed."""
    if state.rows("issue"):
        return []
    ids = {name: 3_000 + number for number, name in enumerate(LABELS)}
    rows = [
        _label(repo, name, id + (repo - PUBLIC) * 100) for repo in (PUBLIC, CONFIDENTIAL) for name, id in ids.items()
    ]
    rows += [{"kind": "github.member", "key": INSIDE, "login": INSIDE, "public": False}]
    for number, one in enumerate(ISSUES, start=101):
        rows += _issue(number, ids, now, one)
    return rows


def _label(repo: int, name: str, id: int) -> Fact:
    said = {"name": name, "color": COLOURS.get(name, "c5def5"), "description": None}
    return {"kind": "github.label", "key": str(id), "id": id, "repo": repo, **said}


def _issue(number: int, ids: dict[str, int], now: datetime, one: Made) -> list[Fact]:
    """An issue, its comments, and when its label with "+" was put on: an hour after the first word of ours."""
    filed = now - timedelta(days=one.days)
    spoken = [
        (login, filed + timedelta(hours=hours)) for login, hours in one.said if filed + timedelta(hours=hours) < now
    ]
    newest = max([filed, *(at for _, at in spoken)])
    fresh: dict[str, Any] = {"body": None, "state": "open", "state_reason": None, "locked": False}
    moments = {"created_at": _stamp(filed), "updated_at": _stamp(newest), "closed_at": None, "closed_by": None}
    place = {
        "kind": "github.issue",
        "key": f"{PUBLIC}/{number}",
        "id": 4_000 + number,
        "repo": PUBLIC,
        "number": number,
    }
    labels = [ids[name] for name in one.labels]
    issue = {
        **place,
        **fresh,
        **moments,
        "title": one.title,
        "user": one.user,
        "labels": labels,
        "assignees": list(one.assignees),
    }
    words = [_comment(5_000 + 10 * number + place, number, login, at) for place, (login, at) in enumerate(spoken)]
    plus = [
        _put_on(6_000 + number, number, name, filed + timedelta(hours=4)) for name in one.labels if name.startswith("+")
    ]
    return [issue, *words, *plus]


def _comment(id: int, issue: int, login: str, at: datetime) -> Fact:
    row = {"id": id, "repo": PUBLIC, "issue": issue, "user": login, "created_at": _stamp(at), "updated_at": _stamp(at)}
    return {"kind": "github.comment", "key": str(id), **row, "body": "Here is what I have seen."}


def _put_on(id: int, issue: int, name: str, at: datetime) -> Fact:
    row = {"id": id, "repo": PUBLIC, "issue": issue, "event": "labeled", "actor": INSIDE, "created_at": _stamp(at)}
    return {"kind": "github.happening", "key": str(id), **row, "label": {"name": name, "color": "fbca04"}}


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
