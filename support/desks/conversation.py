"""A ticket of another system as plain values, whichever system told it (INT-04, SYS-05, SYS-06). Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Final, Literal

from support.sla import Priority
from support.slack_text import SKEW

type By = Literal["customer", "colleague", "bot"]

LONGEST_TEXT: Final = 200_000
LONGEST_ID: Final = 120
MOST_MESSAGES: Final = 2_000
DEEPEST: Final = 50  # lists and objects inside each other
KINDS: Final = ("support", "contact_form")
AUTHORS: Final[tuple[By, ...]] = ("customer", "colleague", "bot")


class Unreadable(ValueError):
    """What somebody gave us is no ticket; the words say why, and are read by a person."""


@dataclass(frozen=True)
class Person:
    """Whoever is named over there, as far as they are named."""

    name: str = ""
    email: str = ""
    slack_id: str = ""


@dataclass(frozen=True)
class Words:
    """One message: `id` is its own over there, `slack_ts` and `message_id` what Slack and the mail call it."""

    id: str
    at: datetime
    by: By
    person: Person
    text: str
    public: bool = True
    slack_ts: str = ""
    message_id: str = ""
    files: int = 0


@dataclass(frozen=True)
class Conversation:
    """A ticket over there. `channel` and `thread_ts` name its Slack thread, `account` is what it calls the customer."""

    system: str
    id: str
    subject: str
    kind: str
    received_at: datetime
    closed_at: datetime | None
    priority: str
    requester: Person
    account: str
    channel: str
    thread_ts: str
    messages: tuple[Words, ...]

    @property
    def first_response(self) -> Words | None:
        """A colleague's first public words; a machine's do not count (A15)."""
        answers = (one for one in self.messages if one.by == "colleague" and one.public)
        return next(answers, None)


# --- reading values that may be anything -----------------------------------------------------------------------------
def clean(value: Any, depth: int = DEEPEST) -> Any:
    """The same value as a database takes it: no NUL and no half of a surrogate pair in any text, nothing for a number
    that is none, and nothing for what lies deeper than anything of a ticket does."""
    if isinstance(value, str):
        return value.replace("\0", "").encode(errors="replace").decode()
    if isinstance(value, float):
        return value if isfinite(value) else None
    if not isinstance(value, Mapping | list | tuple):
        return value
    if not depth:
        return None
    if isinstance(value, Mapping):
        return {clean(str(name)): clean(each, depth - 1) for name, each in value.items()}
    return [clean(each, depth - 1) for each in value]


def word(values: Mapping[str, Any], name: str, limit: int = 300) -> str:
    """A short text, also where a number was written; "" where there is none."""
    found = values.get(name)
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    return str(clean(str(found)))[:limit].strip()


def part(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = values.get(name)
    return found if isinstance(found, Mapping) else {}


def listed(values: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects of a list. Raises Unreadable for one that is none, or that holds anything else."""
    found = values.get(name) or []
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise Unreadable(f"{name} is no list of objects")
    if len(found) > MOST_MESSAGES:
        raise Unreadable(f"{name} holds more than {MOST_MESSAGES:,} entries")
    return found


def identity(values: Mapping[str, Any], name: str) -> str:
    """The id of a ticket over there. Raises Unreadable without one, or with one that is cut nowhere safely."""
    found = word(values, name, LONGEST_ID + 1)
    if not found:
        raise Unreadable(f"{name} is missing")
    if len(found) > LONGEST_ID:
        raise Unreadable(f"{name} is longer than {LONGEST_ID} characters")
    return found


def moment(values: Mapping[str, Any], name: str, now: datetime) -> datetime:
    """An ISO 8601 moment with its offset; now, where their clock is a little ahead of ours. Raises Unreadable."""
    return min(told_at(values, name, now), now)


def told_at(values: Mapping[str, Any], name: str, now: datetime) -> datetime:
    """A moment as it was told. Raises Unreadable: one without a zone is not guessed at, and nothing has happened in the
    future, as far as clocks agree."""
    said = word(values, name, 40)
    try:
        at = datetime.fromisoformat(said)
        at = at.astimezone(UTC) if at.utcoffset() is not None else at
    except (ValueError, OverflowError):
        raise Unreadable(f"{name} {said!r} is no moment: write 2026-01-23T15:30:00-08:00") from None
    if at.tzinfo is None:
        raise Unreadable(f"{name} has no zone: give its offset, as in 2026-01-23T15:30:00-08:00")
    if at > now + SKEW or at.year < 2000:
        raise Unreadable(f"{name} lies in the future, or before this century")
    return at


def optional_moment(values: Mapping[str, Any], name: str, now: datetime) -> datetime | None:
    return moment(values, name, now) if values.get(name) else None


def priority_of(said: str, names: Mapping[str, str]) -> str:
    """P0 to P3, "" where nobody has set one. Raises Unreadable for a word that means none of them."""
    code = names.get(said.lower(), said.upper())
    if said and code not in {one.value for one in Priority}:
        raise Unreadable(f"priority {said!r} is none of {', '.join(Priority)}")
    return code


def text_of(values: Mapping[str, Any], *names: str) -> str:
    """The first of these that holds words."""
    return next((found for name in names if (found := word(values, name, LONGEST_TEXT))), "")


def mail_id(values: Mapping[str, Any], name: str) -> str:
    """The Message-ID of a mail as mails write it, in angle brackets; "" without one."""
    said = word(values, name, 398).strip("<>")
    return f"<{said}>" if said else ""


def in_order(messages: list[Words], now: datetime) -> tuple[Words, ...]:
    """By time, none later than now, each id once: the first that bears it. Of messages that name the same mail, the
    first is that mail."""
    once = {each.id: each for each in reversed(messages)}
    ordered = sorted(once.values(), key=lambda each: (each.at, each.id))
    first = {each.message_id: each.id for each in reversed(ordered)}
    mails = {each.id: each.message_id if first[each.message_id] == each.id else "" for each in ordered}
    return tuple(replace(each, at=min(each.at, now), message_id=mails[each.id]) for each in ordered)


def made_id(*parts: object) -> str:
    """An id for a message that came without one: the same words at the same moment are the same message."""
    return hashlib.sha256("\0".join(map(str, parts)).encode(errors="replace")).hexdigest()[:24]
