"""The table of promises: its priorities, what makes no sense in it, and every row against a count of minutes."""

from dataclasses import replace
from datetime import UTC, datetime, time
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.sla import (
    DEFAULT_RULES,
    DEFINITIONS,
    FREE_RULES,
    SUPERSEDED,
    Priority,
    Rule,
    Tier,
    in_days,
    in_hours,
    other_readings,
    parse_priority,
    promise,
    rule_for,
    validate,
)
from tests.support.worked_examples import (
    BUSINESS_P0,
    END_OF_DAY,
    HOLIDAYS,
    HOLIDAYS_CLOSE,
    HOUR,
    HOURS,
    LA,
    MINUTE,
    at,
    premium,
    ultimate,
)

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
