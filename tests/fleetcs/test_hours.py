"""Working time at its edges: openings and closings, holidays, shifts, and the ledger that says what was counted."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fleetcs.hours import Hours, NoOpenTime, Span
from tests.fleetcs.minutes import DAY, HOLIDAYS, HOUR, MINUTE, OFFICE, TICK, WORKWEEK, instants, pacific, tiles, week

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
