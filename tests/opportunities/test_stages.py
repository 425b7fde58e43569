"""Stages of an opportunity and what one after the other means: pure values."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from opportunities import stages


@dataclass(frozen=True)
class Row:
    stage: str
    at: datetime
    amount: Decimal | None = None
    close_date: date | None = None


def on(day: int, stage: str, closes: date | None = None) -> Row:
    return Row(stage, datetime(2026, 3, day, 12, tzinfo=UTC), None, closes)


@pytest.mark.ledger("SFD-14")
def test_a_move_says_from_where_and_after_how_many_days() -> None:
    first, second, third = stages.steps([on(1, "Prospecting"), on(4, "Proposal"), on(14, "Closed Won")])
    assert (first.before, first.days) == ("", None)
    assert (second.before, second.stage, second.days) == ("Prospecting", "Proposal", 3)
    assert (third.before, third.days) == ("Proposal", 10)


def test_a_row_that_moves_nothing_does_not_begin_the_stage_anew() -> None:
    _, amount, move = stages.steps([on(1, "Proposal"), on(5, "Proposal"), on(9, "Negotiation")])
    assert (amount.is_move, amount.days) == (False, None)
    assert (move.is_move, move.days) == (True, 8)


def test_a_close_date_that_was_put_off_is_counted_in_days() -> None:
    _, later, sooner = stages.steps(
        [on(1, "Proposal", date(2026, 6, 1)), on(2, "Proposal", date(2026, 6, 11)), on(3, "Proposal", date(2026, 6, 9))]
    )
    assert (later.slipped, sooner.slipped) == (10, -2)


def test_a_stage_that_nobody_knows_is_shown_as_it_is_and_counts_as_open() -> None:
    assert stages.shown("Value Proposition (old)") == "Value Proposition (old)"
    assert not stages.is_closed("Value Proposition (old)")
    order = sorted(["Closed Lost", "Zeta", "Closed Won", "Proposal", "Alpha"], key=stages.position)
    assert order == ["Proposal", "Alpha", "Zeta", "Closed Won", "Closed Lost"]
