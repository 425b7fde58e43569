"""What GitHub's answers say, as plain values. Real answers lack keys: only those that name a thing are needed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleetcs.clients.http import Unavailable

type Raw = dict[str, Any]


@dataclass(frozen=True)
class Label:
    """A label; `id` stays when it is renamed, `color` is six hexadecimal digits."""

    id: int
    name: str
    description: str
    color: str


@dataclass(frozen=True)
class Person:
    """Who did something; `kind` is User, Bot, Organization, or "" for an account that is gone."""

    login: str
    id: int
    kind: str


@dataclass(frozen=True)
class Issue:
    """An issue (or pull request); `state` is open or closed, `repository` the "owner/name" it is in now."""

    id: int
    number: int
    title: str
    body: str
    state: str
    state_reason: str
    locked: bool
    labels: tuple[Label, ...]
    author: Person
    assignees: tuple[str, ...]
    comments: int
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    url: str
    repository: str
    is_pull_request: bool


@dataclass(frozen=True)
class Comment:
    """A comment under the issue `issue_number`; `app` is the slug of the App it was written through, "" without."""

    id: int
    issue_number: int
    author: Person
    app: str
    body: str
    created_at: datetime
    updated_at: datetime
    url: str


@dataclass(frozen=True)
class Happening:
    """One entry of an issue's timeline; a label has the name of that day, not of today, and no id."""

    id: int
    event: str
    actor: Person
    at: datetime | None
    label: str
    assignee: str
    state_reason: str


@dataclass(frozen=True)
class HookDelivery:
    """One try of GitHub to tell us something; `guid` is what comes in X-GitHub-Delivery, the same on every try."""

    id: int
    guid: str
    event: str
    action: str
    delivered_at: datetime
    status_code: int
    redelivery: bool

    @property
    def arrived(self) -> bool:
        return 200 <= self.status_code < 300


@dataclass(frozen=True)
class Page[T]:
    """One page. `unchanged`: nothing is new since the given etag, and it was free; `next` is asked for with `page=`."""

    items: tuple[T, ...]
    etag: str = ""
    unchanged: bool = False
    next: str = ""


@dataclass(frozen=True)
class Found:
    """What a search found: at most a thousand, of `total`; `incomplete` when GitHub gave up looking."""

    issues: tuple[Issue, ...]
    total: int
    incomplete: bool


def label(raw: Raw) -> Label:
    return Label(number(raw, "id"), named(raw, "name"), text(raw, "description"), text(raw, "color").lower())


def person(raw: object) -> Person:
    found = raw if isinstance(raw, dict) else {}
    return Person(text(found, "login"), int(found.get("id") or 0), text(found, "type"))


def issue(raw: Raw) -> Issue:
    return Issue(
        id=number(raw, "id"),
        number=number(raw, "number"),
        title=text(raw, "title"),
        body=text(raw, "body"),
        state=named(raw, "state"),
        state_reason=text(raw, "state_reason"),
        locked=raw.get("locked") is True,
        labels=tuple(label(each) for each in raw.get("labels") or ()),
        author=person(raw.get("user")),
        assignees=tuple(text(each, "login") for each in raw.get("assignees") or ()),
        comments=int(raw.get("comments") or 0),
        created_at=moment(raw, "created_at"),
        updated_at=moment(raw, "updated_at"),
        closed_at=moment(raw, "closed_at") if raw.get("closed_at") else None,
        url=text(raw, "html_url"),
        repository="/".join(text(raw, "repository_url").rsplit("/", 2)[-2:]),
        is_pull_request="pull_request" in raw,
    )


def comment(raw: Raw) -> Comment:
    of = text(raw, "issue_url").rpartition("/")[2]
    return Comment(
        id=number(raw, "id"),
        issue_number=int(of) if of.isdecimal() else 0,
        author=person(raw.get("user")),
        app=text(raw.get("performed_via_github_app") or {}, "slug"),
        body=text(raw, "body"),
        created_at=moment(raw, "created_at"),
        updated_at=moment(raw, "updated_at"),
        url=text(raw, "html_url"),
    )


def happening(raw: Raw) -> Happening:
    at = next((key for key in ("created_at", "submitted_at") if raw.get(key)), "")
    return Happening(
        id=int(raw.get("id") or 0),
        event=text(raw, "event"),
        actor=person(raw.get("actor") or raw.get("user")),
        at=moment(raw, at) if at else None,
        label=text(raw.get("label") or {}, "name"),
        assignee=text(raw.get("assignee") or {}, "login"),
        state_reason=text(raw, "state_reason"),
    )


def delivery(raw: Raw) -> HookDelivery:
    return HookDelivery(
        id=number(raw, "id"),
        guid=named(raw, "guid"),
        event=text(raw, "event"),
        action=text(raw, "action"),
        delivered_at=moment(raw, "delivered_at"),
        status_code=int(raw.get("status_code") or 0),
        redelivery=raw.get("redelivery") is True,
    )


def text(raw: Raw, key: str) -> str:
    """A text that may be missing or null: ""."""
    found = raw.get(key)
    return found if isinstance(found, str) else ""


def named(raw: Raw, key: str) -> str:
    """A text without which the answer makes no sense; raises Unavailable."""
    return _needed(text(raw, key))


def number(raw: object, key: str) -> int:
    """A number without which the answer makes no sense; raises Unavailable."""
    found = raw.get(key) if isinstance(raw, dict) else None
    return _needed(found if isinstance(found, int) else 0)


def moment(raw: Raw, key: str) -> datetime:
    """A moment with its zone; raises Unavailable for anything else."""
    try:
        return datetime.fromisoformat(named(raw, key))
    except ValueError:
        return _needed(None)


def _needed[T](found: T | None) -> T:
    if not found:
        raise Unavailable(code="not_understood", ambiguous=True)
    return found
