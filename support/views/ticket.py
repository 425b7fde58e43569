"""The page of a ticket: facts, one timeline, related records; and the form for a request that came some other way."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Contact
from fleetcs import clock
from fleetcs.context import zone_of
from fleetcs.forms.moment import shown
from fleetcs.models import User
from fleetcs.once import once
from fleetcs.views.records import only
from support.forms.ticket import NewTicketForm, account_names, definitions
from support.models import Message, Ticket, Viewing
from support.views.desk import page_of, seen
from support.views.rights import colleague, sent
from support.views.similar import similar_to
from support.views.timeline import STATED, sending_state


@require_safe
def ticket(request: HttpRequest, pk: int) -> HttpResponse:
    """One ticket. A merged one leads on to the ticket it joined."""
    shown_ticket = seen(colleague(request), pk)
    if shown_ticket.merged_into_id:
        messages.info(request, f"Ticket #{pk} was merged into this one.")
        return redirect("support:ticket", shown_ticket.merged_into_id)
    return render(request, "support/ticket.html", page_of(request, shown_ticket))


@require_safe
def similar(request: HttpRequest, pk: int) -> HttpResponse:
    """Tickets with a similar subject, among those the person may see; fetched when the page stands."""
    one = get_object_or_404(Ticket.objects.visible_to(colleague(request)), pk=pk)
    page = {"title": f"Similar to {one.subject}", "tickets": similar_to(one, colleague(request))}
    return render(request, "support/ticket_similar.html", page)


@require_safe
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """One message whole, with what it quotes and as it was laid out."""
    tickets = Ticket.objects.visible_to(colleague(request))
    one = get_object_or_404(Message.objects.select_related("ticket", "author", "contact"), pk=pk, ticket__in=tickets)
    return render(request, "support/ticket_message.html", {"title": f"Message from {one.who}", "message": one})


@require_safe
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """How far an answer of ours has come; asks again while it is on its way."""
    tickets = Ticket.objects.visible_to(colleague(request))
    one = get_object_or_404(Message.objects.filter(ticket__in=tickets).values(*STATED), pk=pk)
    return render(request, "support/_ticket_state.html", {"state": sending_state(one), "message_pk": pk})


@require_POST
def presence(request: HttpRequest, pk: int) -> HttpResponse:
    """This person looks at the ticket; the answer names the others who do."""
    user, now = colleague(request), clock.now()
    one = get_object_or_404(Ticket.objects.visible_to(user), pk=pk)
    Viewing.objects.touch(user, one, now)
    return render(request, "support/_ticket_presence.html", {"others": Viewing.objects.others(user, one, now)})


@require_http_methods(["GET", "HEAD", "POST"])
@only("ticket.create")
@once
@transaction.atomic(savepoint=False)
def new(request: HttpRequest) -> HttpResponse:
    """A request that reached a colleague some other way (INT-01: manual entry)."""
    user, zone = colleague(request), zone_of(request.user)
    form = NewTicketForm(sent(request), user=user, zone=zone, initial={"received_at": shown(clock.now(), zone)})
    if form.is_valid():
        return redirect(entered(form.cleaned_data, user))
    page = {"title": "New ticket", "form": form, "definitions": definitions(), "names": account_names(user)}
    return render(request, "support/ticket_new.html", page, status=422 if form.is_bound else 200)


def entered(given: dict[str, Any], user: User) -> Ticket:
    """Open the ticket with the customer's words in it, and start what was promised."""
    known = Contact.objects.seen_by_at_address(user, given["address"])
    account = given["account"] or (known.account if known else None)
    contact = known if known and known.account == account else None
    opened = Ticket.objects.receive(
        subject=given["subject"],
        source=Ticket.Source.MANUAL,
        received_at=given["moment"],
        account=account,
        contact=contact,
        sender=given["address"],
        priority=given["priority"],
        by=user,
        from_dm=given["from_dm"],
        heard_at=given["moment"],
        triage_reason="" if account else "Nobody has said whose ticket it is",
    )
    said(opened, given, contact)
    return opened


def said(opened: Ticket, given: dict[str, Any], contact: Contact | None) -> Message:
    """The customer's words, as a colleague has written them down."""
    return Message.objects.write_down(
        ticket=opened,
        kind=given["came_by"],
        by=Message.Author.CUSTOMER,
        public=True,
        contact=contact,
        author_address=given["address"],
        text=given["text"],
        shown=given["text"],
        at=given["moment"],
        waiting_since=given["moment"],
    )
