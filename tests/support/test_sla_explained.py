"""What is said of a promise: as a sentence, as a ledger, and by other readings."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetcs.wording import duration
from support.sla import (
    DEFAULT_RULES,
    Priority,
    Rule,
    Tier,
    explain,
    in_days,
    in_hours,
    moment_text,
    other_readings,
    promise,
    rule_for,
)
from tests.support.worked_examples import EARLY, END_OF_DAY, FROM_SIX, HOURS, LA, MINUTE, at, changed, premium, ultimate

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
