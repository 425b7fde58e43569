"""The two repositories as tests need them: rows put into the stand-in, acts of people, and readings of ours."""

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.test import Client

from accounts.models import Codename
from fleetcs import clock, inbox
from fleetcs.clients import github
from fleetcs.local.standins.github import CONFIDENTIAL, DESK, PUBLIC
from support.github import duties
from support.models import Issue, Repository
from tests.factories import make_user
from tests.sending import send_all
from tests.standins import StandIns

REPOS = {"public": (PUBLIC, 1001), "confidential": (CONFIDENTIAL, 1002)}
NUMBER = count(50_001)
AT = "2026-01-12T18:00:00Z"


def label(standins: StandIns, name: str, *, repo: str = "public", description: str = "") -> int:
    """A label that stands over there; its id."""
    id = next(NUMBER)
    said = {"name": name, "color": "bfd4f2", "description": description or None, "repo": REPOS[repo][1]}
    standins.at_github({"kind": "github.label", "key": str(id), "id": id, **said})
    return id


def issue(standins: StandIns, number: int, *labels: int, repo: str = "public", **values: Any) -> int:
    """An issue that stands over there with these labels; its id."""
    fresh: dict[str, Any] = {
        "title": f"Issue {number}",
        "body": None,
        "user": "rosa",
        "state": "open",
        "state_reason": None,
    }
    fresh |= {
        "locked": False,
        "assignees": [],
        "created_at": AT,
        "updated_at": AT,
        "closed_at": None,
        "closed_by": None,
    }
    place = REPOS[repo][1]
    row = {"id": next(NUMBER), "repo": place, "number": number, "labels": list(labels), **fresh, **values}
    standins.at_github({"kind": "github.issue", "key": f"{place}/{number}", **row})
    return int(row["id"])


def read() -> None:
    """Everything that is due, in as many rounds as it takes."""
    Repository.objects.update(tried_at=None, busy_until=None)
    for _ in range(20):
        duties.read()
        send_all()
        if not Repository.objects.exclude(stage="").exists():
            return
        Repository.objects.update(busy_until=None)


def read_later(**by: float) -> None:
    """The next reading of everything, a quarter of an hour later unless it is said how much."""
    clock.set_to(clock.now() + timedelta(**(by or {"minutes": 16})))
    read()


def told(event: str, action: str, *, repo: str = "public", delivery: str = "", **payload: Any) -> None:
    """GitHub's signed event comes in, and is taken."""
    body = {"action": action, "repository": {"full_name": REPOS[repo][0], "private": repo != "public"}, **payload}
    raw = json.dumps(body).encode()
    id = delivery or f"d-{next(NUMBER)}"
    headers = {"X-GitHub-Delivery": id, "X-GitHub-Event": event, "X-Hub-Signature-256": github.sign(raw, "now")}
    said = Client().post("/github/webhook", raw, content_type="application/json", headers=headers)
    assert said.status_code == 200
    inbox.take()


def role(standins: StandIns, login: str, role: str = "", *, member: bool = False) -> None:
    """Somebody who has a role in both repositories, or is a private member of the organisation."""
    rows = [
        {"kind": "github.role", "key": f"{id}/{login}", "repo": id, "login": login, "role": role} for id in (1001, 1002)
    ]
    if member:
        standins.at_github({"kind": "github.member", "key": login, "login": login, "public": False})
    if role:
        standins.at_github(*rows)


def say(standins: StandIns, login: str, number: int, repo: str = "public") -> int:
    """Somebody comments a minute later; the comment's id."""
    clock.set_to(clock.now() + timedelta(minutes=1))
    if login.endswith("[bot]"):
        return _said_by_bot(standins, login, number, repo)
    said = standins.as_person(login, "POST", path(repo, f"/issues/{number}/comments"), {"body": "Here it is."})
    return int(said["id"])


def _said_by_bot(standins: StandIns, login: str, number: int, repo: str) -> int:
    """An App has no password, so that its comment is simply there."""
    id, at, place = next(NUMBER), f"{clock.now():%Y-%m-%dT%H:%M:%SZ}", REPOS[repo][1]
    row = {"id": id, "repo": place, "issue": number, "user": login, "body": "Beep.", "created_at": at, "updated_at": at}
    standins.at_github({"kind": "github.comment", "key": str(id), **row})
    standins.at_github({"kind": "github.issue", "key": f"{place}/{number}", "updated_at": at})
    return id


def put_on(standins: StandIns, number: int, *names: str, repo: str = "public") -> None:
    """A colleague puts labels on an issue, a minute later."""
    clock.set_to(clock.now() + timedelta(minutes=1))
    standins.as_person(DESK, "POST", path(repo, f"/issues/{number}/labels"), {"labels": list(names)})


def path(repo: str, rest: str) -> str:
    return f"/repos/{REPOS[repo][0]}{rest}"


def one(number: int, repo: str = "public") -> Issue:
    return Issue.objects.get(repo=repo, number=number)


def names(number: int, repo: str = "public") -> set[str]:
    """The labels an issue carries, as we have it."""
    return set(one(number, repo).labels.filter(gone_at=None).values_list("name", flat=True))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def standing(standins: StandIns, number: int = 1) -> set[str]:
    """The labels of an issue as they stand at GitHub."""
    [row] = [row for row in standins.github()["issues"] if row["number"] == number]
    return {each["name"] for each in standins.github()["labels"] if each["id"] in row["labels"]}


def codename_of(account: Any, name: str = "Ceres") -> Codename:
    """A codename that is given to an account."""
    return Codename.objects.assign(account, name, by=make_user())


def rename(standins: StandIns, old: str, new: str, repo: str = "public") -> None:
    standins.as_person(DESK, "PATCH", path(repo, f"/labels/{old}"), {"new_name": new})
