"""The support side of an account's page: what is open, and how promises were kept lately."""

from datetime import timedelta
from typing import Any, Final

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import Account
from fleetcs import clock
from fleetcs.context import zone_of
from fleetcs.models import User
from fleetcs.working_day import today
from support.models import Clock, Ticket
from support.views.rights import colleague
from support.views.rows import joined, rows_of

WEEKS: Final = 13
SHOWN: Final = 10


@require_safe
def of_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Open tickets of one account and its last thirteen weeks; whoever may not read them is told so."""
    user = colleague(request)
    account = get_object_or_404(Account.objects.visible_to(user), pk=pk)
    waiting = joined(Ticket.objects.visible_to(user).open().filter(account=account))
    found = list(waiting.order_by("confirmed", "queue_at", "pk")[: SHOWN + 1])
    rows, more = rows_of(found[:SHOWN], clock.now(), zone_of(user)), len(found) > SHOWN
    page = {"title": f"Tickets of {account.name}", "account": account, "rows": rows, "more": more, "weeks": WEEKS}
    told = {"kept": verdicts(user, account), "may_see": bool(found) or account.allows(user, "ticket.see")}
    return render(request, "support/of_account.html", page | told)


def verdicts(user: User, account: Account) -> dict[str, Any]:
    """Contract promises of the account that ended, and how; None of them when there were none."""
    since = today() - timedelta(weeks=WEEKS)
    promised = Clock.objects.visible_to(user).promised().filter(due_at__isnull=False)
    clocks = promised.filter(account=account, received_on__gte=since)
    ended = Q(stopped_at__isnull=False)
    told = clocks.aggregate(kept=Count("pk", filter=ended & Q(missed=False)), missed=Count("pk", filter=Q(missed=True)))
    return told | {"total": told["kept"] + told["missed"]}
