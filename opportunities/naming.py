"""What opportunities are called: a year in every name, and expansions by their four parts (OPP-01, OPP-03)."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final

ENDING: Final = "Expansion"
WANTED: Final = "CustomerName_Product_KindExpansion_Q12026: four parts without spaces, the third ends in “Expansion”."
NO_YEAR: Final = "The name has no year in it (as 2026): people will not know which deal it is."
LONGEST: Final = 120
PARTS: Final = ("product", "kind", "quarter", "year")  # beside the customer's
YEAR: Final = "20[0-9]{2}(?![0-9])"  # read alike here and by the database; "Q12025" holds one
_QUARTER: Final = re.compile(r"Q[1-4]20[0-9]{2}")
_OF_WORDS: Final = "LMN"  # letters, what is written over or under them, and numbers, of whatever script


def has_year(name: str) -> bool:
    """Whether a year of this century stands in a name; "Q12025" holds one (OPP-01)."""
    return re.search(YEAR, name) is not None


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
    known = (sign if unicodedata.category(sign)[0] in _OF_WORDS else " " for sign in words)
    return "".join(_capital(word[0]) + word[1:] for word in "".join(known).split())


def _capital(letter: str) -> str:
    """Some letters have none, or one that is two: they stay."""
    return letter.upper() if len(letter.upper()) == 1 else letter


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
