"""Working time, held against oracles that share no code with it: every minute classified on its own."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import accumulate, pairwise
from random import Random
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetcs.hours import AmbiguousTime, Hours, NoOpenTime, Span, wall_time

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


# Edges


@pytest.mark.ledger("SLA-13")
def test_the_opening_instant_is_open_and_the_closing_instant_is_not() -> None:
    assert OFFICE.is_open(pacific("2026-02-03T07:00:00"))
    assert not OFFICE.is_open(pacific("2026-02-03T06:59:59.999999"))
    assert OFFICE.is_open(pacific("2026-02-03T15:59:59.999999"))
    assert not OFFICE.is_open(pacific("2026-02-03T16:00:00"))


def test_an_amount_that_ends_at_closing_ends_there_and_not_at_the_next_opening() -> None:
    assert OFFICE.after(pacific("2026-02-03T07:00"), 9 * HOUR) == pacific("2026-02-03T16:00")
    assert OFFICE.after(pacific("2026-02-03T16:00"), 9 * HOUR) == pacific("2026-02-04T16:00")


def test_an_amount_that_begins_at_opening_begins_there_and_not_at_the_last_closing() -> None:
    assert OFFICE.before(pacific("2026-02-03T16:00"), 9 * HOUR) == pacific("2026-02-03T07:00")
    assert OFFICE.before(pacific("2026-02-03T07:00"), 9 * HOUR) == pacific("2026-02-02T07:00")


def test_one_hour_before_a_target_on_monday_morning_is_on_friday_afternoon() -> None:
    assert OFFICE.before(pacific("2026-01-26T07:30"), HOUR) == pacific("2026-01-23T15:30")


def test_an_amount_of_zero_is_the_next_open_moment() -> None:
    zero = timedelta(0)
    assert OFFICE.after(pacific("2026-02-03T10:00"), zero) == pacific("2026-02-03T10:00")
    assert OFFICE.after(pacific("2026-02-03T16:00"), zero) == pacific("2026-02-04T07:00")
    assert OFFICE.before(pacific("2026-02-03T10:00"), zero) == pacific("2026-02-03T10:00")
    assert OFFICE.before(pacific("2026-02-03T20:00"), zero) == pacific("2026-02-03T16:00")


def test_a_reversed_range_is_zero_and_has_no_ledger() -> None:
    start, end = pacific("2026-02-03T10:00"), pacific("2026-02-03T09:00")
    assert OFFICE.between(start, end) == timedelta(0)
    assert OFFICE.ledger(start, end) == []
    assert OFFICE.ledger(start, start) == []


def test_a_range_reversed_only_on_the_wall_of_the_autumn_night_is_not_reversed() -> None:
    always = Hours("America/Los_Angeles", week(("00:00", "24:00")))
    assert always.between(pacific("2026-11-01T01:45"), pacific("2026-11-01T01:15", fold=1)) == 30 * MINUTE
    assert always.between(pacific("2026-11-01T01:45", fold=1), pacific("2026-11-01T01:50")) == timedelta(0)


def test_hours_are_read_in_the_calendar_zone_whatever_offset_the_input_has() -> None:
    at = pacific("2026-01-23T15:30")
    for zone in ("UTC", "Asia/Kolkata", "Pacific/Auckland"):
        due = OFFICE.after(at.astimezone(ZoneInfo(zone)), 4 * HOUR)
        assert due == pacific("2026-01-26T11:30") - HOUR
        assert due.tzinfo is UTC


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        OFFICE.is_open(datetime(2026, 1, 1))  # noqa: DTZ001


def test_a_negative_or_an_endless_amount_is_refused() -> None:
    for verb in (OFFICE.after, OFFICE.before):
        with pytest.raises(NoOpenTime):
            verb(pacific("2026-02-03T10:00"), timedelta.max)
        with pytest.raises(ValueError, match="negative"):
            verb(pacific("2026-02-03T10:00"), -HOUR)


def test_microseconds_survive() -> None:
    at = pacific("2026-01-23T15:59:59.999999")
    assert OFFICE.after(at, 2 * TICK) == pacific("2026-01-26T07:00:00.000001")
    assert OFFICE.between(at, pacific("2026-01-26T07:00:00.000001")) == 2 * TICK


def test_a_calendar_without_nights_loses_nothing_at_midnight() -> None:
    always = Hours("America/Los_Angeles", week(("00:00", "24:00")))
    start, end = pacific("2026-02-03T10:00"), pacific("2026-03-20T10:00")
    assert always.between(start, end) == end.astimezone(UTC) - start.astimezone(UTC)
    assert [span.reason for span in always.ledger(start, end)] == ["open hours"]
    assert always.opening_before(start) is always.closing_before(start) is None
    assert always.next_opening(start) is always.next_closing(start) is None


def test_the_only_night_of_a_calendar_is_found_from_years_away() -> None:
    always = Hours("America/Los_Angeles", week(("00:00", "24:00")), ["2026-12-25"])
    for year in (2000, 2040):
        at = datetime(year, 1, 1, tzinfo=UTC)
        edges = [always.closing_before(at), always.opening_before(at), always.next_closing(at), always.next_opening(at)]
        night = [pacific("2026-12-25T00:00"), pacific("2026-12-26T00:00")]
        assert edges == [None, None, *night] if year == 2000 else [*night, None, None]


def test_opening_and_closing_instants_are_found_before_and_after() -> None:
    monday = pacific("2026-01-26T06:00")
    assert OFFICE.opening_before(monday) == pacific("2026-01-23T07:00")
    assert OFFICE.closing_before(monday) == pacific("2026-01-23T16:00")
    assert OFFICE.next_opening(monday) == pacific("2026-01-26T07:00")
    assert OFFICE.next_closing(monday) == pacific("2026-01-26T16:00")
    opening, closing = pacific("2026-01-26T07:00"), pacific("2026-01-26T16:00")
    assert OFFICE.opening_before(opening) == opening
    assert OFFICE.closing_before(closing) == closing
    assert OFFICE.next_opening(opening) == pacific("2026-01-27T07:00")
    assert OFFICE.next_closing(closing) == pacific("2026-01-27T16:00")


def test_the_end_of_the_next_open_day_skips_weekends_and_holidays() -> None:
    assert OFFICE.end_of_open_day(pacific("2026-01-16T15:30"), 1) == pacific("2026-01-20T16:00")
    assert OFFICE.end_of_open_day(pacific("2026-01-16T06:30"), 2) == pacific("2026-01-21T16:00")


# Holidays, shifts, breaks


def test_holidays_may_be_dates_or_text_or_named() -> None:
    day = date(2026, 11, 26)
    for holidays in ([day], [day.isoformat()], {day: "Thanksgiving Day"}, {day.isoformat(): "Thanksgiving Day"}):
        assert not Hours("America/Los_Angeles", WORKWEEK, holidays).is_open(pacific("2026-11-26T09:00"))


@pytest.mark.ledger("SLA-15")
def test_the_calendar_without_holidays_is_open_on_them() -> None:
    thanksgiving = pacific("2026-11-26T09:00")
    assert not OFFICE.is_open(thanksgiving)
    assert OFFICE.without_holidays().is_open(thanksgiving)
    assert OFFICE.without_holidays() is OFFICE.without_holidays()
    assert OFFICE.without_holidays().without_holidays() is OFFICE.without_holidays()


def test_a_shift_replaces_the_hours_of_its_day_even_on_a_holiday() -> None:
    shifts = {"2026-11-26": [("10:00", "12:00")], "2026-11-27": []}
    hours = Hours("America/Los_Angeles", WORKWEEK, HOLIDAYS, shifts=shifts)
    assert hours.between(pacific("2026-11-26T00:00"), pacific("2026-11-28T00:00")) == 2 * HOUR
    assert hours.is_open(pacific("2026-11-26T10:00"))


def test_a_break_is_taken_out_of_its_day_only() -> None:
    hours = Hours("America/Los_Angeles", WORKWEEK, breaks={"2026-02-03": [("12:00", "13:00"), ("15:30", "17:00")]})
    assert hours.between(pacific("2026-02-03T00:00"), pacific("2026-02-04T00:00")) == 7.5 * HOUR
    assert hours.after(pacific("2026-02-03T11:30"), HOUR) == pacific("2026-02-03T13:30")
    reasons = [span.reason for span in hours.ledger(pacific("2026-02-03T07:00"), pacific("2026-02-04T07:00"))]
    assert reasons == ["open hours", "break", "open hours", "break", "closed"]


def test_a_calendar_of_shifts_alone_is_one_but_ends() -> None:
    hours = Hours("UTC", {}, shifts={"2026-01-05": [("10:00", "11:00")]})
    assert hours.after(datetime(2025, 1, 1, tzinfo=UTC), HOUR) == datetime(2026, 1, 5, 11, tzinfo=UTC)
    with pytest.raises(NoOpenTime, match="2200"):
        hours.after(datetime(2025, 1, 1, tzinfo=UTC), HOUR + TICK)
    with pytest.raises(NoOpenTime, match="1970"):
        hours.before(datetime(2025, 1, 1, tzinfo=UTC), TICK)
    with pytest.raises(NoOpenTime):
        hours.before(datetime(2025, 1, 1, tzinfo=UTC), timedelta(0))
    with pytest.raises(NoOpenTime):
        hours.end_of_open_day(datetime(2026, 1, 5, tzinfo=UTC), 1)


def test_holidays_far_into_the_future_end_in_an_error_and_not_in_a_loop() -> None:
    closed = [date(2026, 1, 1) + DAY * count for count in range(365 * 180)]
    hours = Hours("America/Los_Angeles", WORKWEEK, closed)
    with pytest.raises(NoOpenTime, match="2200"):
        hours.after(pacific("2026-02-03T10:00"), HOUR)


def test_moments_out_of_reach_are_an_error() -> None:
    for year in (1, 1969, 2201, 9999):
        with pytest.raises(ValueError, match="1970 to 2200"):
            OFFICE.is_open(datetime(year, 6, 1, tzinfo=UTC))
    assert OFFICE.after(datetime(1970, 1, 1, tzinfo=UTC), HOUR) == pacific("1970-01-01T08:00")
    assert OFFICE.between(datetime(2200, 12, 30, tzinfo=UTC), datetime(2200, 12, 31, 23, tzinfo=UTC)) > timedelta(0)


# The ledger


@pytest.mark.ledger("SLA-05", "SLA-13")
def test_the_ledger_names_the_holiday_it_skips() -> None:
    hours = Hours("America/Los_Angeles", WORKWEEK, {"2026-11-26": "Thanksgiving Day", "2026-11-28": "On a Saturday"})
    start, end = pacific("2026-11-25T15:30"), pacific("2026-11-27T07:30")
    assert hours.ledger(start, end) == [
        Span(start, pacific("2026-11-25T16:00"), True, "open hours"),
        Span(pacific("2026-11-25T16:00"), pacific("2026-11-26T00:00"), False, "closed"),
        Span(pacific("2026-11-26T00:00"), pacific("2026-11-27T00:00"), False, "Thanksgiving Day"),
        Span(pacific("2026-11-27T00:00"), pacific("2026-11-27T07:00"), False, "closed"),
        Span(pacific("2026-11-27T07:00"), end, True, "open hours"),
    ]
    assert "On a Saturday" not in {span.reason for span in hours.ledger(start, pacific("2026-12-01T00:00"))}


def test_an_unnamed_holiday_is_called_a_holiday() -> None:
    reasons = [span.reason for span in OFFICE.ledger(pacific("2026-11-26T09:00"), pacific("2026-11-26T10:00"))]
    assert reasons == ["holiday"]


def test_every_ledger_tiles_its_range_and_sums_to_the_microsecond() -> None:
    for at, _, distance in instants(400, 1700, seed=3):
        tiles(OFFICE, at, at + distance)


def tiles(hours: Hours, start: datetime, end: datetime) -> None:
    spans = hours.ledger(start, end)
    if start < end:
        assert (spans[0].start, spans[-1].end) == (start, end)
    assert all(one.end == two.start for one, two in pairwise(spans))
    assert all(span.start < span.end for span in spans)
    assert sum((span.length for span in spans if span.counted), timedelta(0)) == hours.between(start, end)


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


@pytest.mark.slow
def test_a_second_of_work_answers_240_000_questions() -> None:
    asked = [(at, amount, at + distance) for at, amount, distance in instants(20_000, 1700, seed=13)]
    rates = {"after": 0.0, "between": 0.0}
    for _ in range(3):
        began = process_time()
        for at, amount, _end in asked:
            OFFICE.after(at, amount)
        between = process_time()
        for at, _amount, end in asked:
            OFFICE.between(at, end)
        done = process_time()
        rates["after"] = max(rates["after"], len(asked) / (between - began))
        rates["between"] = max(rates["between"], len(asked) / (done - between))
    assert min(rates.values()) >= 240_000, rates


# The nights the clocks change


def opened(hours: Hours, day: str) -> list[str]:
    spans = hours.ledger(pacific(f"{day}T00:00"), pacific(f"{day}T12:00"))
    return [f"{span.start.astimezone(LA):%H:%M%Z}-{span.end.astimezone(LA):%H:%M%Z}" for span in spans if span.counted]


@pytest.mark.parametrize(
    ("intervals", "open_on_that_day"),
    [
        ([("02:10", "02:50")], []),
        ([("02:00", "03:00")], []),
        ([("02:30", "03:10")], []),
        ([("02:30", "04:00")], ["03:30PDT-04:00PDT"]),
        ([("01:00", "02:30")], ["01:00PST-03:30PDT"]),
        ([("01:00", "02:00")], ["01:00PST-03:00PDT"]),
        ([("01:00", "02:30"), ("03:00", "04:00")], ["01:00PST-04:00PDT"]),
    ],
)
def test_a_wall_time_in_the_spring_gap_moves_forward(
    intervals: list[tuple[str, str]], open_on_that_day: list[str]
) -> None:
    hours = Hours("America/Los_Angeles", week(*intervals))
    assert opened(hours, "2026-03-08") == open_on_that_day


@pytest.mark.parametrize(
    ("interval", "open_on_that_day"),
    [
        (("01:00", "01:30"), ["01:00PDT-01:30PDT"]),
        (("01:30", "03:00"), ["01:30PDT-03:00PST"]),
        (("00:00", "01:30"), ["00:00PDT-01:30PDT"]),
        (("02:00", "03:00"), ["02:00PST-03:00PST"]),
    ],
)
def test_an_ambiguous_wall_time_of_the_calendar_is_the_first(
    interval: tuple[str, str], open_on_that_day: list[str]
) -> None:
    assert opened(Hours("America/Los_Angeles", week(interval)), "2026-11-01") == open_on_that_day


# What is no calendar


@pytest.mark.parametrize(
    ("zone", "weekly", "why"),
    [
        ("Nowhere/Land", WORKWEEK, "no time zone"),
        ("", WORKWEEK, "no time zone"),
        ("America\0", WORKWEEK, "no time zone"),
        ("x" * 10**6, WORKWEEK, "no time zone"),
        ("UTC", {}, "no open interval"),
        ("UTC", {"mon": []}, "no open interval"),
        ("UTC", {"monday": [("07:00", "16:00")]}, "not a day"),
        ("UTC", {"mon": [("16:00", "07:00")]}, "not after"),
        ("UTC", {"mon": [("07:00", "07:00")]}, "not after"),
        ("UTC", {"mon": [("07:00", "12:00"), ("11:59", "16:00")]}, "overlap"),
        ("UTC", {"mon": [("00:00", "23:59")]}, "write 24:00"),
        ("UTC", {"mon": [("00:00", "24:01")]}, "not a time"),
        ("UTC", {"mon": [("7", "16:00")]}, "not a time"),
        ("UTC", {"mon": [("07:00", "16:60")]}, "not a time"),
        ("UTC", {"mon": [("07:00",)]}, "an opening and a closing"),
        ("UTC", {"mon": ["07:00-16:00"]}, "an opening and a closing"),
        ("UTC", {"mon": None}, "a list"),
        ("UTC", None, "a table"),
    ],
)
def test_what_is_no_calendar_is_refused_when_it_is_made(
    zone: str, weekly: dict[str, list[tuple[str, str]]], why: str
) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        Hours(zone, weekly)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("days", [["2026-13-01"], ["soon"], [datetime(2026, 1, 1, tzinfo=UTC)]])
def test_a_day_that_is_no_date_is_refused(days: list[str]) -> None:
    with pytest.raises(ValueError, match="not the date of a holiday"):
        Hours("UTC", WORKWEEK, days)
    with pytest.raises(ValueError, match="not the date of a shift"):
        Hours("UTC", WORKWEEK, shifts={day: [] for day in days})


def test_touching_intervals_are_one_and_order_does_not_matter() -> None:
    assert Hours("UTC", {"mon": [("12:00", "16:00"), ("07:00", "12:00")]}).week[0] == ((420, 960),)
    assert Hours("UTC", {"mon": [(time(7), time(16))]}).week[0] == ((420, 960),)


# What the calendar says about itself


@pytest.mark.ledger("SLA-05", "SLA-14")
def test_a_business_day_is_as_long_as_the_usual_open_day() -> None:
    assert OFFICE.day_length() == 9 * HOUR
    assert Hours("UTC", week(("06:00", "16:00"))).day_length() == 10 * HOUR
    assert (
        Hours("UTC", {**week(("07:00", "12:00"), ("13:00", "16:00")), "fri": [("07:00", "12:00")]}).day_length()
        == 8 * HOUR
    )
    assert Hours("UTC", {"mon": [("08:00", "16:00")], "tue": [("08:00", "12:00")]}).day_length() == 4 * HOUR
    assert Hours("UTC", {}, shifts={"2026-01-05": [("10:00", "11:00")]}).day_length() == HOUR


@pytest.mark.ledger("SLA-14")
def test_the_texts_come_from_the_same_hours_as_the_clock() -> None:
    assert (OFFICE.text(), OFFICE.long_text()) == ("7am - 4pm PT", "Monday-Friday, 7AM-4PM Pacific Time")
    assert (OFFICE.opens_text, OFFICE.closes_text) == ("7am", "4pm")
    assert (OFFICE.days_text, OFFICE.zone_text, OFFICE.zone_name) == ("Monday-Friday", "PT", "Pacific Time")
    early = OFFICE.with_week(week(("06:00", "16:00"), days=WEEKDAYS[:5]))
    assert early.text() == "6am - 4pm PT"
    assert early.holidays == OFFICE.holidays


def test_the_texts_of_odd_weeks_do_not_contradict_them() -> None:
    uneven = Hours(
        "Europe/Berlin",
        {**week(("08:30", "12:00"), ("13:00", "24:00"), days=("mon", "wed", "thu")), "sat": [("09:00", "12:00")]},
    )
    assert uneven.text() == (
        "Monday, Wednesday-Thursday 8:30am - noon and 1pm - midnight, Saturday 9am - noon Berlin time"
    )
    assert uneven.long_text().startswith("Monday, Wednesday-Thursday, 8:30AM-noon and 1PM-midnight, Saturday, 9AM-noon")
    assert Hours("UTC", {}, shifts={"2026-01-05": [("10:00", "11:00")]}).long_text() == "announced days, 10AM-11AM UTC"


# Wall times that people type


@pytest.mark.ledger("SLA-13")
def test_a_typed_wall_time_becomes_an_instant() -> None:
    assert wall_time("2026-01-23T15:30", "America/Los_Angeles") == datetime(2026, 1, 23, 23, 30, tzinfo=UTC)
    assert wall_time(" 2026-01-23 15:30:15 ", LA) == datetime(2026, 1, 23, 23, 30, 15, tzinfo=UTC)
    assert wall_time(datetime(2026, 7, 1, 12), LA) == datetime(2026, 7, 1, 19, tzinfo=UTC)  # noqa: DTZ001
    assert wall_time("2026-11-01T01:30-08:00", LA) == datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


def test_a_typed_time_in_the_spring_gap_is_refused() -> None:
    for wall in ("2026-03-08 02:00", "2026-03-08 02:59:59"):
        with pytest.raises(ValueError, match="does not exist"):
            wall_time(wall, LA, fold=0)
    assert wall_time("2026-03-08 03:00", LA) == datetime(2026, 3, 8, 10, tzinfo=UTC)


def test_a_typed_time_in_the_repeated_hour_asks_which_one() -> None:
    first, second = datetime(2026, 11, 1, 8, 30, tzinfo=UTC), datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
    with pytest.raises(AmbiguousTime, match=r"twice.*PDT.*PST") as asked:
        wall_time("2026-11-01 01:30", LA)
    assert (asked.value.first, asked.value.second) == (first, second)
    assert wall_time("2026-11-01 01:30", LA, fold=0) == first
    assert wall_time("2026-11-01 01:30", LA, fold=1) == second
    assert wall_time("2026-11-01 02:00", LA) == datetime(2026, 11, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "wall", ["", "soon", "2026-11-01", "2026-02-30 10:00", "9" * 10**6, "2026-01-01T10:00\0", "0001-01-01T00:00+14:00"]
)
def test_text_that_is_no_time_is_refused(wall: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        wall_time(wall, LA)
