"""The selling side of an account's page: its opportunities, and what was done about it lately (SFD-09)."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import Account
from fleetcs.views.records import Request
from opportunities import stages
from opportunities.models import Activity, Opportunity

SHOWN = 10


@require_safe
def of_account(request: Request, pk: int) -> HttpResponse:
    account = get_object_or_404(Account.objects.visible_to(request.user), pk=pk)
    mine = Opportunity.objects.visible_to(request.user).filter(account=account).order_by("-close_date", "-pk")
    rows = [(row, stages.tone(row.stage), stages.shown(row.stage)) for row in mine[:SHOWN]]
    done = Activity.objects.visible_to(request.user).filter(account=account).newest()[:SHOWN]
    page = {"title": f"Opportunities of {account.name}", "account": account, "rows": rows, "activities": done}
    may_see = request.user.may("opportunity.see")
    return render(request, "opportunities/of_account.html", {**page, "may_see": may_see, "count": mine.count()})
