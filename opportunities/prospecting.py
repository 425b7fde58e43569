"""Leads as a rule: which of them are marketing-qualified, how old they are, and what keeps one from being converted."""

from datetime import datetime, timedelta
from typing import Final

NEW: Final = "Open"
MQL: Final = "MQL"
# what a status may be besides those in use: Salesforce keeps the list, and people change it there
STATUSES: Final = (NEW, MQL, "Contacted", "Qualified", "Unqualified")
RATINGS: Final = ("Hot", "Warm", "Cold")
# the ways in which people come by the website (LEA-05); the table of sources may hold more
ROUTES: Final = (
    "Website: request information",
    "Website: merchandise",
    "Website: try the product",
    "Website: purchase licenses directly",
)
NO_STATUS: Final = "-"  # how those without one are asked for
MQL_WORDS: Final = ("mql", "marketing qualified")  # however a company spells it


def is_mql(status: str) -> bool:
    """Whether a lead of this status stands on the Open MQL list (LEA-02)."""
    return any(words in status.lower() for words in MQL_WORDS)


def age(since: datetime, now: datetime) -> int:
    """Whole days of 24 hours."""
    return (now - since).days


def is_late(since: datetime, answered: datetime | None, now: datetime, target: timedelta | None) -> bool:
    """Whether nobody has answered a lead within the company's target; never while there is none (LEA-02)."""
    return target is not None and answered is None and now - since > target


def deal_name(company: str, year: int) -> str:
    """What the first opportunity of a converted lead is called: with the year in it (OPP-01)."""
    return f"{company} {year}"
