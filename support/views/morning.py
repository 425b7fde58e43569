"""The morning queue: what came since the last closing and nobody has answered, soonest due first (AHR-12)."""

from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from fleetcs import clock
from fleetcs.context import zone_of
from fleetcs.models import User
from fleetcs.views.records import only
from support.filters import closing
from support.models import Clock, Ticket
from support.views.rights import colleague
from support.views.rows import joined, rows_of
from support.views.unanswered import waiting_in, waiting_threads

MOST: Final = 100


@require_safe
@only("ticket.see")
def morning(request: HttpRequest) -> HttpResponse:
    """Tickets and threads together, in the order in which they fall due."""
    since, user = closing(), colleague(request)
    found = overnight(request, user, since)
    page = {
        "title": "Morning queue",
        "since": since,
        "items": found[:MOST],
        "more": len(found) > MOST,
        "may_answer": user.may("ticket.answer"),
    }
    return render(request, "support/morning.html", page)


def overnight(request: HttpRequest, user: User, since: datetime, most: int = MOST) -> list[dict[str, Any]]:
    """What waits since the closing: a ticket's row or a waiting thread, each with its due moment."""
    tickets = list(tickets_since(user, since)[: most + 1])
    threads = waiting_in(list(threads_since(user, since)[: most + 1]))
    rows = rows_of(tickets, clock.now(), zone_of(user))
    items = [{"due": ticket.queue_at, "row": row} for ticket, row in zip(tickets, rows, strict=True)]
    items += [{"due": one.due, "thread": one} for one in threads]
    return sorted(items, key=lambda item: item["due"])


def tickets_since(user: User, since: datetime) -> QuerySet[Ticket]:
    return joined(Ticket.objects.visible_to(user).support().overnight(since).order_by("queue_at", "pk"))


def threads_since(user: User, since: datetime) -> QuerySet[Clock]:
    return waiting_threads(user).filter(started_at__gte=since).order_by("due_at", "pk")
