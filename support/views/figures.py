"""The managers' page, and exactly which tickets stand behind each of its numbers (SLA-21)."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from fleetcs import clock
from fleetcs.context import zone_of
from fleetcs.export import Columns, csv_of, is_wanted, sheet
from fleetcs.listing import listing
from fleetcs.models import User
from fleetcs.posts import ALL
from support.figures import STATES
from support.forms.figures import FigureForm, PartForm
from support.models import Clock
from support.views.misses import rows_of
from support.views.rights import colleague
from support.views.summary import PERCENTILES, Figures

# The day bounds the index that finds them.
SORTS = {"-received": ("-received_on", "-started_at", "-pk"), "received": ("received_on", "started_at", "pk")}
WORDS = {"states": STATES, "percentiles": PERCENTILES}
HEAD = ("Part", "What", *STATES.values(), "All")


def reader(request: HttpRequest, action: str = "figures.see") -> User:
    """Who asks; for who may not see figures there is no such page."""
    user = colleague(request)
    if not (user.may("figures.see") and user.may(action)):
        raise Http404
    return user


WORDS = {"title": "Figures", "states": STATES, "percentiles": PERCENTILES}


@require_safe
def figures(request: HttpRequest) -> HttpResponseBase:
    """What was promised and kept, added up."""
    user, now = reader(request), clock.now()
    form = FigureForm(request.GET, user=user)
    shown = Figures(form, now, links=user.may("ticket.see")) if form.is_valid() else None
    if shown and is_wanted(request):
        return sheet("figures", HEAD, shown.sheet())
    misses = rows_of(shown.misses, now, zone_of(user), may_work=user.scope("ticket.work") == ALL) if shown else []
    context = {"title": "Figures", "form": form, "figures": shown, "misses": misses, **WORDS}
    return render(request, "support/figures.html", context, status=200 if shown else 422)


@require_safe
def tickets(request: HttpRequest) -> HttpResponseBase:
    """The tickets behind one number."""
    user, now = reader(request, "ticket.see"), clock.now()
    form = PartForm(request.GET, user=user)
    found = form.clocks(now).visible_to(user) if form.is_valid() else Clock.objects.none()
    rows = found.select_related("ticket", "account", "person")
    if is_wanted(request):
        return csv_of(request, "figure-tickets", columns(), rows, SORTS)
    page = listing(request, rows, sorts=SORTS, form=form, noun="clock")
    context = {"title": "Tickets of a figure", "listing": page, "form": form}
    return render(request, "support/figures_tickets.html", context, status=page.status)


def columns() -> Columns[Clock]:
    """The list as a file."""
    now = clock.now()
    return {
        "Ticket": lambda one: one.ticket_id,
        "Subject": lambda one: one.ticket.subject if one.ticket else "",
        "Promise": lambda one: one.get_kind_display(),
        "Account": lambda one: one.account.name if one.account else "",
        "Tier": lambda one: one.get_tier_display(),
        "Priority": lambda one: one.priority,
        "Received": lambda one: one.started_at,
        "Inside hours": lambda one: one.inside,
        "Due": lambda one: one.due_at,
        "Answered": lambda one: one.stopped_at,
        "State": lambda one: STATES[one.state(now)],
        "Person": lambda one: one.person.name if one.person else "",
        "Cause": lambda one: one.get_cause_display() if one.cause else "",
    }
