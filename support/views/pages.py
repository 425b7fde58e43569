"""Parts of the home page: what waits for this very person, each a page of its own as well."""

from typing import Any, Final

from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from fleetcs import clock
from fleetcs.context import zone_of
from fleetcs.listing import counted
from fleetcs.models import User
from fleetcs.views.records import only
from fleetcs.wording import plural
from support.filters import closing
from support.models import Alert, Ticket
from support.views.morning import threads_since, tickets_since
from support.views.rights import colleague
from support.views.rows import joined, rows_of
from support.views.unanswered import waiting_in, waiting_threads

SHOWN: Final = 6
THRESHOLDS: Final = {"at_risk": "At risk", "target": "Target passed", "missed": "Due moment passed"}


def part(request: HttpRequest, title: str, more: str, found: Any, **words: Any) -> HttpResponse:
    """A short list of tickets with the way to all of them."""
    rows = rows_of(joined(found)[:SHOWN], clock.now(), zone_of(request.user))
    page = {"title": title, "rows": rows, "count": plural(counted(found), "ticket"), "more": more, **words}
    return render(request, "support/part.html", page)


@require_safe
@only("ticket.see")
def part_mine(request: HttpRequest) -> HttpResponse:
    """Tickets of mine, the next due first."""
    user = colleague(request)
    mine = Ticket.objects.visible_to(user).open().filter(assignee=user).order_by("confirmed", "queue_at", "pk")
    return part(
        request,
        "My tickets, next due",
        f"{reverse('support:queue')}?view=mine",
        mine,
        empty="No open ticket is assigned to you.",
    )


@require_safe
@only("ticket.see")
def part_unconfirmed(request: HttpRequest) -> HttpResponse:
    """Tickets whose priority nobody has confirmed (R1)."""
    found = Ticket.objects.visible_to(colleague(request)).unconfirmed().order_by("confirmed", "queue_at", "pk")
    return part(
        request, "Priority to be confirmed", reverse("support:queue"), found, empty="Every priority is confirmed."
    )


@require_safe
@only("ticket.see")
def part_unanswered(request: HttpRequest) -> HttpResponse:
    """Slack threads that wait (R2)."""
    found = waiting_threads(colleague(request)).order_by("due_at", "pk")
    threads = waiting_in(list(found[:SHOWN]))
    page = {
        "title": "Unanswered in Slack",
        "threads": threads,
        "more": reverse("support:unanswered"),
        "count": plural(counted(found), "thread"),
        "empty": "Nobody waits in Slack.",
    }
    return render(request, "support/part.html", page)


@require_safe
@only("ticket.see")
def part_overnight(request: HttpRequest) -> HttpResponse:
    """What came since the last closing (AHR-12)."""
    user, since = colleague(request), closing()
    threads = counted(threads_since(user, since))
    return part(
        request,
        "Overnight",
        reverse("support:morning"),
        tickets_since(user, since),
        also=plural(threads, "thread") if threads else "",
        since=since,
        empty="Nothing came since the last closing.",
    )


@require_safe
@only("ticket.see")
def part_alerts(request: HttpRequest) -> HttpResponse:
    """Promises in danger: alerts that have fired and whose clocks still run."""
    found = fired(colleague(request))
    shown = found.select_related("clock__ticket__account")[:SHOWN]
    alerts = [(one, THRESHOLDS.get(one.threshold, one.threshold.replace("_", " "))) for one in shown]
    more = f"{reverse('support:queue')}?view=breaching"
    page = {"title": "Alerts", "alerts": alerts, "count": plural(counted(found), "alert"), "more": more}
    return render(request, "support/part.html", page | {"empty": "No promise is in danger."})


def fired(user: User) -> QuerySet[Alert]:
    """Alerts that rang for tickets this person may read, of clocks that still run; the latest first."""
    rang = Alert.objects.filter(state=Alert.State.FIRED, clock__stopped_at=None, clock__withdrawn_at=None)
    mine = Ticket.objects.visible_to(user).open()
    return rang.filter(clock__ticket__in=mine).order_by(F("fired_at").desc(), "-pk")
