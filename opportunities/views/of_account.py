"""The selling side of an account's page: next step, deals, what they add up to, what was done.

The account's page asks for each part where it belongs (SFD-08, SFD-09); without `part` they are one page.
"""

from collections.abc import Callable
from typing import Any, Final

from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import Account, LicenseKey
from fleetcs.listing import Fact
from fleetcs.models import User
from fleetcs.views.records import Request
from fleetcs.working_day import today
from opportunities import rollups, stages
from opportunities.models import Activity, Opportunity
from opportunities.views.opportunities import amount, on

SHOWN: Final = 10
PARTS: Final = ("next-step", "deals", "accounting")
HIDDEN: Final = "For support, BizOps, the managers and the account's own team"


@require_safe
def of_account(request: Request, pk: int) -> HttpResponse:
    account = get_object_or_404(Account.objects.visible_to(request.user), pk=pk)
    page = {"title": f"Opportunities of {account.name}", "account": account}
    page["part"] = next((part for part in PARTS if part == request.GET.get("part")), "")
    if request.user.may("opportunity.see"):
        page |= {"may_see": True, **selling(request.user, account)}
    return render(request, "opportunities/of_account.html", page)


def selling(user: User, account: Account) -> dict[str, Callable[[], Any]]:
    """Everything the page may show; only what it does is looked up."""
    mine = Opportunity.objects.visible_to(user).filter(account=account)
    by_step = mine.open().exclude(next_step="").order_by(F("next_step_due").asc(nulls_last=True), "-pk")
    return {
        "count": mine.count,
        "rows": lambda: shown(mine.order_by("-close_date", "-pk")[:SHOWN]),
        "next": by_step.first,
        "accounting": lambda: accounting(user, account),
        "activities": lambda: Activity.objects.visible_to(user).filter(account=account).newest()[:SHOWN],
    }


def shown(rows: Any) -> list[tuple[Opportunity, str, str]]:
    return [(row, stages.tone(row.stage), stages.shown(row.stage)) for row in rows]


def accounting(user: User, account: Account) -> list[Fact]:
    """The twelve of SFD-08, in this order. What the deals add up to is computed: nothing of it is ever entered."""
    summed = rollups.of_account(account)
    return [
        Fact("Invoice sent (latest)", on(summed.invoice_sent)),
        Fact("Payment received on (latest)", on(summed.payment_received)),
        Fact("Subscription end date (latest)", on(summed.subscription_end)),
        Fact("Press approval", account.press_approval),
        Fact("License key", *license_of(user, account)),
        Fact("Total opportunities (#)", summed.total),
        Fact("Deals won (#)", summed.won),
        Fact("Close date (first deal)", on(summed.first_closed)),
        Fact("Cumulative revenue (USD)", amount(summed.revenue)),
        Fact("Payment terms", account.payment_terms),
        Fact("Billing address", account.billing_address),
        Fact("Shipping address", account.shipping_address),
    ]


def license_of(user: User, account: Account) -> tuple[str, str]:
    """The key, always masked, and the address of its record; both "" while none works."""
    if not account.allows(user, "license.see"):
        return HIDDEN, ""
    key = LicenseKey.objects.current(account, today())
    return (key.masked, key.get_absolute_url()) if key else ("", "")
