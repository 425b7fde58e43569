"""Quotes: what their content is, what is approved when one is approved, who approves, and how one stands. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Protocol

# What an approval is of: change one of these and it is void (QUO-02).
CONTENT: Final = (
    *("format", "product", "hosts", "price", "term", "valid_until"),
    *("unique_terms", "special_pricing", "deck_url"),
)
SLIDES, PURCHASE_ORDER = "slides", "docusign_po"
OF_CRO: Final = "quote.approve_cro"  # the CEO's action


class Standing(StrEnum):
    """How a quote stands."""

    DRAFT = "draft", "Draft", "idle"
    PENDING = "pending", "Waits for approval", "wait"
    APPROVED = "approved", "Approved", "good"
    REFUSED = "refused", "Refused", "bad"
    SENT = "sent", "Sent", "good"

    words: str
    tone: str

    def __new__(cls, value: str, words: str, tone: str) -> "Standing":
        member = str.__new__(cls, value)
        member._value_, member.words, member.tone = value, words, tone
        return member


class Moments(Protocol):
    """What a quote's standing follows from."""

    submitted_at: datetime | None
    approved_at: datetime | None
    refused_at: datetime | None
    sent_at: datetime | None


def standing(quote: Moments) -> Standing:
    """The furthest that a quote has come: an edit takes it back to a draft."""
    if quote.sent_at:
        return Standing.SENT
    if quote.approved_at:
        return Standing.APPROVED
    if quote.refused_at:
        return Standing.REFUSED
    return Standing.PENDING if quote.submitted_at else Standing.DRAFT


PASSED: Final = (Standing.APPROVED, Standing.SENT)
ASIDE: Final = (Standing.DRAFT, Standing.REFUSED)


def counting[Q: Moments](versions: Sequence[Q]) -> Q | None:
    """Which of a deal's versions, oldest first, says whether its quote may leave: the newest that is more than a draft
    or a refused one; the newest of those where there is nothing else."""
    put_forward = [one for one in versions if standing(one) not in ASIDE]
    return next(reversed(put_forward or versions), None)


def canonical(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content as it is kept beside an approval: the same quote always gives the same text."""
    return {name: _plain(content[name]) for name in sorted(content)}


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical content, in hex: what an approval is bound to (F49)."""
    return hashlib.sha256(json.dumps(canonical(content), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, date):
        return value.isoformat()
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def may_be_purchase_order(unique_terms: str, *, special_pricing: bool) -> bool:
    """Whether a purchase order for signature is offered: only where no special term or pricing is needed (QUO-06)."""
    return not unique_terms.strip() and not special_pricing


def approving(*, of_cro: bool, to_ceo: bool) -> str:
    """The action of `fleetcs.posts` that approves a quote: the CRO's, or the CEO's where the CRO wrote it himself and
    the company has said so (QUO-02)."""
    return OF_CRO if of_cro and to_ceo else "quote.approve"


def missing(content: Mapping[str, Any]) -> list[str]:
    """What a quote has to say before anybody can approve it, as people call it."""
    needed = {"product": "the product", "hosts": "the number of hosts", "price": "the price", "term": "the term"}
    return [words for name, words in needed.items() if content[name] in (None, "", 0)]
