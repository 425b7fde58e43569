"""What colleagues ask the department for, with a clock of one business day; or an issue instead (INT-12)."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from fleetcs import clock
from fleetcs.context import zone_of
from fleetcs.listing import Order, listing
from fleetcs.models import HandbookEntry
from fleetcs.once import once
from fleetcs.views.records import only
from support.filters import RequestFilter
from support.forms.request import RequestForm, issue_link
from support.models import Ticket
from support.views.rights import colleague
from support.views.rows import joined, rows_of

SORTS: Final[dict[str, Order]] = {
    "due": ("queue_at", "pk"),
    "-received": ("-received_at", "-pk"),
    "received": ("received_at", "pk"),
}
VIEWS: Final = [("Open", ""), ("Older than a business day", "view=late"), ("Mine", "view=mine"), ("All", "view=all")]
LIST: Final = {"title": "Department requests", "views": VIEWS, "search": "Search subject"}
ASK: Final = {"title": "New request", "save": "Ask", "busy": "Asking…"}


@require_safe
@only("request.make")
def requests(request: HttpRequest) -> HttpResponse:
    """Everybody's, for those who read tickets; one's own, for everybody else."""
    user = colleague(request)
    asked = Ticket.objects.visible_to(user).filter(kind=Ticket.Kind.DEPARTMENT_REQUEST)
    filters = RequestFilter(request.GET, queryset=joined(asked, "requester__name"), user=user)
    page = listing(request, filters.qs, sorts=SORTS, form=filters.form, noun="request")
    rows = list(zip(page.rows, rows_of(page.rows, clock.now(), zone_of(user)), strict=True))
    shown = {"listing": page, "rows": rows, "form": filters.form}
    return render(request, "support/requests.html", LIST | shown, status=page.status)


@require_http_methods(["GET", "HEAD", "POST"])
@once
@only("request.make")
def request_new(request: HttpRequest) -> HttpResponse:
    """Ask the department for something; it gets back within one business day."""
    form = RequestForm(request.POST or None)
    if form.is_valid():
        made = form.make(by=colleague(request))
        messages.success(request, "Asked. You get an answer within one business day.")
        return redirect(made)
    page = ASK | {"form": form, **otherwise(form.data.get("subject", ""))}
    return render(request, "support/request_form.html", page, status=422 if form.is_bound else 200)


def otherwise(subject: str) -> dict[str, str]:
    """The other ways, as far as the handbook names them: an issue, and the channel to mention somebody in."""
    template = HandbookEntry.objects.value("links", "department_request")
    channel = HandbookEntry.objects.value("aliases", "ask_customer_success")
    return {"link": issue_link(template, subject), "channel": str(channel)}
