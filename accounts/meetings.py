"""What stands on an account's calendar: meetings to come, and those that were held last."""

from collections import deque
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
    over = now - timedelta(minutes=one.minutes)
    moments = check_ins.occurrences(one.starts_at, one.recurs, over, max(one.starts_at, now) + LONGEST)
    return next((Held(one, at) for at in moments if at > over), None)


def _last(one: Meeting, now: datetime) -> Held | None:
    """When it was held last; of a series called off, before that."""
    until = min(now, one.cancelled_at or now) - timedelta(minutes=one.minutes)
    since = until - LONGEST if one.recurs else one.starts_at
    found = deque(check_ins.occurrences(one.starts_at, one.recurs, since, until), maxlen=1)
    return Held(one, found[0]) if found else None
