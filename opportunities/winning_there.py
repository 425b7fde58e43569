"""Deals that are marked Closed Won in Salesforce: with every gate closed they are won here, else a person decides.

What comes from over there passes the same door as everything else: it is a conflict while something is in the way, and
what comes with a win comes with it or not at all. A deal that is told for the first time when it is won already is
taken as it is: nobody was closing it here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, Final

from fleetcs.mirrors.deciding import Decision, Page
from opportunities import stages
from opportunities.models import DealClose, Opportunity, stage_door

WITH_IT: Final = ("probability", "expected_revenue", "close_date")  # what Salesforce sets with the stage of a win


def guards(page: Page) -> None:
    """Hold the stage of every deal that is not ready to be won, and leave what came with it; hold the day on which a
    won one closed."""
    for decision in page.decisions:
        if _is_odd(decision):
            decision.refuse("not_valid", "close_date")  # PostgreSQL would read what the door cannot: 11/5/2025
            continue
        if _wins(decision) and _obstacles(decision):
            decision.hold("stage")
        elif _stays_won(decision) and "close_date" in decision.merged.here and _is_another_day(decision):
            decision.hold("close_date")
        if _is_won_there_alone(decision):
            for name in WITH_IT:
                decision.leave(name)


@contextmanager
def within(page: Page) -> Iterator[None]:
    """What each win brings with it, before and after the rows are written; what was held is in the deal's history."""
    won = [decision for decision in page.decisions if _wins(decision) and not decision.problem]
    closes = list(DealClose.objects.filter(opportunity__in=[each.pk for each in won]))
    for close in closes:
        close.note_won()
    yield
    for close in closes:
        DealClose.objects.get(pk=close.pk).follow(by=None)


def _wins(decision: Decision) -> bool:
    told = str(decision.merged.here.get("stage") or "")
    return not decision.is_new and stages.is_won(told) and not stages.is_won(str((decision.row or {}).get("stage")))


def _is_won_there_alone(decision: Decision) -> bool:
    """Whether it stays open here. After sending, the stage is ours, and the rest is still what was read before."""
    read = decision.told.values if decision.told.digest else decision.link.theirs
    stands = decision.merged.here.get("stage") or (decision.row or {}).get("stage")
    return not decision.is_new and stages.is_won(str(read.get("stage"))) and not stages.is_won(str(stands))


def _obstacles(decision: Decision) -> list[str]:
    deal = Opportunity.objects.select_related("account").get(pk=decision.pk)
    deal.close_date = _day(decision.merged.here.get("close_date", deal.close_date))
    if close := getattr(deal, "deal_close", None):
        close.hold_gates()
    return stage_door.obstacles(deal, stages.WON)


def _stays_won(decision: Decision) -> bool:
    before = (decision.row or {}).get("stage")
    return stages.is_won(str(before)) and stages.is_won(str(decision.merged.here.get("stage", before)))


def _is_another_day(decision: Decision) -> bool:
    """Whether it is not the day of the paper by which the deal was won (CON-03)."""
    close = DealClose.objects.filter(opportunity=decision.pk).first()
    return bool(close and close.dated(_day(decision.merged.here["close_date"])))


def _is_odd(decision: Decision) -> bool:
    """Whether what is told as the close date is no day."""
    try:
        _day(decision.merged.here.get("close_date"))
    except ValueError:
        return True
    return False


def _day(told: Any) -> date | None:
    return date.fromisoformat(told) if isinstance(told, str) and told else told or None
