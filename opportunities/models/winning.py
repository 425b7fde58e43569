"""What a won deal brings with it, all in the transaction of the win, each thing once (DCL-09b, OPP-08)."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from accounts.models import Account, Contract
from fleetcs.models import User
from opportunities import closing, pipelines, stages
from opportunities.models.opportunity import Opportunity

if TYPE_CHECKING:
    from opportunities.models.deal_close import DealClose

YEAR: Final = 12  # months: the term of a subscription of which nobody has said it
TOO_FAR: Final = "The days of the subscription lie thousands of years ahead: correct them in the contract or the deal."
OVERLAP: Final = "Another contract of this account is in force in that time: end it, or link it to the executed one."


def period(close: "DealClose", paper: Any) -> tuple[date, date]:
    """From which day to which the subscription runs, the last one included."""
    deal = close.opportunity
    begins = paper.effective_on or deal.effective_date or paper.closed_on
    ends = paper.ends_on or deal.subscription_end or closing.last_day(begins, deal.term or YEAR)
    return begins, max(begins, ends)


def dated(paper: Any, closes: date | None) -> list[str]:
    """What is wrong with a day as the close date: it is that of the last signature (CON-03)."""
    return [] if closes == paper.closed_on else [f"The close date is {paper.closed_on}: the last signature's day."]


def obstacles(close: "DealClose", paper: Any) -> list[str]:
    """What would keep the contract from coming into force."""
    begins, ends = period(close, paper)
    if paper.contract_id:
        return []
    if max(begins, ends) >= closing.FARTHEST:
        return [TOO_FAR]
    others = Contract.objects.filter(account=close.opportunity.account_id)
    return [OVERLAP] if others.overlapping(begins, ends + timedelta(days=1)).exists() else []


def follow(close: "DealClose", paper: Any, *, by: User | None) -> None:
    """The contract in force, the customer, the renewal; call it inside the transaction of the win."""
    begins, ends = period(close, paper)
    if not paper.contract_id:
        _into_force(close, paper, begins, ends, by=by)
    account = close.opportunity.account
    if account.kind != Account.Kind.CUSTOMER:
        account.change({"kind": Account.Kind.CUSTOMER}, by=by)
    close.renewal = _renewal(close.opportunity, ends, by=by)
    close.save(update_fields=["renewal"])


def _into_force(close: "DealClose", paper: Any, begins: date, ends: date, *, by: User | None) -> None:
    given = {"account": close.opportunity.account, "tier": close.tier, "in_force_from": begins}
    contract = Contract.objects.add(by=by, **given, in_force_to=ends + timedelta(days=1))
    paper.change({"contract": contract}, by=by)


def _renewal(won: Opportunity, ends: date, *, by: User | None) -> Opportunity:
    """The opportunity to renew it when it ends, unless there is one (OPP-08)."""
    if known := won.renewals.filter(type=pipelines.RENEWAL).first():
        return known
    name = f"{won.account.name[:100]} renewal {ends.year}"
    terms = {"amount": won.amount, "max_hosts": won.max_hosts, "term": won.term, "payment_terms": won.payment_terms}
    whose = {"account": won.account, "owner": won.account.csm or won.owner or won.account.ae, "renewal_of": won}
    start = {"type": pipelines.RENEWAL, "stage": stages.OPEN[0], "close_date": ends}
    return Opportunity.objects.add(by=by, name=name, **whose, **start, **terms)
