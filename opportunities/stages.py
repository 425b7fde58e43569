"""Stages of an opportunity: which are open, won and lost, in which order they stand, and how one followed another.

Salesforce keeps the list of stages, and people rename them and take them out of use: a stage that nobody knows here is
open, stands after the open ones that are known, and is shown as it is, in history above all (SFD-14).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Protocol

WON: Final = "Closed Won"  # OPP-09
LOST: Final = "Closed Lost"  # OPP-07
CLOSED: Final = (WON, LOST)
OPEN: Final = ("Prospecting", "Qualification", "Proposal", "Negotiation")


class Change(Protocol):
    """One row of the stage history, as much of it as the rules read."""

    stage: str
    at: datetime
    amount: Decimal | None
    close_date: date | None


@dataclass(frozen=True)
class Step[C: Change]:
    """A row of the history beside the one before it: `days` the stage before had lasted; None at the beginning."""

    change: C
    stage: str
    before: str
    days: int | None
    slipped: int  # days by which the close date was put off; negative: brought forward

    @property
    def is_move(self) -> bool:
        """Whether the stage is another one; else only the amount, the probability or the close date changed."""
        return self.before != self.stage

    @property
    def slipped_words(self) -> str:
        """Whether the close date was put off, and by how long; "" where it was not moved."""
        count = abs(self.slipped)
        words = "1 day" if count == 1 else f"{count:,} days"
        return f"{'Put off' if self.slipped > 0 else 'Brought forward'} by {words}" if count else ""


def shown(stage: str) -> str:
    """How a stage reads: as it is."""
    return stage or "No stage"


def is_won(stage: str) -> bool:
    return stage == WON


def is_closed(stage: str) -> bool:
    return stage in CLOSED


def chance(stage: str) -> Decimal | None:
    """In per cent, of what is decided; None: the company knows."""
    return {WON: Decimal(100), LOST: Decimal(0)}.get(stage)


def tone(stage: str) -> str:
    """The colour of a stage's dot."""
    return {WON: "good", LOST: "idle"}.get(stage, "wait")


def position(stage: str) -> tuple[int, str]:
    """Sorts stages as a deal goes: the open ones, those that nobody knows by name, won, lost."""
    order = [*OPEN, "", *CLOSED]
    return order.index(stage if stage in order else ""), stage


def steps[C: Change](history: Iterable[C]) -> Iterator[Step[C]]:
    """The rows of one opportunity, oldest first, each with what was before it. Days are whole ones of 24 hours."""
    before: C | None = None
    entered: datetime | None = None  # when the stage of the row before began
    for change in history:
        moved = before is not None and before.stage != change.stage
        days = (change.at - entered).days if moved and entered else None
        yield Step(change, shown(change.stage), shown(before.stage) if before else "", days, _slipped(before, change))
        if before is None or moved:
            entered = change.at
        before = change


def _slipped(before: Change | None, change: Change) -> int:
    known = before.close_date if before else None
    return (change.close_date - known).days if known and change.close_date else 0
