"""What is decided about a ticket. Each form is a page of its own that also opens beside the ticket."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from fleetcs.context import zone_of
from fleetcs.editing import carried_out
from support.forms.ticket import (
    AssignForm,
    DetailsForm,
    DoneForm,
    KindForm,
    LevelForm,
    LinkForm,
    MergeForm,
    PriorityForm,
    ReasonForm,
    RelationForm,
    ResolveForm,
    WaitForm,
    account_names,
    definitions,
)
from support.kinds import Outcome
from support.models import Ticket, hold, merge, relate, sort_as, unrelate
from support.models.resolving import DOCUMENTED
from support.views.acting import acts
from support.views.bulk import numbers
from support.views.cells import cell_asked, cell_done
from support.views.columns import cell_at
from support.views.rights import colleague, sent


def asked(request: HttpRequest, ticket: Ticket, form: forms.Form, title: str, **more: Any) -> HttpResponse:
    """The form as a page, or in a cell of the queue; 422 when it was sent and refused."""
    if column := cell_at(request):
        return cell_asked(request, ticket, column, form, title=title, **more)
    page = {"title": title, "ticket": ticket, "form": form, "action": request.path, "save": "Save"} | more
    return render(request, more.get("template", "support/ticket_form.html"), page, status=422 if form.is_bound else 200)


def done(request: HttpRequest, ticket: Ticket, words: str) -> HttpResponse:
    if column := cell_at(request):
        return cell_done(request, ticket, column, words)
    messages.success(request, words)
    return redirect(ticket)


@acts("work")
def priority(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Confirm or correct the priority, with the four definitions beside the choices (SLA-11, SLA-24)."""
    form = PriorityForm(sent(request), zone=zone_of(request.user), initial={"priority": ticket.priority})
    if form.is_valid() and carried_out(form, lambda: set_priority(request, ticket, form.cleaned_data)):
        return done(request, ticket, f"Priority is {ticket.priority}.")
    return asked(request, ticket, form, "Priority", template="support/ticket_priority.html", definitions=definitions())


def set_priority(request: HttpRequest, ticket: Ticket, given: dict[str, Any]) -> None:
    ticket.set_priority(given["priority"], by=colleague(request), reason=given["reason"], worsened_at=given["worsened"])


@acts("work")
def confirm(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The priority it was given is right: one click (R1)."""
    if request.method == "POST" and not ticket.confirmed:
        ticket.set_priority(ticket.priority, by=colleague(request))
        messages.success(request, f"{ticket.priority} confirmed.")
    return redirect(ticket)


@acts("work")
def level(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Who helps with it (INT-05, INT-06)."""
    form = LevelForm(sent(request), initial={"level": ticket.level})
    if form.is_valid():
        ticket.change(form.cleaned_data, by=colleague(request))
        return done(request, ticket, "Support level changed.")
    return asked(request, ticket, form, "Support level")


@acts("triage")
def kind(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """What kind of request it is; the kind's clock counts from receipt (INT-10)."""
    form = KindForm(sent(request), initial={"kind": ticket.kind})
    if form.is_valid():
        sort_as(ticket, form.cleaned_data["kind"], by=colleague(request))
        return done(request, ticket, f"It is now a {ticket.get_kind_display().lower()} ticket.")
    return asked(request, ticket, form, "Kind of request")


@acts("work")
def assign(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Give it to somebody, or to nobody."""
    form = AssignForm(sent(request), initial={"person": ticket.assignee_id})
    if form.is_valid():
        ticket.assign(form.cleaned_data["person"], by=colleague(request))
        return done(request, ticket, f"Assigned to {ticket.assignee.name if ticket.assignee else 'nobody'}.")
    return asked(request, ticket, form, "Assign", save="Assign")


@acts("work")
def take(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Assign it to oneself: one key."""
    if request.method == "POST" and ticket.assignee_id != request.user.pk:
        ticket.assign(colleague(request), by=colleague(request))
        messages.success(request, "Assigned to you.")
    return redirect(ticket)


@acts("triage")
def account(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Whose ticket it is: the tier at receipt, the clock from receipt (R5)."""
    user = colleague(request)
    form = LinkForm(sent(request), user=user, initial={"account": ticket.account, "address": ticket.sender})
    if form.is_valid():
        ticket.link_account(form.cleaned_data["account"], contact=form.cleaned_data["contact"], by=user)
        return done(request, ticket, f"Linked; it counts as {ticket.tier.capitalize()} from receipt.")
    return asked(request, ticket, form, "Account and contact", names=account_names(user))


@acts("work")
def details(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Six details that are asked for always, thirteen on demand (INT-07, INT-08)."""
    form = DetailsForm(sent(request), ticket=ticket)
    if form.is_valid():
        ticket.describe(form.cleaned_data, by=colleague(request))
        return done(request, ticket, "Details saved.")
    return asked(request, ticket, form, "Details")


@acts("work")
def resolve(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Done: what became of the documentation is asked, by one key (DOC-03)."""
    form = resolve_form(request, ticket)
    if form.is_valid() and carried_out(form, lambda: ticket.resolve(by=colleague(request), **form.cleaned_data)):
        return done(request, ticket, "Resolved.")
    return asked(request, ticket, form, "Resolve", save="Resolve")


def resolve_form(request: HttpRequest, ticket: Ticket) -> forms.Form:
    chosen = request.GET.get("outcome", "")
    initial = {"outcome": chosen if chosen in Outcome.values else None}
    return (ResolveForm if ticket.kind in DOCUMENTED else DoneForm)(sent(request), initial=initial)


@acts("work")
def reopen(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Take it up again: a new cycle starts now."""
    form = ReasonForm(sent(request))
    if form.is_valid() and carried_out(form, lambda: ticket.reopen(by=colleague(request), **form.cleaned_data)):
        return done(request, ticket, "Reopened.")
    return asked(request, ticket, form, "Reopen", save="Reopen")


@acts("work")
def wait(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Mark it as waiting, and for what; nothing waits while the customer does (A17)."""
    form = WaitForm(sent(request), initial={"reason": ticket.paused_reason})
    if form.is_valid() and carried_out(form, lambda: ticket.wait(by=colleague(request), **form.cleaned_data)):
        return done(request, ticket, "Marked as waiting." if ticket.paused_reason else "It waits no longer.")
    return asked(request, ticket, form, "Waiting")


def both(request: HttpRequest, pk: int) -> None:
    """Lock the two tickets of a merge in one order, whichever of them is merged into the other."""
    hold(pk, *numbers([request.POST.get("into", "")]))


@acts("work", hold=both)
def join(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Merge this duplicate into the ticket that goes on."""
    user, form = colleague(request), MergeForm(sent(request), user=colleague(request))
    if form.is_valid() and carried_out(form, lambda: merge(ticket, form.cleaned_data["into"], by=user)):
        return done(request, form.cleaned_data["into"], f"#{ticket.pk} was merged into this ticket.")
    return asked(request, ticket, form, "Merge into another ticket", save="Merge")


@acts("work")
def relation(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Link it to another ticket that goes on as well, or take the link away."""
    user, form = colleague(request), RelationForm(sent(request), user=colleague(request))
    if form.is_valid():
        other, act = form.cleaned_data["to"], unrelate if form.cleaned_data["away"] else relate
        if carried_out(form, lambda: act(ticket, other, by=user)):
            word = "no longer linked" if form.cleaned_data["away"] else "linked"
            return done(request, ticket, f"#{ticket.pk} and #{other.pk} are {word}.")
    return asked(request, ticket, form, "Link to another ticket", save="Save")
