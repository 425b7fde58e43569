"""What opportunities are called: a year in every name, and expansions by their four parts (OPP-01, OPP-03)."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

ENDING: Final = "Expansion"
WANTED: Final = "CustomerName_Product_KindExpansion_Q12026: four parts without spaces, the third ends in “Expansion”."
NO_YEAR: Final = "The name has no year in it (as 2026): people will not know which deal it is."
LONGEST: Final = 120
PARTS: Final = ("product", "kind", "quarter", "year")  # beside the customer's
_YEAR: Final = re.compile(r"20\d\d(?!\d)")
_QUARTER: Final = re.compile(r"Q[1-4]20\d\d")
_NOT_A_WORD: Final = re.compile(r"[^0-9A-Za-z]+")


def has_year(name: str) -> bool:
    """Whether a year of this century stands in a name; "Q12025" holds one (OPP-01)."""
    return _YEAR.search(name) is not None


@dataclass(frozen=True)
class Parts:
    """What the name of an expansion is built from; `kind` is "Host" or "PriceIncrease"."""

    customer: str
    product: str
    kind: str
    quarter: int
    year: int

    @property
    def name(self) -> str:
        """As the handbook writes it: ABCTestCompany_FleetPremium_HostExpansion_Q12025."""
        words = (joined(self.customer), joined(self.product), f"{joined(self.kind)}{ENDING}")
        return "_".join((*words, f"Q{self.quarter}{self.year}"))


def joined(words: str) -> str:
    """Words written as one, each with its own capital: "Price increase" is "PriceIncrease"."""
    return "".join(word[:1].upper() + word[1:] for word in _NOT_A_WORD.split(words))


def is_expansion_name(name: str) -> bool:
    """Whether a name has the four parts, no spaces, the right ending and a quarter (OPP-03)."""
    parts = name.split("_")
    if len(parts) != 4 or not all(parts) or re.search(r"\s", name):
        return False
    _, _, kind, due = parts
    return kind.endswith(ENDING) and _QUARTER.fullmatch(due) is not None


def quarter_of(day: date) -> tuple[int, int]:
    """The quarter of the year in which a day is, and its year."""
    return (day.month - 1) // 3 + 1, day.year
