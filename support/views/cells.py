"""A cell of the queue changed where it stands: by the form of the ticket's own page, as small as a cell (ux 9)."""

import json
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from fleetcs import clock
from fleetcs.columns import Column
from fleetcs.context import zone_of
from fleetcs.models import User
from support.kinds import Level
from support.models import Ticket
from support.views.columns import cell_of, needed
from support.views.conflict import typed
from support.views.rights import colleague, works_on
from support.views.rows import Row, joined, rows_of

CHANGED = "ticket-changed"  # heard by the list: other cells of the row, and its place, follow from this one


def cell_asked(request: HttpRequest, ticket: Ticket, column: Column, form: forms.Form, **page: Any) -> HttpResponse:
    """The form in the cell; what was refused is answered with 422."""
    page |= {"ticket": ticket, "form": form, "column": column, "action": request.get_full_path()}
    return render(request, "support/_cell_form.html", page, status=422 if form.is_bound else 200)


def cell_done(request: HttpRequest, ticket: Ticket, column: Column, words: str) -> HttpResponse:
    """What the cell says now, and in words what was done; nothing where the ticket has left the person's sight."""
    mine = works_on(colleague(request))
    said = "".join(str(cell_of(row, column, mine=mine(row.ticket))) for row in rows_in_sight(request, ticket, column))
    return HttpResponse(said, headers={"HX-Trigger-After-Swap": json.dumps({CHANGED: {"words": words}})})


def cell_overtaken(request: HttpRequest, ticket: Ticket, column: Column) -> HttpResponse:
    """What the cell says by now beside what was chosen in it; one click sends that all the same (F47)."""
    sent = [(field.name, field.value) for field in typed(request, ticket)]
    now = "".join(str(column.of(row)) for row in rows_in_sight(request, ticket, column))
    page = {"ticket": ticket, "typed": sent, "now": SafeString(now), "action": request.get_full_path()}
    return render(request, "support/_cell_conflict.html", page | {"yours": in_words(dict(sent))}, status=422)


def rows_in_sight(request: HttpRequest, ticket: Ticket, column: Column) -> list[Row]:
    """The ticket as a row of the queue, if the person may see it."""
    user = colleague(request)
    found = joined(Ticket.objects.visible_to(user).filter(pk=ticket.pk), *needed([column], whose=user))
    return rows_of(found, clock.now(), zone_of(user))


def in_words(sent: dict[str, str]) -> str:
    """What was chosen, as people call it."""
    if "person" in sent:
        return User.objects.name_of(sent["person"]) or "Nobody"
    return dict(Level.choices).get(sent.get("level", ""), sent.get("priority", ""))
