"""Views that act on one ticket: fetched by permission, held, and a form that is overtaken says so (F47)."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from fleetcs.boundary import insist
from fleetcs.editing import attempt
from fleetcs.once import once
from support.models import Ticket
from support.views.cells import cell_overtaken
from support.views.columns import cell_at
from support.views.conflict import conflict, is_stale
from support.views.rights import colleague, rights

type TicketView = Callable[[HttpRequest, Ticket], HttpResponse]


def acts(
    action: str, *, hold: Callable[[HttpRequest, int], object] | None = None
) -> Callable[[TicketView], Callable[[HttpRequest, int], HttpResponse]]:
    """A view that acts on a ticket: unseen is 404, not theirs is 403, a stale form shows both versions (F47).

    `hold` locks what else the form is about, before the ticket's own row. What the database ends in favour of another
    transaction is done again (F04).
    """

    def decorate(view: TicketView) -> Callable[[HttpRequest, int], HttpResponse]:
        @once
        @transaction.atomic
        def guarded(request: HttpRequest, pk: int) -> HttpResponse:
            if hold and request.method == "POST":
                hold(request, pk)
            ticket = found(request, pk, action)
            return overtaken(request, ticket) if is_stale(request, ticket) else view(request, ticket)

        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def acting(request: HttpRequest, pk: int) -> HttpResponse:
            return insist(lambda: guarded(request, pk))

        return cast("Callable[[HttpRequest, int], HttpResponse]", acting)

    return decorate


def overtaken(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Both versions, where the form stands: on a page, or in a cell of the queue."""
    column = cell_at(request)
    return cell_overtaken(request, ticket, column) if column else conflict(request, ticket)


def found(request: HttpRequest, pk: int, action: str) -> Ticket:
    """The ticket, its row locked when something is about to be done."""
    user, tickets = colleague(request), Ticket.objects.visible_to(colleague(request))
    if request.method == "POST":
        tickets = tickets.select_for_update(of=("self",))
    ticket = get_object_or_404(tickets, pk=pk)
    if not getattr(rights(user, ticket), action):
        raise PermissionDenied
    return ticket


def refusals(act: Callable[[], Any]) -> list[str]:
    """What the verb says against it, where no form stands on the page; nothing when it did it."""
    try:
        attempt(act)
    except ValidationError as refused:
        return list(refused.messages)
    return []
