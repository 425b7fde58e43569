"""Rules of meetings with customers: on which days a series was held, and when the first business review is due."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count
from typing import Final

from fleetcs.hours import Hours
from fleetcs.working_day import ZONE, day_of, is_working, working_day

REVIEW_AFTER: Final = timedelta(days=90)  # DCL-25, QBR-02
WEEKS: Final = {"weekly": 1, "biweekly": 2}
MONTHS: Final = {"monthly": 1, "quarterly": 3}


def first_review(kickoff: datetime, calendar: Hours) -> date:
    """The day proposed for the first business review: ninety days after the kickoff, or the next working day."""
    return working_day(day_of(kickoff) + REVIEW_AFTER, is_working(calendar))


def occurrences(starts_at: datetime, recurs: str, since: datetime, until: datetime) -> Iterator[datetime]:
    """The meetings of a series that begin from `since` to `until`, by the company's wall clock, the oldest first."""
    first = starts_at.astimezone(ZONE)
    for number in count(_passed(first, recurs, since)):
        moment = _nth(first, recurs, number)
        if moment > until:
            return
        if moment >= since:
            yield moment


def _passed(first: datetime, recurs: str, since: datetime) -> int:
    """How many of a series are surely over before a moment: where to begin counting."""
    longest = timedelta(weeks=WEEKS[recurs]) if recurs in WEEKS else timedelta(days=31 * MONTHS[recurs])
    return max((since - first) // longest - 1, 0)


def _nth(first: datetime, recurs: str, number: int) -> datetime:
    """One of a series; the last day of a month that has no such day."""
    if recurs in WEEKS:
        return first + timedelta(weeks=WEEKS[recurs] * number)
    years, month = divmod(first.month - 1 + MONTHS[recurs] * number, 12)
    year = first.year + years
    return first.replace(year=year, month=month + 1, day=min(first.day, monthrange(year, month + 1)[1]))
