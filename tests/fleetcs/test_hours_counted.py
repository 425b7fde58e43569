"""Working time, held against oracles that share no code with it: every minute classified on its own."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetcs.hours import Hours
from tests.fleetcs.minutes import (
    DAY,
    FIRST,
    HOLIDAYS,
    HOUR,
    LA,
    MINUTE,
    OFFICE,
    TICK,
    WEEKDAYS,
    WORKWEEK,
    YEARS,
    MinuteCount,
    instants,
    minute_count,
    tiles,
)


def agrees(oracle: MinuteCount, at: datetime, amount: timedelta, distance: timedelta) -> None:
    assert OFFICE.is_open(at) == oracle.open_at(at)
    assert OFFICE.after(at, amount) == oracle.after(at, amount)
    assert OFFICE.before(at, amount) == oracle.before(at, amount)
    assert OFFICE.between(at, at + distance) == oracle.until(at + distance) - oracle.until(at)


@pytest.mark.ledger("SLA-13", "SLA-15")
def test_random_instants_of_a_year_agree_with_a_count_of_its_minutes() -> None:
    oracle = minute_count(460)
    for at, amount, distance in instants(3000, 460, seed=7):
        agrees(oracle, at, amount, distance)
        assert OFFICE.after(at, timedelta(0)) == oracle.after(at, timedelta(0))


@pytest.mark.slow
@pytest.mark.ledger("SLA-13", "SLA-15")
def test_ten_thousand_instants_of_five_years_agree_with_a_count_of_their_minutes() -> None:
    oracle = minute_count(366 * YEARS)
    for at, amount, distance in instants(10_000, 366 * YEARS, seed=11):
        agrees(oracle, at, amount, distance)


@pytest.mark.slow
@pytest.mark.ledger("SLA-13", "SLA-15")
def test_every_minute_at_the_edge_of_every_day_of_five_years_agrees() -> None:
    oracle = minute_count(366 * YEARS)
    for count in range(20, 365 * YEARS - 60):
        day = date(2024, 1, 1) + count * DAY
        for wall in (time(7), time(16)):
            edge = datetime.combine(day, wall, LA).astimezone(UTC)
            for at in (edge - MINUTE, edge - TICK, edge, edge + TICK, edge + MINUTE):
                agrees(oracle, at, 9 * HOUR, 20 * DAY)
                assert OFFICE.after(at, timedelta(0)) == oracle.after(at, timedelta(0))


@pytest.mark.slow
def test_every_hour_of_every_night_the_clocks_change_agrees() -> None:
    oracle = minute_count(366 * YEARS)
    nights = [at for at in (FIRST + DAY * n for n in range(30, 1780)) if _offset(at) != _offset(at + DAY)]
    assert len(nights) >= 9
    for at in (night + HOUR * hour for night in nights for hour in range(-24, 72)):
        agrees(oracle, at, 9 * HOUR, 5 * DAY)


def _offset(at: datetime) -> timedelta | None:
    return at.astimezone(LA).utcoffset()


# Any week, any zone: each minute asked on its own


def shown(zone: ZoneInfo, wall: datetime) -> tuple[datetime, bool]:
    """The first instant at which the wall clock shows this; in a gap, the wall moved forward by the gap."""
    noon = wall.replace(tzinfo=UTC)
    around = [(noon + distance).astimezone(zone).utcoffset() or timedelta(0) for distance in (-26 * HOUR, 26 * HOUR)]
    seen = sorted(noon - offset for offset in around)
    found = [at for at in seen if at.astimezone(zone).replace(tzinfo=None, fold=0) == wall]
    return (found[0], True) if found else (noon - around[0], False)


def minutes_of(zone: ZoneInfo, day: date, intervals: list[tuple[str, str]]) -> set[datetime]:
    minutes: set[datetime] = set()
    for pair in intervals:
        walls = [datetime.combine(day, time()) + timedelta(hours=int(t[:2]), minutes=int(t[3:])) for t in pair]
        (start, exists), (end, ends) = (shown(zone, wall) for wall in walls)
        if exists or ends:
            minutes.update(start + MINUTE * count for count in range((end - start) // MINUTE))
    return minutes


def _text(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def days_of_hours(draw: st.DrawFn, at_most: int = 6) -> list[tuple[str, str]]:
    minutes = st.one_of(st.integers(0, 96).map(lambda n: n * 15), st.integers(0, 1438))
    edges = sorted(draw(st.sets(minutes, max_size=at_most)))
    return [(_text(a), _text(b)) for a, b in zip(edges[::2], edges[1::2], strict=False)]


ZONES = """America/Los_Angeles Europe/Berlin Asia/Kolkata Australia/Lord_Howe America/Havana America/Nuuk
Pacific/Apia Africa/Cairo America/Santiago UTC""".split()  # noqa: SIM905
# Around the changes of the clocks, the skipped day of Apia, and some plain weeks.
MIDDLES = ["2011-12-30", "2024-03-31", "2026-03-08", "2026-03-29", "2026-04-05", "2026-09-06", "2026-10-25"]
MIDDLES += ["2026-11-01", "2024-10-27", "2024-04-26", "2026-06-15", "2026-12-31"]


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_any_week_in_any_zone_agrees_with_a_count_of_minutes(data: st.DataObject) -> None:
    zone = ZoneInfo(data.draw(st.sampled_from(ZONES)))
    middle = date.fromisoformat(data.draw(st.sampled_from(MIDDLES)))
    some_days = st.dates(middle - 3 * DAY, middle + 3 * DAY)
    weekly = data.draw(
        st.fixed_dictionaries({day: days_of_hours() for day in WEEKDAYS}).filter(lambda w: any(w.values()))
    )
    holidays = data.draw(st.sets(some_days, max_size=2))
    shifts = data.draw(st.dictionaries(some_days, days_of_hours(), max_size=2))
    breaks = data.draw(st.dictionaries(some_days, days_of_hours(), max_size=3))
    hours = Hours(zone.key, weekly, holidays, shifts, breaks)
    minutes: set[datetime] = set()
    for day in (middle + DAY * count for count in range(-7, 8)):
        planned = shifts[day] if day in shifts else [] if day in holidays else weekly[WEEKDAYS[day.weekday()]]
        minutes |= minutes_of(zone, day, planned) - minutes_of(zone, day, breaks.get(day, []))
    offset = st.integers(-4 * 86400 * 10**6, 4 * 86400 * 10**6).map(lambda count: TICK * count)
    centre = datetime.combine(middle, time(12), UTC)
    start, end = sorted(centre + data.draw(offset) for _ in range(2))
    check(hours, sorted(minutes), start, end)


def check(hours: Hours, minutes: list[datetime], start: datetime, end: datetime) -> None:
    counted = sum((overlap(minute, start, end) for minute in minutes), timedelta(0))
    assert hours.between(start, end) == counted
    for at in (start, end):
        floor = at.replace(second=0, microsecond=0)
        assert hours.is_open(at) == (floor in set(minutes))
    tiles(hours, start, end)
    if counted:
        due, begin = hours.after(start, counted), hours.before(end, counted)
        assert hours.between(start, due) == hours.between(begin, end) == counted
        assert due <= end
        assert start <= begin
        assert hours.between(start, due - TICK) == counted - TICK
        assert hours.between(begin + TICK, end) == counted - TICK


def overlap(minute: datetime, start: datetime, end: datetime) -> timedelta:
    return max(timedelta(0), min(minute + MINUTE, end) - max(minute, start))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**15), st.integers(0, 10**13))
def test_after_and_before_undo_each_other(offset: int, amount: int) -> None:
    start, open_time = FIRST + TICK * offset, TICK * (amount + 1)
    due = OFFICE.after(start, open_time)
    assert OFFICE.between(start, due) == open_time
    assert OFFICE.before(due, open_time) == OFFICE.after(start, timedelta(0))


def test_answers_do_not_depend_on_what_was_asked_before() -> None:
    asked = list(instants(60, 1700, seed=5))
    fresh = [Hours("America/Los_Angeles", WORKWEEK, HOLIDAYS).after(at, amount) for at, amount, _ in asked]
    assert [OFFICE.after(at, amount) for at, amount, _ in asked] == fresh
