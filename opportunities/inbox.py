"""What waits for business operations, the CRO and the CEO: quotes, reviews, hits, exceptions, contracts, POs, invoices.

Each section is for those who may do what it asks for, and holds its oldest first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet

from fleetcs.models import Run, Tick, User
from fleetcs.procedures import Standing, standing
from opportunities import closing, signing, stages
from opportunities.models import (
    Agreement,
    DealClose,
    Invoice,
    LegalReview,
    PurchaseOrder,
    Quote,
    Screening,
    SignatureRequest,
    TermDeviation,
)
from opportunities.models.close_states import incomplete
from opportunities.models.signature_request import CHECKLIST

OFFICES: Final = (closing.OPERATE, closing.SIGN)
MOST: Final = 100  # of one kind; whoever has more of them to do begins with the oldest


@dataclass(frozen=True)
class Item:
    """One thing to do: what it is, whose, where, since when."""

    words: str
    customer: str
    url: str
    since: datetime | None = None
    hint: str = ""


@dataclass(frozen=True)
class Section:
    """Things of one kind."""

    title: str
    items: list[Item]


type Source = Callable[[User], Iterator[Item]]


def sections(user: User) -> list[Section]:
    """Of every kind that is theirs, also where nothing waits."""
    theirs = [(title, source) for title, action, source in SOURCES if user.may(action)]
    return [Section(title, list(source(user))) for title, source in theirs]


def quotes(user: User) -> Iterator[Item]:
    """Quotes for the CRO to approve (QUO-02)."""
    yield from _quotes("quote.approve")


def quotes_of_cro(user: User) -> Iterator[Item]:
    """For the CEO, where what the CRO wrote is not for the CRO to approve."""
    yield from _quotes("quote.approve_cro")


def _quotes(action: str) -> Iterator[Item]:
    rows = Quote.objects.pending().select_related("opportunity__account", "prepared_by", "written_by")
    for one in rows.order_by("submitted_at")[:MOST]:
        if one.approving == action:
            words = f"Quote {one.number} of {one.opportunity.name}"
            yield Item(words, named(one.opportunity), one.get_absolute_url(), one.submitted_at, f"{one.price:,.2f} USD")


def reviews(user: User) -> Iterator[Item]:
    for one in LegalReview.objects.open().select_related("opportunity__account").order_by("asked_at")[:MOST]:
        hint = "" if one.is_submitted else "Not submitted: no issue yet"
        yield Item(one.question[:120], named(one.opportunity), one.get_absolute_url(), one.asked_at, hint)


def hits(user: User) -> Iterator[Item]:
    for one in Screening.objects.undecided().select_related("opportunity__account", "country")[:MOST]:
        yield Item(f"Hit: {one.party}", named(one.opportunity), one.get_absolute_url(), one.at, one.country.name)


def exceptions(user: User) -> Iterator[Item]:
    rows = TermDeviation.objects.awaiting().select_related("agreement__opportunity__account", "term")
    for one in rows[:MOST]:
        words = f"{one.term.name if one.term else 'Not in the table'}: {one.value}"
        yield Item(words[:160], named(one.agreement.opportunity), one.get_absolute_url(), one.noted_at)


def signatures(user: User) -> Iterator[Item]:
    """Requests whose next step is this person's (CON-10)."""
    for one in SignatureRequest.objects.going_on().select_related("agreement__opportunity__account")[:MOST]:
        run = Run.objects.of(one, CHECKLIST)
        ticked = run.ticked() if run else set()
        for step in signing.REQUEST.steps:
            if standing(signing.REQUEST, step, {}, ticked) == Standing.OPEN and user.may(step.role):
                yield Item(step.text, named(one.agreement.opportunity), one.get_absolute_url(), one.begun_at)


def close_steps(user: User) -> Iterator[Item]:
    """Steps of closes that somebody of theirs ticks; what is seen elsewhere is in a section of its own (DCL-05)."""
    yield from islice(_close_steps(user), MOST)


def _close_steps(user: User) -> Iterator[Item]:
    for state in incomplete(DealClose.objects.going_on().order_by("begun_at", "pk")):
        for turn in state.progress.next:
            step, close = turn.step, state.close
            if step.checked is None and turn.action in OFFICES and user.may(turn.action):
                yield Item(step.text, named(close.opportunity), close.get_absolute_url(), state.moved_at, step.stage)


def to_execute(user: User) -> Iterator[Item]:
    yield from _agreements(paper_copies().order_by("sent_at"), "sent_at", lambda one: "Reviewed: sign it")


def paper_copies() -> QuerySet[Agreement]:
    """Order forms on paper that BizOps has reviewed: nothing but our signature is lacking (DCL-05)."""
    newer = _of_deal(Agreement.objects.filter(kind=Agreement.Kind.SUBSCRIPTION, pk__gt=OuterRef("pk")))
    ticks = Tick.objects.filter(step=closing.REVIEWED, taken_back_at=None, run__procedure=closing.CHECKLIST)
    reviewed = ticks.filter(run__subject_id=OuterRef("opportunity__deal_close"))
    undecided = TermDeviation.objects.filter(agreement=OuterRef("pk"), is_beyond=True, withdrawn_at=None)
    waiting = Agreement.objects.filter(kind=Agreement.Kind.SUBSCRIPTION, opportunity__deal_close__docusign=False)
    waiting = waiting.exclude(signatures__party=signing.COMPANY).exclude(opportunity__stage__in=stages.CLOSED)
    return waiting.filter(Exists(reviewed), ~Exists(newer), ~Exists(undecided.exclude(is_approved=True)))


def _of_deal(rows: QuerySet[Agreement]) -> QuerySet[Agreement]:
    return rows.filter(opportunity=OuterRef("opportunity"))


def unsigned(user: User) -> Iterator[Item]:
    yield from _agreements(Agreement.objects.unsigned().order_by("sent_at"), "sent_at", lambda one: "Not signed by all")


def unfiled(user: User) -> Iterator[Item]:
    """Executed contracts that lack a copy on the opportunity or in the folder (CON-13)."""
    yield from _agreements(Agreement.objects.unfiled().order_by("pk"), "created_at", _lacks)


def _lacks(one: Agreement) -> str:
    lacking = {"no copy on the opportunity": one.executed_url, "none in the folder": one.filed_url}
    return ", ".join(words for words, url in lacking.items() if not url).capitalize()


def orders(user: User) -> Iterator[Item]:
    """Executed contracts without a PO number, and nobody has said that there is none (DCL-11)."""
    secured = PurchaseOrder.objects.filter(opportunity=OuterRef("opportunity"))
    rows = _subscriptions().exclude(Exists(secured))
    yield from _agreements(rows, "created_at", lambda one: "No PO number yet")


def uninvoiced(user: User) -> Iterator[Item]:
    """Executed contracts of which no invoice has been sent."""
    sent = Invoice.objects.filter(opportunity=OuterRef("opportunity"), sent_on__isnull=False)
    yield from _agreements(_subscriptions().exclude(Exists(sent)), "created_at", lambda one: "No invoice sent")


def unpaid(user: User) -> Iterator[Item]:
    for one in Invoice.objects.unpaid().select_related("opportunity__account").order_by("sent_on")[:MOST]:
        words = f"Invoice {one.number or one.pk} of {one.amount:,.2f} USD, sent on {one.sent_on:%Y-%m-%d}"
        yield Item(words, named(one.opportunity), one.get_absolute_url(), None, one.po_number and f"PO {one.po_number}")


def _subscriptions() -> QuerySet[Agreement]:
    return Agreement.objects.executed().filter(kind=Agreement.Kind.SUBSCRIPTION).order_by("pk")


def _agreements(rows: QuerySet[Agreement], since: str, hint: Callable[[Agreement], str]) -> Iterator[Item]:
    for one in rows.select_related("opportunity__account")[:MOST]:
        words = f"{one.get_kind_display()} of {one.opportunity.name}"
        yield Item(words, named(one.opportunity), one.get_absolute_url(), getattr(one, since), hint(one))


def named(deal: Any) -> str:
    return str(deal.account.name)


SOURCES: Final[tuple[tuple[str, str, Source], ...]] = (
    ("Quotes to approve", "quote.approve", quotes),
    ("Quotes of the CRO to approve", "quote.approve_cro", quotes_of_cro),
    ("Exceptions beyond the maximum", "exception.decide", exceptions),
    ("Hits of the sanctions check", "screening.clear", hits),
    ("Legal reviews", "review.close", reviews),
    ("Signatures: the next step is yours", "paper.decide", signatures),
    ("Paper copies to execute", "agreement.sign", to_execute),
    ("Deals that are being closed", "paper.decide", close_steps),
    ("Sent out and not signed", "agreement.file", unsigned),
    ("Executed contracts that lack a copy", "agreement.file", unfiled),
    ("Purchase orders to secure", "invoice.enter", orders),
    ("Contracts without an invoice", "invoice.enter", uninvoiced),
    ("Invoices not paid", "invoice.enter", unpaid),
)
