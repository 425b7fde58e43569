"""The queue: what customers wait for, in the order of the promises; and a glance at one ticket beside it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from fleetcs import clock
from fleetcs.columns import Shown
from fleetcs.context import zone_of
from fleetcs.export import Columns, csv_of, is_wanted
from fleetcs.listing import Listing, Order, listing
from fleetcs.views.records import only
from support.filters import VIEWS, WIDE, TicketFilter
from support.kinds import Outcome
from support.models import Ticket
from support.sla import Priority
from support.views.badges import TURNS
from support.views.columns import QUEUE, lines_of, needed
from support.views.desk import whole
from support.views.hidden import hidden_fields
from support.views.rights import colleague, rights, works_on
from support.views.rows import FREE, joined, rows_of

# Unconfirmed on top, then the soonest due (R1): exactly the index `ticket_queue`.
BY_DUE: Final[dict[str, Order]] = {"due": ("confirmed", "queue_at", "pk")}
BY_AGE: Final[dict[str, Order]] = {"-received": ("-received_at", "-pk"), "received": ("received_at", "pk")}
TABS: Final = [(words, f"view={name}" if place else "") for place, (name, (words, _)) in enumerate(VIEWS.items())]
LAST: Final = 4  # messages that the glance shows
GLANCE: Final = 1_500  # characters of each


@require_safe
@only("ticket.see")
def queue(request: HttpRequest) -> HttpResponseBase:
    """Fifty rows by key; the same address as a file."""
    filters = TicketFilter(request.GET, user=colleague(request), whole=is_wanted(request))
    sorts = sorts_of(filters)
    if is_wanted(request) and filters.is_valid():
        return csv_of(request, "tickets", SHEET, filters.qs.select_related("account", "assignee", "channel"), sorts)
    table = QUEUE.shown_to(filters.user, request.GET.get("columns", ""))
    tickets = joined(filters.qs, *needed(table.columns, whose=colleague(request)))
    page = listing(request, tickets, sorts=sorts, form=filters.form, noun="ticket")
    return render(request, "support/queue.html", shown(filters, page, table), status=page.status)


def sorts_of(filters: TicketFilter) -> Mapping[str, Order]:
    """By due moment while that means something; what is done is sorted by age, and so is what was searched for."""
    if filters.shown in WIDE:
        return BY_AGE
    return {**BY_AGE, **BY_DUE} if filters.data.get("q", "").strip() else {**BY_DUE, **BY_AGE}


def shown(filters: TicketFilter, page: Listing[Ticket], table: Shown) -> dict[str, Any]:
    """What the template of the queue reads."""
    user = filters.user
    view = replace(page, chips=[chip for chip in page.chips if chip.label != "View"])
    works, rows = user.may("ticket.work"), rows_of(page.rows, clock.now(), zone_of(user))
    return {
        "title": "Queue",
        "listing": view,
        "rows": rows,
        "table": table,
        "lines": lines_of(rows, table.columns, select=works, mine=works_on(user)),
        "filters": filters,
        "form": filters.form,
        "views": TABS,
        "search": "Search subject, messages, number, account",
        "bulk_url": reverse("support:bulk") if works else "",
        "may_create": user.may("ticket.create"),
        "people": filters.form.fields["assignee"].choices,
        "priorities": list(Priority),
        "outcomes": Outcome.choices,
        "here": filters.shown,
        "is_cut": filters.is_cut,
        "more_on": any(field.value() for field in filters.others),
    }


@require_safe
@only("ticket.see")
def peek(request: HttpRequest, pk: int) -> HttpResponse:
    """A glance at a ticket: what is promised, the last words, and the field to answer."""
    ticket, user = get_object_or_404(whole(colleague(request), pk).select_related("assignee")), colleague(request)
    words = ticket.messages.select_related("author", "contact").defer("html", "search").order_by("-at", "-pk")[:LAST]
    spoken = list(words)[::-1]
    hidden = hidden_fields(request, ticket, [{"pk": one.pk} for one in spoken], [])
    row, items = rows_of([ticket], clock.now(), zone_of(user))[0], [glance(message) for message in spoken]
    page = {"title": ticket.subject, "ticket": ticket, "row": row, "items": items, "rights": rights(user, ticket)}
    more = {"hidden": hidden, "next_place": "queue", "full_url": ticket.get_absolute_url()}
    return render(request, "support/peek.html", page | more)


def glance(message: Any) -> dict[str, Any]:
    """A message as the timeline of the kit shows it, cut."""
    kind = "note" if message.kind == "note" else {"customer": "customer", "colleague": "reply"}.get(message.by, "bot")
    text = message.shown or message.text
    return {
        "kind": kind,
        "at": message.at,
        "who": message.who,
        "via": message.get_kind_display(),
        "text": text if len(text) <= GLANCE else f"{text[:GLANCE]} …",
    }


SHEET: "Columns[Ticket]" = {
    "Number": lambda ticket: ticket.pk,
    "Subject": lambda ticket: ticket.subject,
    "Account": lambda ticket: ticket.account.name if ticket.account else "",
    "Kind": lambda ticket: ticket.get_kind_display(),
    "Source": lambda ticket: ticket.get_source_display(),
    "Channel": lambda ticket: ticket.channel.name if ticket.channel else "",
    "Tier at receipt": lambda ticket: ticket.tier.capitalize(),
    "Priority": lambda ticket: ticket.priority,
    "Priority confirmed": lambda ticket: ticket.confirmed,
    "Support level": lambda ticket: ticket.get_level_display(),
    "Whose turn": lambda ticket: TURNS[ticket.turn][1],
    "Assignee": lambda ticket: ticket.assignee,
    "Received": lambda ticket: ticket.received_at,
    "Due": lambda ticket: ticket.due_at or (FREE if ticket.tier == "free" else None),
    "First response": lambda ticket: ticket.first_response_at,
    "Internal target": lambda ticket: ticket.acknowledge_by,
    "Resolved": lambda ticket: ticket.resolved_at,
}
