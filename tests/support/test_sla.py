"""The promises, held against the 25 worked examples."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from support.sla import (
    DEFAULT_RULES,
    Priority,
    Tier,
    Verdict,
    acknowledge_by,
    at_risk_at,
    department_request_due,
    in_hours,
    job_application_due,
    missed_target,
    other_readings,
    promise,
    received_inside,
    reprioritised,
    rule_for,
    unanswered_too_long,
    verdict,
)
from tests.support.worked_examples import EARLY, HOUR, HOURS, LA, Example, at, changed, examples, premium, ultimate


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
