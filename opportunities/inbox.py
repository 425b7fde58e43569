"""What waits for business operations, the CRO and the CEO: quotes, reviews, hits, exceptions, contracts, POs, invoices.

Each section is for those who may do what it asks for, and holds its oldest first. The menu counts the same rows.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet, Value

from fleetcs.models import Tick, User
from fleetcs.models.procedure import is_turn
from fleetcs.procedures import Procedure, Step
from opportunities import closing, signing, stages
from opportunities.models import (
    Agreement,
    DealClose,
    Invoice,
    LegalReview,
    Outreach,
    PurchaseOrder,
    Quote,
    Screening,
    SignatureRequest,
    TermDeviation,
)
from opportunities.models.close_states import states
from opportunities.models.deal_close import checklist
from opportunities.models.paperwork import holds_itself

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


type Rows = QuerySet[Any]


@dataclass(frozen=True)
class Kind:
    """Things of one kind: for those who may do `action`, each row of `rows` is one, and `items` says how it reads."""

    title: str
    action: str
    rows: Callable[[User], Iterable[Rows]]
    items: Callable[[Rows], Iterable[Item]]


def sections(user: User) -> list[Section]:
    """Of every kind that is theirs, also where nothing waits."""
    return [Section(kind.title, list(_items(kind, user))) for kind in _of(user)]


def waiting(user: User) -> list[Rows]:
    """The rows behind all that is listed for somebody, to be counted."""
    return [rows for kind in _of(user) for rows in kind.rows(user)]


def _of(user: User) -> list[Kind]:
    return [kind for kind in KINDS if user.may(kind.action)]


def _items(kind: Kind, user: User) -> Iterator[Item]:
    for rows in kind.rows(user):
        yield from kind.items(rows[:MOST])


def each(item: Callable[[Any], Item]) -> Callable[[Rows], Iterable[Item]]:
    return lambda rows: map(item, rows)


def all_of(*rows: Rows) -> Callable[[User], Iterable[Rows]]:
    """The same rows for whoever may see them; asked anew each time."""
    return lambda user: [one.all() for one in rows]


# --- words and checks ------------------------------------------------------------------------------------------------
def quotes(action: str) -> Callable[[User], Iterable[Rows]]:
    """Quotes to approve; what the CRO wrote may be set to be the CEO's (QUO-02)."""
    deals = ("opportunity__account", "prepared_by", "written_by")
    return lambda user: [Quote.objects.pending_for(action).select_related(*deals).order_by("submitted_at")]


def quote(one: Quote) -> Item:
    words = f"Quote {one.number} of {one.opportunity.name}"
    return Item(words, named(one.opportunity), one.get_absolute_url(), one.submitted_at, f"{one.price:,.2f} USD")


def messages(user: User) -> Iterable[Rows]:
    """Outbound messages for their word (OUT-01)."""
    return [Outreach.objects.waiting().confirmable_by(user).order_by("pk")]


def message(one: Outreach) -> Item:
    return Item(one.subject, one.audience, one.get_absolute_url(), one.created_at, f"{one.reach} accounts")


def review(one: LegalReview) -> Item:
    hint = "" if one.is_submitted else "Not submitted: no issue yet"
    return Item(one.question[:120], named(one.opportunity), one.get_absolute_url(), one.asked_at, hint)


def hit(one: Screening) -> Item:
    return Item(f"Hit: {one.party}", named(one.opportunity), one.get_absolute_url(), one.at, one.country.name)


def exception(one: TermDeviation) -> Item:
    words = f"{one.term.name if one.term else 'Not in the table'}: {one.value}"
    return Item(words[:160], named(one.agreement.opportunity), one.get_absolute_url(), one.noted_at)


# --- steps -----------------------------------------------------------------------------------------------------------
def turns(rows: Rows, procedure: Procedure, steps: Iterable[Step], user: User) -> list[Rows]:
    """For each of the steps that are theirs, the subjects in which it is next."""
    mine = [step for step in steps if user.may(step.role)]
    return [rows.filter(is_turn(procedure, step)).annotate(turn=Value(step.code)) for step in mine]


def signatures(user: User) -> Iterable[Rows]:
    """Requests whose next step is this person's (CON-10)."""
    rows = SignatureRequest.objects.going_on().select_related("agreement__opportunity__account").order_by("begun_at")
    return turns(rows, signing.REQUEST, signing.REQUEST.steps, user)


def signature(one: Any) -> Item:
    text = signing.REQUEST.step(one.turn).text
    return Item(text, named(one.agreement.opportunity), one.get_absolute_url(), one.begun_at)


def close_steps(user: User) -> Iterable[Rows]:
    """Closes with a step that somebody of theirs ticks; what is seen elsewhere is in a section of its own (DCL-05).

    All of these steps are of paper copies.
    """
    rows = DealClose.objects.going_on().filter(docusign=False).order_by("begun_at", "pk")
    return turns(rows, checklist(), ticked_by_offices(), user)


def ticked_by_offices() -> list[Step]:
    return [step for step in checklist().steps if step.checked is None and step.role in OFFICES]


def closes(rows: Rows) -> Iterator[Item]:
    found = list(rows)
    known = {state.close.pk: state for state in states(found)}
    for one in found:
        close, step = known[one.pk].close, checklist().step(one.turn)
        yield Item(step.text, named(close.opportunity), close.get_absolute_url(), known[one.pk].moved_at, step.stage)


# --- contracts and invoices ------------------------------------------------------------------------------------------
def subscriptions() -> QuerySet[Agreement]:
    return of_deals(Agreement.objects.executed().filter(kind=Agreement.Kind.SUBSCRIPTION).order_by("pk"))


def of_deals(rows: QuerySet[Agreement]) -> QuerySet[Agreement]:
    return rows.select_related("opportunity__account")


def to_execute(user: User) -> Iterable[Rows]:
    """For the CEO in person (CON-11)."""
    return [paper_copies()] if holds_itself(user, "ceo") else []


def paper_copies() -> QuerySet[Agreement]:
    """Order forms on paper that BizOps has passed on: nothing but our signature is lacking (DCL-05)."""
    newer = Agreement.objects.filter(kind=Agreement.Kind.SUBSCRIPTION, pk__gt=OuterRef("pk"))
    ticks = Tick.objects.filter(taken_back_at=None, run__procedure=closing.CHECKLIST)
    ticks = ticks.filter(run__subject_id=OuterRef("opportunity__deal_close"))
    undecided = TermDeviation.objects.filter(agreement=OuterRef("pk"), is_beyond=True, withdrawn_at=None)
    waiting = Agreement.objects.filter(kind=Agreement.Kind.SUBSCRIPTION, opportunity__deal_close__docusign=False)
    waiting = waiting.filter(sent_at__isnull=False, signature_request=None)
    waiting = waiting.exclude(signatures__party=signing.COMPANY).exclude(opportunity__stage__in=stages.CLOSED)
    lacking = Exists(newer.filter(opportunity=OuterRef("opportunity"))) | Exists(undecided.exclude(is_approved=True))
    before = [step for step in checklist().steps if step.checked is None and closing.EXECUTED in step.blocks]
    ticked = [Exists(ticks.filter(step=step.code)) for step in before]
    return of_deals(waiting.filter(*ticked, ~lacking).order_by("sent_at"))


def agreement(since: str, hint: Callable[[Agreement], str]) -> Callable[[Rows], Iterable[Item]]:
    """How contracts read: since when it waits, and what it lacks."""

    def item(one: Agreement) -> Item:
        words = f"{one.get_kind_display()} of {one.opportunity.name}"
        return Item(words, named(one.opportunity), one.get_absolute_url(), getattr(one, since), hint(one))

    return each(item)


def lacks(one: Agreement) -> str:
    lacking = {"no copy on the opportunity": one.executed_url, "none in the folder": one.filed_url}
    return ", ".join(words for words, url in lacking.items() if not url).capitalize()


SECURED: Final = PurchaseOrder.objects.filter(opportunity=OuterRef("opportunity"))
SENT: Final = Invoice.objects.filter(opportunity=OuterRef("opportunity"), sent_on__isnull=False)


def invoice(one: Invoice) -> Item:
    words = f"Invoice {one.number or one.pk} of {one.amount:,.2f} USD, sent on {one.sent_on:%Y-%m-%d}"
    return Item(words, named(one.opportunity), one.get_absolute_url(), None, one.po_number and f"PO {one.po_number}")


def named(deal: Any) -> str:
    return str(deal.account.name)


KINDS: Final = (
    Kind("Quotes to approve", "quote.approve", quotes("quote.approve"), each(quote)),
    Kind("Quotes of the CRO to approve", "quote.approve_cro", quotes("quote.approve_cro"), each(quote)),
    Kind("Outbound messages to confirm", "outreach.confirm", messages, each(message)),
    Kind(
        "Exceptions beyond the maximum",
        "exception.decide",
        all_of(TermDeviation.objects.awaiting().select_related("agreement__opportunity__account", "term")),
        each(exception),
    ),
    Kind(
        "Hits of the sanctions check",
        "screening.clear",
        all_of(Screening.objects.undecided().select_related("opportunity__account", "country")),
        each(hit),
    ),
    Kind(
        "Legal reviews",
        "review.close",
        all_of(
            LegalReview.objects.open().exclude(issue_url="").select_related("opportunity__account").order_by("asked_at")
        ),
        each(review),
    ),
    Kind("Signatures: the next step is yours", "paper.decide", signatures, each(signature)),
    Kind(
        "Paper copies to execute", "agreement.sign", to_execute, agreement("sent_at", lambda one: "Reviewed: sign it")
    ),
    Kind("Deals that are being closed", "paper.decide", close_steps, closes),
    Kind(
        "Sent out and not signed",
        "agreement.file",
        all_of(of_deals(Agreement.objects.unsigned().order_by("sent_at"))),
        agreement("sent_at", lambda one: "Not signed by all"),
    ),
    Kind(  # CON-13
        "Executed contracts that lack a copy",
        "agreement.file",
        all_of(of_deals(Agreement.objects.unfiled().order_by("pk"))),
        agreement("created_at", lacks),
    ),
    Kind(  # nobody has said that there is none (DCL-11)
        "Purchase orders to secure",
        "invoice.enter",
        all_of(subscriptions().exclude(Exists(SECURED))),
        agreement("created_at", lambda one: "No PO number yet"),
    ),
    Kind(
        "Contracts without an invoice",
        "invoice.enter",
        all_of(subscriptions().exclude(Exists(SENT))),
        agreement("created_at", lambda one: "No invoice sent"),
    ),
    Kind(
        "Invoices not paid",
        "invoice.enter",
        all_of(Invoice.objects.unpaid().select_related("opportunity__account").order_by("sent_on")),
        each(invoice),
    ),
)
