"""Deals of the made-up firm that are being closed: one just begun, one on paper, one that is won and handed over."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from accounts.models import Account, Meeting
from fleetcs.models import User
from fleetcs.working_day import ZONE, today
from opportunities import closing, stages
from opportunities.models import Agreement, Country, DealClose, HandoffSheet, Opportunity, Screening, Signature

DRIVE: Final = "https://drive.google.com/file/d/demo"
DEALS: Final = 3
UNOPENED: Final = "The win opens it."
ITEMS: Final = {
    "deal": "Starts with two teams, the rest follows in spring.",
    "contact": "Head of workplace technology",
    "use_cases": "Know every laptop, and be ready for the audit in June.",
    "reasons": "Their tool of today does not see Linux.",
    "used_free": "Yes, for a year",
    "competitors": "One tool for phones",
}


def enter() -> None:
    """As the people of the firm have done it on the pages, as far as there are prospects for it."""
    for act, deal in zip((begin, on_paper, win), prospects(), strict=False):
        act(deal)


def prospects() -> Iterator[Opportunity]:
    """A new deal of the AE with each of some accounts that are no customers yet."""
    seller, consultant = User.objects.holding("ae")[0], User.objects.holding("sc")[0]
    worth = {"type": "New", "stage": stages.OPEN[-1], "amount": 24_000, "close_date": today(), "term": 12}
    for account in Account.objects.filter(kind=Account.Kind.PROSPECT).order_by("pk")[:DEALS]:
        account.change({"sc": consultant}, by=User.objects.holding("cro")[0])
        name = f"First subscription {today().year}"
        yield Opportunity.objects.add(by=seller, account=account, name=name, owner=seller, **worth)


def begin(deal: Opportunity) -> DealClose:
    return _begun(deal, docusign=True)


def on_paper(deal: Opportunity) -> None:
    """They sign on paper: BizOps has the copy before it."""
    close = _begun(deal, docusign=False)
    close.skip("DCL-00", UNOPENED, by=close.begun_by)
    paper = _paper(deal)
    paper.send(to="purchasing@customer.example", by=close.begun_by)
    _signed(paper, close, "customer")
    close.tick("DCL-05a", {"scan": DRIVE}, by=close.begun_by)


def win(deal: Opportunity) -> None:
    """Signed by envelope, won, and on its way to customer success."""
    close, operations = _begun(deal, docusign=True), User.objects.holding("bizops")[0]
    paper, seller = _paper(deal), close.begun_by
    close.skip("DCL-00", UNOPENED, by=seller)
    paper.send(to="purchasing@customer.example", envelope="E-1007", copied=[seller.email, operations.email], by=seller)
    _signed(paper, close, "customer")
    _signed(paper, close, "company")
    paper.attach(DRIVE, by=seller)
    Opportunity.objects.get(pk=deal.pk).move_to(stages.WON, by=seller, close_date=today())
    HandoffSheet.objects.add(close=close, by=seller, tier=close.tier, **ITEMS)
    _call(deal, seller)


def _begun(deal: Opportunity, *, docusign: bool) -> DealClose:
    seller = deal.owner or User.objects.holding("ae")[0]
    looked = {"party": "The company", "list_url": "https://lists.example/search", "is_hit": False}
    Screening.objects.record(deal, by=seller, country=Country.objects.get(code="SE"), **looked)
    answers: dict[str, Any] = {"docusign": docusign, "tier": "premium"}
    return DealClose.objects.begin(deal, by=seller, **answers)


def _paper(deal: Opportunity) -> Agreement:
    begins = today() + timedelta(days=5)
    dates = {"effective_on": begins, "ends_on": closing.last_day(begins, 12)}
    return Agreement.objects.add(opportunity=deal, by=deal.owner or User.objects.holding("ae")[0], **dates)


def _signed(paper: Agreement, close: DealClose, party: str) -> None:
    ours: dict[str, Callable[[], dict[str, Any]]] = {
        "customer": lambda: {"name": "Their head of purchasing"},
        "company": lambda: {"signer": User.objects.holding("ceo")[0]},
    }
    Signature.objects.record(paper, by=close.begun_by, party=party, signed_on=today(), **ours[party]())


def _call(deal: Opportunity, seller: User) -> None:
    """The handoff call, two days from now at ten."""
    day: date = today() + timedelta(days=2)
    when = {"kind": Meeting.Kind.HANDOFF, "starts_at": datetime.combine(day, time(10), ZONE), "minutes": 30}
    Meeting.objects.schedule(deal.account, by=seller, attendees=[seller, User.objects.holding("csm")[0]], **when)
