"""The selling side of an account's page: its opportunities, and what was done about it lately (SFD-09)."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import Account
from fleetcs.listing import Fact
from fleetcs.views.records import Request
from opportunities import rollups, stages
from opportunities.models import Activity, Opportunity
from opportunities.views.opportunities import amount, on

SHOWN = 10


@require_safe
def of_account(request: Request, pk: int) -> HttpResponse:
    account = get_object_or_404(Account.objects.visible_to(request.user), pk=pk)
    mine = Opportunity.objects.visible_to(request.user).filter(account=account).order_by("-close_date", "-pk")
    rows = [(row, stages.tone(row.stage), stages.shown(row.stage)) for row in mine[:SHOWN]]
    done = Activity.objects.visible_to(request.user).filter(account=account).newest()[:SHOWN]
    page = {"title": f"Opportunities of {account.name}", "account": account, "rows": rows, "activities": done}
    may_see = request.user.may("opportunity.see")
    page |= {"may_see": may_see, "count": mine.count(), "accounting": accounting(account) if may_see else []}
    return render(request, "opportunities/of_account.html", page)


def accounting(account: Account) -> list[Fact]:
    """What the deals add up to (SFD-08): nothing of it is ever entered."""
    summed = rollups.of_account(account)
    return [
        Fact("Invoice sent (latest)", on(summed.invoice_sent)),
        Fact("Payment received on (latest)", on(summed.payment_received)),
        Fact("Subscription end date (latest)", on(summed.subscription_end)),
        Fact("Total opportunities (#)", summed.total),
        Fact("Deals won (#)", summed.won),
        Fact("Close date (first deal)", on(summed.first_closed)),
        Fact("Cumulative revenue (USD)", amount(summed.revenue)),
    ]
