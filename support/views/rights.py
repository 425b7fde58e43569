"""What the person before the screen may do on one ticket: fetched by permission, refused by name (R13)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from fleetcs.boundary import insist
from fleetcs.editing import attempt
from fleetcs.models import User
from fleetcs.once import once
from fleetcs.posts import ALL, OWN
from support.models import Ticket
from support.views.conflict import conflict, is_stale

type TicketView = Callable[[HttpRequest, Ticket], HttpResponse]

NOT_YOURS = "Only support, and the team of this account, may do this."


@dataclass(frozen=True)
class Rights:
    """What a person may do on a ticket; the page shows the rest disabled, with the reason."""

    answer: bool
    note: bool
    work: bool
    triage: bool
    link: bool = False
    file: bool = False
    reason: str = NOT_YOURS


def colleague(request: HttpRequest) -> User:
    """The person who is signed in; every page here needs one."""
    return cast("User", request.user)


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form was sent with, even if that is nothing; None when it is only asked for."""
    return request.POST if request.method == "POST" else None


def rights(user: User, ticket: Ticket) -> Rights:
    """The same answer as `Ticket.objects.answerable_by(user)` and its sisters give, without asking the database."""
    account = ticket.account
    team = {account.csm_id, account.ae_id, account.sc_id} if account else set()
    mine = user.pk in team | {ticket.assignee_id}
    reach = {ALL, OWN} if mine else {ALL}
    names = ("ticket.answer", "ticket.note", "ticket.work", "ticket.triage", "issue.link", "bug.file")
    answer, note, work, triage, link, file = (user.scope(name) in reach for name in names)
    return Rights(answer=answer, note=note, work=work, triage=triage, link=link, file=file)


def works_on(user: User) -> Callable[[Ticket], bool]:
    """Which of the tickets of a page the person may work on."""
    scope = user.scope("ticket.work")
    return lambda ticket: rights(user, ticket).work if scope == OWN else scope == ALL


def acts(
    action: str, *, hold: Callable[[HttpRequest, int], object] | None = None
) -> Callable[[TicketView], Callable[[HttpRequest, int], HttpResponse]]:
    """A view that acts on a ticket: unseen is 404, not theirs is 403, a stale form is 409 with both versions (F47).

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
            return conflict(request, ticket) if is_stale(request, ticket) else view(request, ticket)

        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def acting(request: HttpRequest, pk: int) -> HttpResponse:
            return insist(lambda: guarded(request, pk))

        return cast("Callable[[HttpRequest, int], HttpResponse]", acting)

    return decorate


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
