"""Where a step that is checked is done: the page of what it is seen in."""

from collections.abc import Callable
from typing import Any, Final

from django.urls import reverse

from fleetcs.models import MessageText
from opportunities import closing, signing
from opportunities.models import DealClose

type Where = Callable[[DealClose, Any], str]


def _deal(name: str) -> Where:
    return lambda close, paper: reverse(name, args=[close.opportunity_id])


def _paper(name: str) -> Where:
    """A page of the order form; the page that makes it, while there is none."""
    return lambda close, paper: (
        reverse(name, args=[paper.pk])
        if paper
        else reverse("opportunities:agreement_create", args=[close.opportunity_id])
    )


def _close(name: str) -> Where:
    return lambda close, paper: reverse(name, args=[close.pk])


def _account(name: str, query: str = "") -> Where:
    return lambda close, paper: reverse(name, args=[close.opportunity.account_id]) + query


PLACES: Final[dict[str, tuple[str, Where]]] = {
    "DCL-01": ("Check them", _deal("opportunities:screening")),
    "QUO-02": ("The quotes", _deal("opportunities:papers_of")),
    "CON-07": ("The exceptions", _paper("opportunities:agreement")),
    "DCL-02": ("The review", _paper("opportunities:agreement")),
    "DCL-03": ("Send it", _paper("opportunities:agreement_send")),
    "DCL-04": ("Send it", _paper("opportunities:agreement_send")),
    "DCL-05c": ("I have signed it", _paper("opportunities:agreement_execute")),
    "CON-10": ("To the request", _paper("opportunities:agreement")),
    "DCL-08": ("Somebody has signed", _paper("opportunities:agreement_signature")),
    "DCL-09a": ("Attach it", _paper("opportunities:agreement_copy")),
    "DCL-10": ("File it", _paper("opportunities:agreement_file")),
    "DCL-11": ("Secure it", _deal("opportunities:purchase_order")),
    "DCL-12a": ("Name the issue", _close("opportunities:close_issue")),
    "DCL-17": ("Schedule it", _account("accounts:meeting_create", "?kind=handoff")),
    "DCL-18": ("Fill it in", _close("opportunities:close_handoff")),
    "COD-04": ("The label", _account("accounts:codename_of_account")),
    "DCL-22": ("The channels", lambda close, paper: reverse("accounts:channels")),
    "DCL-23": ("Record the key", _account("accounts:license_create")),
    "DCL-24": ("The keys", _account("accounts:licenses_of_account")),
    "DCL-25": ("Schedule it", _account("accounts:meeting_create", "?kind=kickoff")),
    "DCL-27": ("Schedule it", _account("accounts:meeting_create", "?kind=check_in")),
}


def place(close: DealClose, code: str, paper: Any) -> tuple[str, str] | None:
    """What the button says and where it leads; None where there is nothing to do but wait."""
    if code not in PLACES:
        return None
    words, where = PLACES["CON-10" if is_at_the_request(code, paper) else code]
    return words, where(close, paper)


def is_at_the_request(code: str, paper: Any) -> bool:
    """Whether nothing but our signature is lacking, and that is given where it was asked for (CON-10)."""
    is_ours = code == closing.EXECUTED or (code == closing.BY_BOTH and paper and signing.CUSTOMER in paper.signed)
    return bool(is_ours and paper and paper.is_asked_for)


def texts() -> dict[str, MessageText]:
    """The handbook's texts for a new customer, by the step at which they are sent."""
    found = MessageText.objects.in_bulk(closing.TEXTS.values())
    return {step: found[code] for step, code in closing.TEXTS.items() if code in found}
