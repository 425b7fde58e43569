"""What is in the way of a deal that goes to another stage, and what comes of one that is won (OPP-07, OPP-09)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pgtrigger
from django.apps import apps
from django.core.exceptions import ValidationError

from fleetcs.models import User
from opportunities import stages

if TYPE_CHECKING:
    from opportunities.models.opportunity import Opportunity


SURELY_WON: Final = """
    IF EXISTS (SELECT 1 FROM opportunities_dealclose one WHERE one.opportunity_id = NEW.id AND one.won_at IS NULL) THEN
        RAISE EXCEPTION 'a deal that has a close is won by it' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
WON_BY_ITS_CLOSE: Final = pgtrigger.Trigger(  # whoever writes the stage, by whatever way
    name="opportunity_won_by_its_close",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Q(new__stage=stages.WON) & pgtrigger.Q(old__stage__df=pgtrigger.F("new__stage")),
    func=SURELY_WON,
)


def obstacles(deal: "Opportunity", stage: str) -> list[str]:
    """Why it may not go to a stage as it stands: none when it may."""
    if stage == stages.LOST:
        return [] if deal.lost_because.strip() else ["Say why it is lost."]
    if not stages.is_won(stage):
        return []
    dated = [] if deal.close_date else ["Give the close date first."]
    if deal.has_checklist:
        return [*dated, *_gates(deal)]
    papers = deal.agreements.executed().filter(kind="subscription").exclude(executed_url="") if deal.pk else None
    kept = deal.self_service or (papers is not None and papers.exists())
    return [*dated, *([] if kept else ["Attach the executed contract first."])]


def _gates(deal: "Opportunity") -> list[str]:
    close = getattr(deal, "deal_close", None)
    return close.obstacles(deal.close_date) if close else ["Begin the deal close first: it is a new customer."]


def insist_on(deal: "Opportunity", before: str, said: Mapping[str, Any], *, by: User | None) -> None:
    """Raises ValidationError where something is in the way of a stage that is another one than `before`.

    A deal that stays won keeps the day on which it closed.
    """
    if deal.stage == before:
        _insist_on_day(deal, said)
        return
    if deal.is_won and (close := getattr(deal, "deal_close", None)):
        close.hold_gates()
    why = [*obstacles(deal, deal.stage), *bolts(before, said, by=by)]
    if deal.is_won and deal.has_checklist and not (by and deal.allows(by, "close.sell")):
        why = ["The deal's AE marks it Closed Won."]
    if why:
        raise ValidationError({"stage": why})


def _insist_on_day(deal: "Opportunity", said: Mapping[str, Any]) -> None:
    close = getattr(deal, "deal_close", None) if deal.is_won and "close_date" in said else None
    if close and (why := close.dated(deal.close_date)):
        raise ValidationError({"close_date": why})


def bolts(before: str, said: Mapping[str, Any], *, by: User | None) -> list[str]:
    """What holds a closed one where it is: it is reopened for a reason, a won one by whoever may take that back."""
    if not stages.is_closed(before):
        return []
    told = [] if str(said.get("reopened_because", "")).strip() else ["It is closed. Say why it is opened again."]
    mine = not stages.is_won(before) or (by is not None and by.may("opportunity.reopen"))
    return [*told, *([] if mine else ["It is won: business operations or the CRO open it again."])]


def lets_back(deal: "Opportunity", stage: str, *, by: User) -> bool:
    """Whether a move may be taken back by this person: whose it is to open a won one again, or to win it."""
    if deal.is_won:
        return by.may("opportunity.reopen")
    return not (stages.is_won(stage) and deal.has_checklist) or deal.allows(by, "close.sell")


def back(deal: "Opportunity", before: Any) -> dict[str, Any]:
    """All that goes along when a move is taken back to the row before it: what stood there, and what the door asks."""
    along = {name: getattr(before, name) for name in deal.HISTORY}
    if deal.is_closed:
        along["reopened_because"] = "Taken back at once"
    if before.stage == stages.LOST:
        kept: Any = apps.get_model("opportunities", "OpportunityEvent").objects.filter(pgh_obj_id=deal.pk)
        lost = kept.filter(stage=stages.LOST).order_by("-pgh_created_at", "-pgh_id").first()
        along["lost_because"] = lost.lost_because if lost else ""
    return along


@contextmanager
def winning(deal: "Opportunity", before: str, *, by: User) -> Iterator[None]:
    """What its close makes of a move that wins it, in the same transaction; nothing for any other change."""
    close = getattr(deal, "deal_close", None) if deal.is_won and not stages.is_won(before) else None
    if close:
        close.note_won()
    yield
    if close:
        close.follow(by=by)
