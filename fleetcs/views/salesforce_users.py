"""Who is who: users of Salesforce and the colleagues they are, proposed by address and confirmed by a click."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from fleetcs.listing import listing
from fleetcs.mirrors import settling
from fleetcs.models import SalesforceUser, User
from fleetcs.views.operations import tell
from fleetcs.views.records import Request, only

SORTS = {"name": ("name", "pk")}


@require_safe
@only("mirror.see")
def salesforce_users(request: Request) -> HttpResponse:
    rows = SalesforceUser.objects.with_proposal().select_related("colleague")
    page = listing(request, rows, sorts=SORTS, noun="user")
    context = {"title": "Who is who in Salesforce", "listing": page, "maps": request.user.may("mirror.map")}
    return render(request, "fleetcs/salesforce_users.html", context | choices(page.rows), status=page.status)


def choices(rows: list[Any]) -> dict[str, Any]:
    """Each user with the colleague proposed, and who else it could be."""
    free = {one.pk: one for one in User.objects.active().filter(in_salesforce=None).order_by("name")}
    return {"rows": [(row, free.get(row.proposed)) for row in rows], "free": list(free.values())}


@require_POST
@only("mirror.map")
def salesforce_user_link(request: Request, pk: int) -> HttpResponse:
    someone, chosen = get_object_or_404(SalesforceUser, pk=pk), request.POST.get("colleague", "")
    known = User.objects.active().filter(pk=chosen).first() if chosen.isdecimal() and len(chosen) <= 18 else None
    if known is None:
        return HttpResponse("No such colleague.", status=422, content_type="text/plain")
    words = "Linked: what they own over there is theirs here within minutes."
    tell(request, settling.link_user(someone, known, by=request.user), words)
    return redirect("salesforce_users")


@require_POST
@only("mirror.map")
def salesforce_user_unlink(request: Request, pk: int) -> HttpResponse:
    someone = get_object_or_404(SalesforceUser, pk=pk)
    words = "No longer linked: what they own over there is looked at again."
    tell(request, settling.unlink_user(someone, by=request.user), words)
    return redirect("salesforce_users")
