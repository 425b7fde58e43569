"""What stands on an account's calendar: meetings to come, and those that were held last."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from accounts import check_ins
from accounts.models import Account, Meeting

LONGEST: Final = timedelta(days=190)  # in which every series is held at least once
SHOWN: Final = 5  # of those that are over


@dataclass(frozen=True)
class Held:
    """One meeting, or one of a series: when it is, or was."""

    meeting: Meeting
    at: datetime


def of_account(account: Account, now: datetime) -> tuple[list[Held], list[Held]]:
    """What is to come, the soonest first, each series once; what was held last, the latest first."""
    rows = list(account.meetings.prefetch_related("attendees"))
    coming = [held for one in rows if not one.cancelled_at and (held := _next(one, now))]
    over = [held for one in rows if (held := _last(one, now))]
    latest = sorted(over, key=lambda held: held.at, reverse=True)[:SHOWN]
    return sorted(coming, key=lambda held: held.at), latest


def _next(one: Meeting, now: datetime) -> Held | None:
    """When it is held next; one that goes on is still to come."""
    begins = now - timedelta(minutes=one.minutes)
    return next((Held(one, at) for at in _moments(one, begins, max(one.starts_at, now) + LONGEST)), None)


def _last(one: Meeting, now: datetime) -> Held | None:
    """When it was held last; of a series called off, before that."""
    until = min(now, one.cancelled_at or now) - timedelta(minutes=one.minutes)
    found = deque(_moments(one, until - LONGEST, until) if one.recurs else _once(one, until), maxlen=1)
    return Held(one, found[0]) if found else None


def _once(one: Meeting, until: datetime) -> Iterator[datetime]:
    if one.starts_at <= until:
        yield one.starts_at


def _moments(one: Meeting, since: datetime, until: datetime) -> Iterator[datetime]:
    if one.recurs:
        yield from check_ins.occurrences(one.starts_at, one.recurs, since, until)
    elif since < one.starts_at <= until:
        yield one.starts_at
