"""How many questions about working time a second of processor time answers, and whether each answer is right (P8)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from time import process_time

from tests.benchmarks.table import Goal
from tests.fleetcs.minutes import DAY, FIRST, HOUR, LA, MINUTE, OFFICE, TICK, YEARS, MinuteCount, instants

WANTED = 240_000
DAYS = 366 * YEARS


def arithmetic(*, quick: bool) -> Iterator[Goal]:
    """Speed on instants all over four years; truth against a count of every minute of five."""
    asked = [(at, amount, at + distance) for at, amount, distance in instants(20_000, 1700, seed=13)]
    for name, first in (("after", 1), ("between", 2)):
        best = max(rate(name, asked, first) for _ in range(5))
        yield Goal(f"Hours.{name}: calls a CPU second", best, WANTED, least=True)
    yield Goal("Hours: answers that differ from the count of minutes", wrong(quick=quick), 0)


def rate(name: str, asked: list[tuple[datetime, timedelta, datetime]], which: int) -> float:
    question = getattr(OFFICE, name)
    pairs = [(one[0], one[which]) for one in asked]
    began = process_time()
    for at, given in pairs:
        question(at, given)
    return len(pairs) / (process_time() - began)


def wrong(*, quick: bool) -> int:
    """How many of 10,000 random instants, and of every opening and closing of five years, are answered wrongly."""
    oracle = MinuteCount(DAYS)
    random = list(instants(1_000 if quick else 10_000, DAYS, seed=17))
    edges = ((at, 9 * HOUR, 20 * DAY) for at in boundaries(step=7 if quick else 1))
    return sum(differs(oracle, *one) for one in (*random, *edges))


def boundaries(step: int) -> Iterator[datetime]:
    """Around each opening and closing on a wall in Los Angeles."""
    for count in range(20, 365 * YEARS - 60, step):
        for wall in (time(7), time(16)):
            edge = datetime.combine(date(FIRST.year, 1, 1) + count * DAY, wall, LA).astimezone(UTC)
            yield from (edge - MINUTE, edge - TICK, edge, edge + TICK, edge + MINUTE)


def differs(oracle: MinuteCount, at: datetime, amount: timedelta, distance: timedelta) -> bool:
    spent = oracle.until(at + distance) - oracle.until(at)
    return (OFFICE.after(at, amount), OFFICE.between(at, at + distance)) != (oracle.after(at, amount), spent)
