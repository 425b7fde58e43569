"""The cycle of a suspected bug: which labels it wears when, and how many working days it has been looked at. Pure.

It is filed as any bug is (BUG-07), is looked into by us (BUG-08), and on its second working day it goes to the product
(BUG-11) or to the triage of quality assurance (BUG-12).
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from support.github_labels import Meaning, meaning_of

BUG, REPRODUCE, INCOMING, PRODUCT = "bug", ":reproduce", ":incoming", ":product"
INVESTIGATE, HELP_CUSTOMERS = "~investigate", ":help-customers"
FIRST: Final = (BUG, REPRODUCE)
DECIDED_ON: Final = 2  # the working day on which somebody has to decide (BUG-10)
FURTHEST: Final = 60  # working days; further back nobody counts


@dataclass(frozen=True)
class Change:
    """Labels to put on and to take off; doing so twice changes nothing."""

    add: tuple[str, ...]
    remove: tuple[str, ...]


BEGIN, REPRODUCED, NOT_REPRODUCED = "begin", "reproduced", "not_reproduced"
CHANGES: Final[dict[str, Change]] = {
    BEGIN: Change(add=(INVESTIGATE, HELP_CUSTOMERS), remove=(INCOMING, REPRODUCE)),
    REPRODUCED: Change(add=(PRODUCT,), remove=(INVESTIGATE, REPRODUCE)),
    NOT_REPRODUCED: Change(add=(INCOMING, REPRODUCE), remove=(INVESTIGATE,)),
}
# What an issue wears, and what it does not, once the change has been made.
WEARS: Final[dict[str, tuple[frozenset[Meaning], frozenset[Meaning]]]] = {
    BEGIN: (
        frozenset({Meaning.BUG, Meaning.INVESTIGATE, Meaning.HELP_CUSTOMERS, Meaning.CODENAME}),
        frozenset({Meaning.REPRODUCE, Meaning.INCOMING}),
    ),
    REPRODUCED: (frozenset({Meaning.PRODUCT}), frozenset({Meaning.INVESTIGATE, Meaning.REPRODUCE})),
    NOT_REPRODUCED: (frozenset({Meaning.INCOMING, Meaning.REPRODUCE}), frozenset({Meaning.INVESTIGATE})),
}
NAMES: Final[dict[Meaning, str]] = {
    Meaning.BUG: BUG,
    Meaning.REPRODUCE: REPRODUCE,
    Meaning.INCOMING: INCOMING,
    Meaning.INVESTIGATE: INVESTIGATE,
    Meaning.HELP_CUSTOMERS: HELP_CUSTOMERS,
    Meaning.PRODUCT: PRODUCT,
    Meaning.CODENAME: "the customer's codename",
}


def drift(labels: Iterable[str], step: str) -> list[str]:
    """How an issue's labels differ from what `step` has left, in words; nothing when they are as they should be."""
    worn = {meaning_of(name) for name in labels}
    wanted, unwanted = WEARS[step]
    missing = sorted(NAMES[one] for one in wanted - worn)
    left = sorted(NAMES[one] for one in unwanted & worn)
    return [f"{name} is missing" for name in missing] + [f"{name} is still on it" for name in left]


def nth_day(began: date, today: date, is_working: Callable[[date], bool]) -> int:
    """On how many stand-ups it has been, today's included: 1 on the first working day, 0 before any (BUG-10).

    Begun on Friday it is 1 on Friday and at the weekend, and 2 on Monday, or on Tuesday after a Monday's holiday.
    """
    counted = 0
    for day in (today - timedelta(days=n) for n in range(400)):
        if day < began or counted == FURTHEST:
            break
        counted += is_working(day)
    return counted


def is_overdue(nth: int, *, acknowledged: bool) -> bool:
    """Whether nobody has acknowledged what was there yesterday (BUG-09)."""
    return nth >= DECIDED_ON and not acknowledged


def wants_decision(nth: int) -> bool:
    """Whether somebody has to say today whether it could be reproduced (BUG-10)."""
    return nth >= DECIDED_ON


def after(labels: Collection[str], change: Change) -> list[str]:
    """The labels once the change is made, whatever their case."""
    gone = {name.lower() for name in change.remove}
    kept = [name for name in labels if name.lower() not in gone]
    there = {name.lower() for name in kept}
    return [*kept, *(name for name in change.add if name.lower() not in there)]
