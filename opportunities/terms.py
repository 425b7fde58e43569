"""Standard terms and how far they may be adjusted: what needs the CEO and what does not (CON-06, CON-07). Pure."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol


class Bounds(Protocol):
    """How far a term may go, where that is a number; None: no bound on that side."""

    least: Decimal | None
    most: Decimal | None


class Deviation(Protocol):
    """A term that is to be other than standard."""

    is_beyond: bool
    is_approved: bool | None  # what the CEO said of one beyond the maximum; None: nothing yet


def is_numeric(term: Bounds) -> bool:
    """Whether the maximum adjustment is a number, so that nobody has to judge."""
    return term.least is not None or term.most is not None


def is_beyond(term: Bounds | None, number: Decimal | None, *, judged: bool | None) -> bool | None:
    """Whether an adjustment goes beyond the maximum; None when it cannot be told: a number or a judgment is missing.

    A term that is not in the table has no adjustment that is allowed.
    """
    if term is None:
        return True
    if not is_numeric(term):
        return judged
    if number is None:
        return None
    below = term.least is not None and number < term.least
    return below or (term.most is not None and number > term.most)


def obstacles(deviations: Iterable[Deviation]) -> list[str]:
    """Why a contract with these deviations may not move to signing."""
    beyond = [one.is_approved for one in deviations if one.is_beyond]
    refused = ["The CEO has refused an exception: take it out of the contract first."] if False in beyond else []
    waits = ["An exception beyond the maximum adjustment waits for the CEO."] if None in beyond else []
    return waits + refused
