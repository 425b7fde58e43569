"""The promises, held against the 25 worked examples, a count of minutes, and the words of the handbook."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetcs.hours import Hours
from fleetcs.wording import duration
from support.sla import (
    DEFAULT_RULES,
    DEFINITIONS,
    FREE_RULES,
    SUPERSEDED,
    Priority,
    Promise,
    Rule,
    Tier,
    Verdict,
    acknowledge_by,
    at_risk_at,
    department_request_due,
    explain,
    in_days,
    in_hours,
    job_application_due,
    missed_target,
    moment_text,
    other_readings,
    parse_priority,
    promise,
    received_inside,
    reprioritised,
    rule_for,
    unanswered_too_long,
    validate,
    verdict,
)

LA = ZoneInfo("America/Los_Angeles")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
HOLIDAYS = {
    "2026-01-01": "New Year's Day",
    "2026-01-19": "Martin Luther King Jr. Day",
    "2026-02-16": "Washington's Birthday",
    "2026-05-25": "Memorial Day",
    "2026-06-19": "Juneteenth",
    "2026-07-03": "Independence Day (observed)",
    "2026-09-07": "Labor Day",
    "2026-10-12": "Columbus Day",
    "2026-11-11": "Veterans Day",
    "2026-11-26": "Thanksgiving Day",
    "2026-12-25": "Christmas Day",
    "2027-01-01": "New Year's Day",
}
HOURS = Hours("America/Los_Angeles", {day: [("07:00", "16:00")] for day in WORKDAYS}, HOLIDAYS)
EARLY = HOURS.with_week({day: [("06:00", "16:00")] for day in WORKDAYS})

BUSINESS_P0 = "p0_four_hours_on_business_clock"
END_OF_DAY = "end_of_nth_next_business_day"
HOLIDAYS_CLOSE = "holidays_close_every_priority"
FROM_OPENING = "outside_but_never_later_than_opening_plus_inside_allowance"
FROM_SIX = "hours_0600_1600"
READINGS = {
    "business_p0": BUSINESS_P0,
    "end_of_day": END_OF_DAY,
    "holidays_close": HOLIDAYS_CLOSE,
    "from_opening": FROM_OPENING,
    "from_six": FROM_SIX,
}
type Example = tuple[Tier, Priority, datetime, datetime | None, datetime | None, list[tuple[str, datetime]]]


def at(text: str) -> datetime:
    """A Pacific moment as the worked examples write it: "2026-01-14 10:00:00 PST"."""
    return datetime.fromisoformat(text[:19] + {"PST": "-08:00", "PDT": "-07:00"}[text[-3:]])


def premium(priority: str) -> Rule:
    return rule_for(Tier.PREMIUM, Priority(priority))


def ultimate(priority: str) -> Rule:
    return rule_for(Tier.ULTIMATE, Priority(priority))


# The worked examples: number, tier, priority, received, due, target; under a row what other readings would have said

EXAMPLES = """
 1 | premium  | P0 | 2026-01-14 10:00:00 PST | 2026-01-14 14:00:00 PST | -
 2 | premium  | P0 | 2026-01-23 15:30:00 PST | 2026-01-23 19:30:00 PST | -
   business_p0 2026-01-26 10:30:00 PST
 3 | premium  | P1 | 2026-01-23 15:30:00 PST | 2026-01-26 10:30:00 PST | -
   from_six 2026-01-26 09:30:00 PST
 4 | premium  | P2 | 2026-01-23 15:30:00 PST | 2026-01-26 15:30:00 PST | -
   end_of_day 2026-01-26 16:00:00 PST
 5 | premium  | P3 | 2026-01-23 15:30:00 PST | 2026-01-27 15:30:00 PST | 2026-01-26 15:30:00 PST
   end_of_day 2026-01-27 16:00:00 PST
 6 | ultimate | P0 | 2026-01-23 15:30:00 PST | 2026-01-23 16:30:00 PST | -
 7 | ultimate | P1 | 2026-01-24 11:00:00 PST | 2026-01-24 15:00:00 PST | -
 8 | premium  | P1 | 2026-01-24 11:00:00 PST | 2026-01-26 11:00:00 PST | -
   from_six 2026-01-26 10:00:00 PST
 9 | premium  | P1 | 2026-01-16 15:30:00 PST | 2026-01-19 10:30:00 PST | -
   holidays_close 2026-01-20 10:30:00 PST
   from_six 2026-01-19 09:30:00 PST
10 | ultimate | P0 | 2026-02-03 06:59:59 PST | 2026-02-03 08:59:59 PST | -
   from_opening 2026-02-03 08:00:00 PST
   from_six 2026-02-03 07:59:59 PST
11 | ultimate | P0 | 2026-02-03 07:00:00 PST | 2026-02-03 08:00:00 PST | -
12 | ultimate | P0 | 2026-02-03 16:00:00 PST | 2026-02-03 18:00:00 PST | -
13 | premium  | P2 | 2026-02-03 07:00:00 PST | 2026-02-03 16:00:00 PST | -
   end_of_day 2026-02-04 16:00:00 PST
   from_six 2026-02-04 07:00:00 PST
14 | premium  | P2 | 2026-02-03 16:00:00 PST | 2026-02-04 16:00:00 PST | -
15 | premium  | P0 | 2026-03-07 23:30:00 PST | 2026-03-08 04:30:00 PDT | -
   business_p0 2026-03-09 11:00:00 PDT
16 | premium  | P1 | 2026-03-06 15:30:00 PST | 2026-03-09 10:30:00 PDT | -
   from_six 2026-03-09 09:30:00 PDT
17 | premium  | P0 | 2026-11-01 00:30:00 PDT | 2026-11-01 03:30:00 PST | -
   business_p0 2026-11-02 11:00:00 PST
18 | ultimate | P0 | 2026-11-01 01:30:00 PST | 2026-11-01 03:30:00 PST | -
19 | premium  | P2 | 2026-07-02 15:30:00 PDT | 2026-07-06 15:30:00 PDT | -
   end_of_day 2026-07-06 16:00:00 PDT
20 | premium  | P1 | 2026-07-03 10:00:00 PDT | 2026-07-03 14:00:00 PDT | -
   holidays_close 2026-07-06 11:00:00 PDT
21 | ultimate | P3 | 2026-07-03 10:00:00 PDT | 2026-07-06 16:00:00 PDT | -
22 | premium  | P3 | 2026-11-25 15:30:00 PST | 2026-11-30 15:30:00 PST | 2026-11-27 15:30:00 PST
   end_of_day 2026-11-30 16:00:00 PST
23 | ultimate | P0 | 2026-11-26 09:00:00 PST | 2026-11-26 10:00:00 PST | -
   holidays_close 2026-11-26 11:00:00 PST
24 | premium  | P2 | 2026-12-31 15:30:00 PST | 2027-01-04 15:30:00 PST | -
   end_of_day 2027-01-04 16:00:00 PST
25 | free     | P2 | 2026-01-14 10:00:00 PST | -                       | -
"""


def examples() -> list[Example]:
    """The rows of the table; an indented line is another reading of the row above it."""
    rows: list[Example] = []
    for line in EXAMPLES.strip().splitlines():
        if "|" in line:
            _, tier, priority, received, due, target = (cell.strip() for cell in line.split("|"))
            rows.append((Tier(tier), Priority(priority), at(received), moment(due), moment(target), []))
        else:
            name, when = line.split(maxsplit=1)
            rows[-1][-1].append((READINGS[name], at(when)))
    return rows


def moment(text: str) -> datetime | None:
    return None if text == "-" else at(text)


@pytest.mark.ledger("SLA-02", "SLA-03", "SLA-04", "SLA-05", "SLA-06", "SLA-07", "SLA-08", "SLA-09", "SLA-10")
@pytest.mark.ledger("SLA-13", "SLA-15")
@pytest.mark.parametrize("example", examples(), ids=[str(count) for count in range(1, 26)])
def test_every_worked_example_is_due_as_written(example: Example) -> None:
    tier, priority, received, due, target, others = example
    rule = rule_for(tier, priority)
    made = promise(rule, received, HOURS)
    assert (made.due_at, made.target_at) == (due, target)
    assert other_readings(rule, received, HOURS) == others


def test_there_are_twenty_five_worked_examples() -> None:
    assert len(examples()) == 25


# Tiers and priorities side by side


@pytest.mark.ledger("SLA-09", "SLA-10")
def test_ultimate_low_and_medium_fall_due_as_premium_medium() -> None:
    for received in (example[2] for example in examples()):
        expected = promise(premium("P2"), received, HOURS).due_at
        for priority in ("P2", "P3"):
            made = promise(ultimate(priority), received, HOURS)
            assert (made.due_at, made.target_at) == (expected, None)


@pytest.mark.ledger("SLA-02")
def test_free_is_promised_nothing_and_is_never_late() -> None:
    for priority in Priority:
        rule = rule_for(Tier.FREE, priority)
        made = promise(rule, at("2026-01-14 10:00:00 PST"), HOURS)
        assert (made.due_at, made.target_at, made.at_risk_at(), rule.text()) == (
            None,
            None,
            None,
            "No guaranteed resolution",
        )
        assert verdict(made.due_at, None, at("2026-02-14 10:00:00 PST")) == Verdict.NONE


@pytest.mark.ledger("SLA-07", "SLA-08", "SLA-13")
def test_the_instant_of_receipt_chooses_the_branch() -> None:
    made = promise(ultimate("P0"), at("2026-01-23 15:59:59 PST"), HOURS)
    assert made.due_at == at("2026-01-23 16:59:59 PST")
    assert (made.inside, made.allowance) == (True, in_hours(1))
    assert promise(ultimate("P1"), at("2026-01-23 15:59:59 PST"), HOURS).due_at == at("2026-01-23 17:59:59 PST")
    assert promise(ultimate("P1"), at("2026-01-23 16:00:00 PST"), HOURS).due_at == at("2026-01-23 20:00:00 PST")


@pytest.mark.ledger("SLA-14")
def test_a_business_day_is_the_length_of_the_configured_day() -> None:
    received = at("2026-01-23 06:30:00 PST")
    assert promise(premium("P2"), received, EARLY).due_at == at("2026-01-26 06:30:00 PST")
    assert promise(premium("P2"), received, HOURS).due_at == at("2026-01-23 16:00:00 PST")


@pytest.mark.ledger("SLA-15")
def test_a_row_can_be_switched_to_read_holidays_as_closed() -> None:
    thanksgiving = at("2026-11-26 09:00:00 PST")
    made = promise(replace(ultimate("P0"), holidays_close=True), thanksgiving, HOURS)
    assert (made.due_at, made.inside) == (at("2026-11-26 11:00:00 PST"), False)


@pytest.mark.ledger("SLA-21")
def test_reports_read_a_holiday_as_outside_though_it_does_not_delay_an_emergency() -> None:
    thanksgiving = at("2026-11-26 09:00:00 PST")
    assert promise(ultimate("P0"), thanksgiving, HOURS).inside
    assert not received_inside(thanksgiving, HOURS)


@pytest.mark.ledger("SLA-13")
def test_a_moment_without_a_zone_is_refused() -> None:
    for rule in DEFAULT_RULES:
        with pytest.raises(ValueError, match="zone"):
            promise(rule, datetime(2026, 1, 1), HOURS)  # noqa: DTZ001


# The other clocks


@pytest.mark.ledger("SLA-18")
def test_every_message_is_to_be_acknowledged_in_one_hour_or_in_four_outside() -> None:
    assert acknowledge_by(at("2026-02-03 10:00:00 PST"), HOURS) == at("2026-02-03 11:00:00 PST")
    assert acknowledge_by(at("2026-02-03 16:00:00 PST"), HOURS) == at("2026-02-03 20:00:00 PST")
    assert acknowledge_by(at("2026-11-26 09:00:00 PST"), HOURS) == at("2026-11-26 13:00:00 PST")
    assert acknowledge_by(at("2026-11-01 00:30:00 PDT"), HOURS) == at("2026-11-01 03:30:00 PST")


@pytest.mark.ledger("SLA-20")
def test_sixty_minutes_are_not_less_than_an_hour() -> None:
    received = at("2026-02-03 10:00:00 PST")
    assert not unanswered_too_long(received, received + HOUR - timedelta(seconds=1))
    assert unanswered_too_long(received, received + HOUR)


@pytest.mark.ledger("INT-10")
def test_an_applicant_is_answered_within_four_business_hours() -> None:
    assert job_application_due(at("2026-07-02 15:30:00 PDT"), HOURS) == at("2026-07-06 10:30:00 PDT")


def test_another_department_is_answered_within_a_business_day() -> None:
    assert department_request_due(at("2026-07-02 15:30:00 PDT"), HOURS) == at("2026-07-06 15:30:00 PDT")
    assert department_request_due(at("2026-01-23 06:30:00 PST"), EARLY) == at("2026-01-26 06:30:00 PST")


# Changes of priority


def changed(new: Rule, received: str, changed_at: str, worsened: bool, old: Rule) -> tuple[Promise, Promise]:
    before = promise(old, at(received), HOURS)
    after = reprioritised(before.due_at, at(changed_at), promise(new, at(received), HOURS), worsened)
    return before, after


@pytest.mark.ledger("SLA-24")
def test_a_correction_counts_from_receipt_and_may_read_missed_before_triage() -> None:
    _, after = changed(ultimate("P0"), "2026-02-03 08:00:00 PST", "2026-02-03 12:00:00 PST", False, ultimate("P2"))
    assert after.due_at == at("2026-02-03 09:00:00 PST")
    assert verdict(after.due_at, None, at("2026-02-03 12:00:00 PST")) == Verdict.LATE


@pytest.mark.ledger("SLA-24")
def test_an_impact_that_worsened_gets_the_new_allowance_from_then() -> None:
    before, after = changed(premium("P0"), "2026-02-03 08:00:00 PST", "2026-02-03 12:00:00 PST", True, premium("P3"))
    assert before.due_at == at("2026-02-05 08:00:00 PST")
    assert after.due_at == at("2026-02-03 16:00:00 PST")
    assert after.received_at == at("2026-02-03 08:00:00 PST")
    assert after.at_risk_at() == at("2026-02-03 15:00:00 PST")


@pytest.mark.ledger("SLA-24")
def test_a_worsened_impact_never_moves_the_due_time_later() -> None:
    before, after = changed(premium("P1"), "2026-02-03 08:00:00 PST", "2026-02-04 07:30:00 PST", True, premium("P2"))
    assert after.due_at == before.due_at == at("2026-02-04 08:00:00 PST")
    _, late = changed(premium("P1"), "2026-02-03 08:00:00 PST", "2026-02-04 12:00:00 PST", True, premium("P2"))
    assert late.due_at == before.due_at


@pytest.mark.ledger("SLA-24")
def test_the_branch_of_a_worsened_impact_is_chosen_when_it_worsened() -> None:
    _, after = changed(ultimate("P0"), "2026-02-03 15:00:00 PST", "2026-02-03 17:00:00 PST", True, ultimate("P2"))
    assert after.due_at == at("2026-02-03 19:00:00 PST")


def test_a_worsened_impact_keeps_its_target_before_its_due_time() -> None:
    received, worse = at("2026-02-03 08:00:00 PST"), at("2026-02-03 12:00:00 PST")
    after = reprioritised(at("2026-02-03 15:00:00 PST"), worse, promise(premium("P3"), received, HOURS), True)
    assert after.due_at == after.target_at == at("2026-02-03 15:00:00 PST")
    fresh = reprioritised(None, worse, promise(premium("P3"), received, HOURS), True)
    assert (fresh.target_at, fresh.due_at) == (at("2026-02-04 12:00:00 PST"), at("2026-02-05 12:00:00 PST"))


def test_where_nothing_is_promised_a_worsened_impact_changes_nothing() -> None:
    nothing = promise(rule_for(Tier.FREE, Priority.P0), at("2026-02-03 08:00:00 PST"), HOURS)
    assert reprioritised(None, at("2026-02-03 12:00:00 PST"), nothing, True) is nothing


# At risk, late, kept


@pytest.mark.ledger("SLA-06", "SLA-21")
def test_a_clock_is_at_risk_when_three_quarters_of_its_counted_time_are_gone() -> None:
    friday = at("2026-01-23 15:30:00 PST")
    assert promise(premium("P0"), friday, HOURS).at_risk_at() == at("2026-01-23 18:30:00 PST")
    assert promise(premium("P1"), friday, HOURS).at_risk_at() == at("2026-01-26 09:30:00 PST")
    assert promise(premium("P3"), friday, HOURS).at_risk_at() == at("2026-01-26 15:30:00 PST")
    holiday = at("2026-07-02 15:30:00 PDT")
    assert promise(premium("P2"), holiday, HOURS).at_risk_at() == at("2026-07-06 13:15:00 PDT")


def test_a_clock_due_before_it_counts_is_at_risk_no_later_than_it_is_due() -> None:
    started, due = at("2026-01-24 11:00:00 PST"), at("2026-01-24 15:00:00 PST")
    assert at_risk_at(started, due, HOURS) == due
    assert at_risk_at(started, started - HOUR) == started - HOUR
    assert at_risk_at(started, None) is None


@pytest.mark.ledger("SLA-06", "SLA-19", "SLA-21")
def test_a_verdict_is_read_from_the_moments() -> None:
    due, risk = at("2026-01-26 15:30:00 PST"), at("2026-01-26 13:15:00 PST")
    second = timedelta(seconds=1)
    assert verdict(due, due, due + HOUR, risk) == "kept"
    assert verdict(due, due + second, due + HOUR, risk) == "missed"
    assert verdict(due, None, due, risk) == "at_risk"
    assert verdict(due, None, due + second, risk) == "late"
    assert verdict(due, None, risk, risk) == "at_risk"
    assert verdict(due, None, risk - second, risk) == "running"
    assert verdict(due, None, risk) == "running"
    assert verdict(None, None, risk) == "none"


@pytest.mark.ledger("SLA-20")
def test_the_internal_target_is_missed_at_its_very_instant() -> None:
    due, second = at("2026-01-26 15:30:00 PST"), timedelta(seconds=1)
    assert [verdict(due, due - second, due, strict=True), verdict(due, due, due, strict=True)] == ["kept", "missed"]
    assert [verdict(due, None, due - second, strict=True), verdict(due, None, due, strict=True)] == ["running", "late"]


def test_a_verdict_does_not_trust_the_wall_of_the_autumn_night() -> None:
    due = datetime(2026, 11, 1, 1, 45, tzinfo=LA)
    answered = datetime(2026, 11, 1, 1, 15, tzinfo=LA, fold=1)
    assert verdict(due, answered, answered) == "missed"


@pytest.mark.ledger("SLA-06")
def test_a_reply_between_target_and_due_is_late_against_target_only() -> None:
    made = promise(premium("P3"), at("2026-01-23 15:30:00 PST"), HOURS)
    answered = at("2026-01-27 09:00:00 PST")
    assert missed_target(made.target_at, answered, answered)
    assert verdict(made.due_at, answered, answered) == Verdict.KEPT
    assert not missed_target(made.target_at, made.target_at, answered)
    assert missed_target(made.target_at, None, answered)
    assert not missed_target(None, None, answered)


# The explanation


@pytest.mark.ledger("SLA-04")
def test_an_explanation_reads_as_a_sentence_and_a_ledger() -> None:
    received = at("2026-01-23 15:30:00 PST")
    made = promise(premium("P1"), received, HOURS)
    explained = explain(premium("P1"), made, received, policy="of 1 March 2024", calendar="of 1 January 2026")
    assert explained.text().splitlines() == [
        "Premium P1: 4 business hours. Received Fri 2026-01-23 15:30 PST, due Mon 2026-01-26 10:30 PST.",
        "Only business hours count: Monday-Friday, 7AM-4PM Pacific Time.",
        "Policy of 1 March 2024, calendar of 1 January 2026.",
        "  Fri 2026-01-23 15:30 PST to Fri 2026-01-23 16:00 PST: open hours, counted 30 min",
        "  Fri 2026-01-23 16:00 PST to Mon 2026-01-26 07:00 PST: closed, not counted",
        "  Mon 2026-01-26 07:00 PST to Mon 2026-01-26 10:30 PST: open hours, counted 3 h 30 min",
        "  Counted in all: 4 h",
    ]


@pytest.mark.ledger("SLA-05", "SLA-15")
def test_an_explanation_names_the_holidays_it_subtracted() -> None:
    received = at("2026-12-31 15:30:00 PST")
    explained = explain(premium("P2"), promise(premium("P2"), received, HOURS), received)
    assert explained.subtracted == ("New Year's Day (Fri 2027-01-01)",)
    assert "Not counted: New Year's Day (Fri 2027-01-01)." in explained.sentences
    plain = at("2026-02-03 10:00:00 PST")
    assert "No holiday was subtracted." in explain(premium("P2"), promise(premium("P2"), plain, HOURS), plain).sentences


@pytest.mark.ledger("SLA-04", "SLA-15")
def test_an_explanation_says_which_holiday_did_not_delay_it() -> None:
    received = at("2026-01-16 15:30:00 PST")
    explained = explain(premium("P1"), promise(premium("P1"), received, HOURS), received)
    assert "Holidays do not delay P1: Martin Luther King Jr. Day (Mon 2026-01-19)." in explained.sentences
    assert explained.subtracted == ()


@pytest.mark.ledger("SLA-06", "SLA-07")
def test_an_explanation_tells_the_branch_and_the_target() -> None:
    received = at("2026-02-03 06:59:59 PST")
    text = explain(ultimate("P0"), promise(ultimate("P0"), received, HOURS), received).text()
    assert "Ultimate P0: 2 hours. Received Tue 2026-02-03 06:59:59 PST, due Tue 2026-02-03 08:59:59 PST." in text
    assert "Received outside business hours (Monday-Friday, 7AM-4PM Pacific Time)" in text
    low = explain(premium("P3"), promise(premium("P3"), received, HOURS), received)
    assert "2 business days. Received" in low.headline
    assert "target Tue 2026-02-03 16:00 PST, due Wed 2026-02-04 16:00 PST" in low.headline
    night = explain(premium("P0"), promise(premium("P0"), received, HOURS), received).text()
    assert "Every hour counts, day and night." in night
    assert night.endswith("Counted in all: 4 h")


@pytest.mark.ledger("SLA-24")
def test_an_explanation_says_since_when_a_worsened_impact_counts() -> None:
    _, after = changed(premium("P0"), "2026-02-03 08:00:00 PST", "2026-02-03 12:00:00 PST", True, premium("P3"))
    text = explain(premium("P0"), after, after.received_at).text()
    assert "The impact worsened Tue 2026-02-03 12:00 PST" in text


@pytest.mark.ledger("SLA-02")
def test_an_explanation_of_no_promise_has_no_ledger() -> None:
    rule = rule_for(Tier.FREE, Priority.P2)
    received = at("2026-01-14 10:00:00 PST")
    explained = explain(rule, promise(rule, received, HOURS), received, policy="3")
    assert explained.text() == "Free P2: No guaranteed resolution.\nPolicy 3."


def test_an_explanation_can_stop_at_the_answer() -> None:
    received, answered = at("2026-01-23 15:30:00 PST"), at("2026-01-26 07:10:00 PST")
    explained = explain(premium("P1"), promise(premium("P1"), received, HOURS), received, until=answered)
    assert explained.counted == 40 * MINUTE


def seconds_of(text: str) -> int:
    units = {"h": 3600, "min": 60, "s": 1}
    words = text.split()
    return sum(int(count) * units[unit] for count, unit in zip(words[::2], words[1::2], strict=True))


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(DEFAULT_RULES), st.integers(0, 365 * 86400 * 10**6))
def test_the_words_of_a_ledger_sum_to_the_second(rule: Rule, offset: int) -> None:
    received = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=offset)
    made = promise(rule, received, HOURS)
    explained = explain(rule, made, received)
    assert sum(seconds_of(words) for _, words in explained.rows()) == seconds_of(
        duration(explained.counted, exact=True)
    )
    if made.allowance:
        assert explained.counted == made.allowance.open_time(HOURS)


def test_moments_have_one_way_of_being_written() -> None:
    assert moment_text(at("2026-11-01 01:30:00 PDT"), LA) == "Sun 2026-11-01 01:30 PDT"
    assert moment_text(at("2026-11-01 01:30:05 PST"), LA) == "Sun 2026-11-01 01:30:05 PST"


@pytest.mark.ledger("SLA-03", "SLA-04", "SLA-05", "SLA-06", "SLA-07")
def test_a_rule_says_its_promise_in_words() -> None:
    assert [premium(priority).text() for priority in Priority] == [
        "4 hours",
        "4 business hours",
        "1 business day",
        "2 business days, aiming at 1 business day",
    ]
    assert ultimate("P0").text() == "1 hour, or 2 hours outside business hours"
    assert in_hours("2.5").text() == "2.5 hours"
    assert in_hours(10).text() == "10 hours"


# Other readings


def test_the_reading_from_six_is_silent_when_we_do_open_at_six() -> None:
    received = at("2026-01-23 15:30:00 PST")
    assert FROM_SIX not in dict(other_readings(premium("P1"), received, EARLY))


def test_half_days_have_no_end_of_the_nth_day() -> None:
    rule = replace(premium("P2"), inside=in_days("0.5"))
    assert END_OF_DAY not in dict(other_readings(rule, at("2026-01-23 15:30:00 PST"), HOURS))


# Names and definitions


@pytest.mark.ledger("SLA-11", "SLA-22")
def test_priorities_are_four_and_p4_is_refused_by_name() -> None:
    assert [parse_priority(text) for text in ("P0", " p1 ", "P2", Priority.P3)] == list(Priority)
    with pytest.raises(ValueError, match="P4 is not a priority here: use P0 to P3"):
        parse_priority("p4")
    for text in ("", "high", None, 0, "P" * 10**6, "P0\0"):
        with pytest.raises(ValueError, match="use P0, P1, P2, P3") as refused:
            parse_priority(text)
        assert len(str(refused.value)) < 200


@pytest.mark.ledger("SLA-11")
def test_every_priority_has_a_label_and_a_definition_of_its_own() -> None:
    assert [priority.label for priority in Priority] == ["Emergency (P0)", "High (P1)", "Medium (P2)", "Low (P3)"]
    assert len(set(DEFINITIONS.values())) == len(DEFINITIONS) == len(Priority)


# Policies that cannot be saved


@pytest.mark.ledger("SLA-16")
def test_the_table_we_start_with_and_the_superseded_one_are_sound() -> None:
    assert validate(DEFAULT_RULES) == validate(SUPERSEDED) == []
    old = [
        promise(rule, at("2026-01-23 15:30:00 PST"), HOURS).due_at for rule in SUPERSEDED if rule.tier == Tier.PREMIUM
    ]
    assert sorted(filter(None, old)) == [at("2026-01-23 19:30:00 PST")] * 2 + [at("2026-01-26 15:30:00 PST")] * 2


def with_rule(rule: Rule) -> list[Rule]:
    return [*(one for one in DEFAULT_RULES if one.name != rule.name), rule]


@pytest.mark.ledger("SLA-22")
@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (replace(premium("P3"), target=in_days(3)), "target is later"),
        (replace(premium("P3"), target=in_hours(3)), "target in days"),
        (replace(ultimate("P0"), target=in_hours("1.5")), "target is later"),
        (replace(premium("P1"), inside=in_hours(0)), "more than nothing"),
        (replace(premium("P1"), inside=in_hours("-1")), "more than nothing"),
        (replace(premium("P1"), inside=in_hours("NaN")), "more than nothing"),
        (replace(premium("P1"), inside=in_hours(10**9)), "at most 10000"),
        (replace(premium("P1"), inside=None), "how much time"),
        (replace(FREE_RULES[0], inside=in_hours(1)), "without a clock"),
        (replace(premium("P0"), inside=in_days(1)), "business clock"),
        (replace(premium("P0"), clock="none"), "without a clock"),
        (replace(premium("P0"), clock="lunar"), "the clock is one of"),
    ],
)
def test_a_rule_that_makes_no_sense_is_told_why(rule: Rule, why: str) -> None:
    assert any(why in error for error in validate(with_rule(rule)))


@pytest.mark.ledger("SLA-22")
def test_a_table_with_unknown_missing_or_double_rows_is_refused() -> None:
    odd = replace(premium("P0"), priority="P4", tier="gold")  # type: ignore[arg-type]
    errors = validate([*DEFAULT_RULES, odd])
    assert any("P4" in error for error in errors)
    assert any("gold" in error for error in errors)
    paid = [rule for rule in DEFAULT_RULES if rule not in FREE_RULES]
    assert validate(paid) == []
    assert validate(paid[1:]) == ["Premium P0 has no row."]
    assert validate([*DEFAULT_RULES, FREE_RULES[0]]) == ["Free P0 has two rows."]
    assert rule_for(Tier.FREE, Priority.P0, paid) == FREE_RULES[0]
    with pytest.raises(ValueError, match="no row for premium P0"):
        rule_for(Tier.PREMIUM, Priority.P0, ())


def test_a_next_response_may_not_overrule_the_first() -> None:
    sooner = replace(premium("P1"), inside=in_hours(2), outside=None)
    assert validate(DEFAULT_RULES, [sooner]) == ["Premium P1: the next response is due sooner than the first."]
    assert validate(DEFAULT_RULES, [replace(sooner, inside=in_hours(8)), FREE_RULES[0]]) == []
    assert "clock and the unit" in validate(DEFAULT_RULES, [replace(sooner, clock="elapsed")])[0]
    outside = replace(ultimate("P0"), outside=in_hours("1.5"))
    assert "sooner" in validate(DEFAULT_RULES, [outside])[0]


# Every rule against a count of minutes


@cache
def open_minutes(holidays_close: bool) -> tuple[bool, ...]:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    return tuple(_open(first + MINUTE * count, holidays_close) for count in range(400 * 1440))


def _open(minute: datetime, holidays_close: bool) -> bool:
    local = minute.astimezone(LA)
    closed = holidays_close and local.date().isoformat() in HOLIDAYS
    return local.weekday() < 5 and time(7) <= local.time() < time(16) and not closed


def counted_due(rule: Rule, received: datetime) -> datetime | None:
    """The due minute by walking: the handbook's figures once more, typed apart from the rules."""
    hours = {("premium", "P1"): 4, ("premium", "P3"): 18}.get((rule.tier, rule.priority), 9)
    elapsed = {("premium", "P0"): (4, 4), ("ultimate", "P0"): (1, 2), ("ultimate", "P1"): (2, 4)}
    index = (received - datetime(2026, 1, 1, tzinfo=UTC)) // MINUTE
    if rule.tier == "free":
        return None
    if (rule.tier, rule.priority) in elapsed:
        inside, outside = elapsed[rule.tier, rule.priority]
        return received + HOUR * (inside if open_minutes(False)[index] else outside)
    flags, left = open_minutes(rule.priority in ("P2", "P3")), hours * 60
    while left:
        left -= flags[index]
        index += 1
    return datetime(2026, 1, 1, tzinfo=UTC) + MINUTE * index


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(DEFAULT_RULES), st.integers(0, 380 * 1440))
def test_every_rule_agrees_with_a_count_of_minutes(rule: Rule, minute: int) -> None:
    received = datetime(2026, 1, 1, tzinfo=UTC) + MINUTE * minute
    assert promise(rule, received, HOURS).due_at == counted_due(rule, received)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(DEFAULT_RULES), st.integers(0, 380 * 1440))
def test_the_due_time_is_never_later_than_under_the_readings_of_a_business_day(rule: Rule, minute: int) -> None:
    received = datetime(2026, 1, 1, tzinfo=UTC) + MINUTE * minute
    made = promise(rule, received, HOURS)
    later = dict(other_readings(rule, received, HOURS))
    assert made.target_at is None or (made.due_at is not None and made.target_at <= made.due_at)
    for name in (END_OF_DAY, HOLIDAYS_CLOSE, BUSINESS_P0):
        assert name not in later or (made.due_at is not None and later[name] > made.due_at)
