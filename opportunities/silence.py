"""How long nobody has spoken with a customer about a deal, and when its end is proposed (OPP-06, OPP-07)."""

from datetime import date
from typing import Final

DAYS: Final = 45  # OPP-07: from the 45th day on


def days_since(spoke_on: date, today: date) -> int:
    """Whole days of the calendar; never negative, whatever a calendar over there says."""
    return max(0, (today - spoke_on).days)


def proposes_lost(spoke_on: date, today: date) -> bool:
    """Whether Closed Lost is proposed; a person confirms it (OPP-07)."""
    return days_since(spoke_on, today) >= DAYS


def reason(days: int) -> str:
    """What is written as the reason when somebody agrees."""
    return f"No communication for {days} days"


def lacks_step(step: str, due: date | None, today: date) -> str:
    """What is wrong with the next step, in words: listed from the day after it was due; "" for nothing (OPP-06)."""
    if not step.strip():
        return "No next step"
    if due is None:
        return "No day for the next step"
    return "Next step overdue" if due < today else ""
