"""A cell of the queue changed where it stands: by the form of the ticket's own page, as small as a cell (ux 9)."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from fleetcs import clock
from fleetcs.columns import Column
from fleetcs.context import zone_of
from support.models import Ticket
from support.views.columns import cell_of, needed
from support.views.rights import colleague, rights
from support.views.rows import joined, rows_of

CHANGED = "ticket-changed"  # heard by the list: other cells of the row, and its place, follow from this one


def cell_asked(request: HttpRequest, ticket: Ticket, column: Column, form: forms.Form, **page: Any) -> HttpResponse:
    """The form in the cell; what was refused is answered with 422; the cell as it was when one leaves it."""
    if request.GET.get("wish") == "leave":
        return cell_said(request, ticket, column)
    page |= {"ticket": ticket, "form": form, "column": column, "action": request.get_full_path()}
    return render(request, "support/_cell_form.html", page, status=422 if form.is_bound else 200)


def cell_done(request: HttpRequest, ticket: Ticket, column: Column) -> HttpResponse:
    answer = cell_said(request, ticket, column)
    answer.headers["HX-Trigger-After-Swap"] = CHANGED
    return answer


def cell_said(request: HttpRequest, ticket: Ticket, column: Column) -> HttpResponse:
    """What the cell says now; nothing where the ticket has left the person's sight."""
    user = colleague(request)
    found = joined(Ticket.objects.visible_to(user).filter(pk=ticket.pk), *needed([column]))
    rows = rows_of(found, clock.now(), zone_of(user))
    return HttpResponse("".join(str(cell_of(row, column, mine=rights(user, row.ticket).work)) for row in rows))
