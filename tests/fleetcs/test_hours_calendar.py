"""Calendars and times as people type them: what is read how, what is refused, and what the texts say of it."""

from datetime import UTC, datetime, time

import pytest

from fleetcs.hours import AmbiguousTime, Hours, wall_time
from tests.fleetcs.minutes import HOUR, LA, OFFICE, WEEKDAYS, WORKWEEK, pacific, week

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
