"""What an account's opportunities and their invoices add up to (SFD-08)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Max, Min, Q, Sum

from accounts.models import Account
from opportunities.models import Opportunity
from opportunities.stages import WON

IS_WON = Q(stage=WON)


@dataclass(frozen=True)
class Rollup:
    """Days are None where no opportunity has one; revenue is in US dollars, of what was won."""

    invoice_sent: date | None
    payment_received: date | None
    subscription_end: date | None
    total: int
    won: int
    first_closed: date | None
    revenue: Decimal


def of_account(account: Account) -> Rollup:
    """Computed each time: nothing here is ever entered."""
    found = Opportunity.objects.filter(account=account).aggregate(
        invoice_sent=Max("invoice_sent"),
        payment_received=Max("payment_received"),
        subscription_end=Max("subscription_end"),
        total=Count("pk"),
        won=Count("pk", filter=IS_WON),
        first_closed=Min("close_date", filter=IS_WON),
        revenue=Sum("amount", filter=IS_WON),
    )
    return Rollup(**found | {"revenue": found["revenue"] or Decimal(0)})
