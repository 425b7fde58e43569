"""The office's calendar, and a count of its minutes that shares no code with working time."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate, pairwise
from random import Random
from zoneinfo import ZoneInfo

from fleetcs.hours import Hours

LA = ZoneInfo("America/Los_Angeles")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORKWEEK = {day: [("07:00", "16:00")] for day in WEEKDAYS[:5]}
MINUTE, HOUR, DAY, TICK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)
FIRST, YEARS = datetime(2024, 1, 1, tzinfo=UTC), 5
# Typed by hand from the rules of the statute, observed days included, for 2024 to 2028.
HOLIDAYS = """
2024-01-01 2024-01-15 2024-02-19 2024-05-27 2024-06-19 2024-07-04 2024-09-02 2024-10-14 2024-11-11 2024-11-28 2024-12-25
2025-01-01 2025-01-20 2025-02-17 2025-05-26 2025-06-19 2025-07-04 2025-09-01 2025-10-13 2025-11-11 2025-11-27 2025-12-25
2026-01-01 2026-01-19 2026-02-16 2026-05-25 2026-06-19 2026-07-03 2026-09-07 2026-10-12 2026-11-11 2026-11-26 2026-12-25
2027-01-01 2027-01-18 2027-02-15 2027-05-31 2027-06-18 2027-07-05 2027-09-06 2027-10-11 2027-11-11 2027-11-25 2027-12-24
2027-12-31 2028-01-17 2028-02-21 2028-05-29 2028-06-19 2028-07-04 2028-09-04 2028-10-09 2028-11-10 2028-11-23 2028-12-25
""".split()  # noqa: SIM905 - a table reads better
OFFICE = Hours("America/Los_Angeles", WORKWEEK, HOLIDAYS)


def pacific(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LA, fold=fold)


def week(*intervals: tuple[str, str], days: tuple[str, ...] = WEEKDAYS) -> dict[str, list[tuple[str, str]]]:
    return {day: list(intervals) for day in days}


# The office calendar against every minute of five years, each asked of zoneinfo on its own


class MinuteCount:
    """Open microseconds up to each minute since 2024-01-01 UTC."""

    def __init__(self, days: int) -> None:
        self.flags = [self.classify(FIRST + MINUTE * count) for count in range(days * 1440)]
        self.total = list(accumulate(self.flags, initial=0))

    @staticmethod
    def classify(minute: datetime) -> bool:
        local = minute.astimezone(LA)
        return local.weekday() < 5 and 7 <= local.hour < 16 and local.date().isoformat() not in HOLIDAYS

    def open_at(self, at: datetime) -> bool:
        return self.flags[(at - FIRST) // MINUTE]

    def until(self, at: datetime) -> timedelta:
        index, rest = divmod(at - FIRST, MINUTE)
        return self.total[index] * MINUTE + rest * self.flags[index]

    def after(self, start: datetime, amount: timedelta) -> datetime:
        target = self.until(start) + amount
        if not amount:
            index = bisect_right(self.total, target // MINUTE) - 1
            return max(start, FIRST + index * MINUTE)
        index = bisect_left(self.total, -(-target // MINUTE)) - 1
        return FIRST + index * MINUTE + (target - self.total[index] * MINUTE)

    def before(self, end: datetime, amount: timedelta) -> datetime:
        target = self.until(end) - amount
        index = bisect_right(self.total, target // MINUTE) - 1
        return FIRST + index * MINUTE + (target - self.total[index] * MINUTE)


@cache
def minute_count(days: int) -> MinuteCount:
    return MinuteCount(days)


def instants(count: int, days: int, seed: int) -> Iterator[tuple[datetime, timedelta, timedelta]]:
    """Random instants (some on whole seconds, some with microseconds), with an allowance and a distance each."""
    random = Random(seed)
    for _ in range(count):
        at = FIRST + timedelta(days=30 + random.randrange(days - 90), seconds=random.randrange(86400))
        at += timedelta(microseconds=random.choice([0, random.randrange(10**6)]))
        amount = timedelta(minutes=random.choice([15, 60, 240, 540, 1080, random.randrange(1, 5400)]))
        yield at, amount, timedelta(seconds=random.randrange(30 * 86400), microseconds=random.randrange(10**6))


def tiles(hours: Hours, start: datetime, end: datetime) -> None:
    spans = hours.ledger(start, end)
    if start < end:
        assert (spans[0].start, spans[-1].end) == (start, end)
    assert all(one.end == two.start for one, two in pairwise(spans))
    assert all(span.start < span.end for span in spans)
    assert sum((span.length for span in spans if span.counted), timedelta(0)) == hours.between(start, end)
