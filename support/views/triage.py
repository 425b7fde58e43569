"""Triage: what came in and nobody could place. Never nowhere, and every way out is logged (R5, INT-17)."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.models import Channel
from fleetcs import clock
from fleetcs.context import zone_of
from fleetcs.editing import carried_out
from fleetcs.listing import Order, listing
from fleetcs.views.records import only
from support.filters import Unplaced
from support.forms.ticket import account_names
from support.forms.triage import NewContactForm, NotSupportForm
from support.models import Ticket
from support.views.acting import acts
from support.views.actions import asked
from support.views.rights import colleague
from support.views.rows import moment

SORTS: Final[dict[str, Order]] = {"received": ("received_at", "pk"), "-received": ("-received_at", "-pk")}
CHANNELS: Final = 20
LIST: Final = {"title": "Triage", "search": "Search subject, sender"}


@require_safe
@only("ticket.triage")
def triage(request: HttpRequest) -> HttpResponse:
    """Requests without a place, the oldest first, and channels that belong to nobody yet."""
    user = colleague(request)
    filters = Unplaced(request.GET, queryset=Ticket.objects.visible_to(user).in_triage().select_related("account"))
    page = listing(request, filters.qs, sorts=SORTS, form=filters.form, noun="request")
    here = {"now": clock.now(), "zone": zone_of(user)}
    rows = [(ticket, moment(ticket.received_at, here)) for ticket in page.rows]
    shown = {"listing": page, "rows": rows, "form": filters.form, "channels": unsorted()}
    return render(request, "support/triage.html", LIST | shown, status=page.status)


def unsorted() -> list[Channel]:
    """Channels somebody wrote in that are nobody's, the customers' first (INT-17)."""
    nobodys = Channel.objects.filter(account=None, archived_at=None)
    kinds = (Channel.Kind.CUSTOMER, Channel.Kind.UNKNOWN)
    return list(nobodys.filter(kind__in=kinds).order_by("kind", "-created_at")[:CHANNELS])


@acts("triage")
def triage_contact(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Write the sender down as a contact of an account; the ticket is that account's from receipt on (R5)."""
    user = colleague(request)
    name = ticket.messages.from_customers().exclude(author_name="").values_list("author_name", flat=True).first()
    form = NewContactForm(request.POST or None, user=user, initial={"name": name or "", "email": ticket.sender})
    if form.is_valid() and carried_out(form, lambda: form.keep(ticket, by=user)):
        messages.success(request, f"{form.cleaned_data['name']} is a contact now, and #{ticket.pk} is linked.")
        return redirect("support:triage")
    more = {"save": "Add the contact", "names": account_names(user, for_contact=True)}
    return asked(request, ticket, form, "New contact from the sender", **more)


@acts("triage")
def triage_away(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """It is not for support: done, with the reason."""
    form = NotSupportForm(request.POST or None)
    if form.is_valid() and carried_out(form, lambda: form.put_away(ticket, by=colleague(request))):
        messages.success(request, f"#{ticket.pk} is put away.")
        return redirect("support:triage")
    return asked(request, ticket, form, "Not for support", save="Put it away")
