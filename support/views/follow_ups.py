"""What is to be done beside the answer, and why a promise was missed."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from fleetcs.once import once
from support.forms.ticket import CauseForm, FollowUpForm
from support.models import Clock, FollowUp, Ticket
from support.views.rights import carried_out, colleague, rights


@require_http_methods(["GET", "HEAD", "POST"])
@once
@transaction.atomic
def follow_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Finish a follow-up with the link that shows it, or waive it with a reason (INT-09)."""
    task = get_object_or_404(FollowUp, pk=pk, ticket__in=Ticket.objects.visible_to(colleague(request)))
    theirs(request, task.ticket)
    form = FollowUpForm(request.POST or None)
    if form.is_valid() and carried_out(form, lambda: task.finish(by=colleague(request), **form.cleaned_data)):
        messages.success(request, "Follow-up done.")
        return redirect(task.ticket)
    return page(request, task.ticket, form, task.get_kind_display())


@require_http_methods(["GET", "HEAD", "POST"])
@once
@transaction.atomic
def cause(request: HttpRequest, pk: int) -> HttpResponse:
    """Say why a promise was missed, in one key."""
    missed = get_object_or_404(Clock, pk=pk, missed=True, ticket__in=Ticket.objects.visible_to(colleague(request)))
    theirs(request, missed.ticket)
    form = CauseForm(request.POST or None, initial={"cause": missed.cause, "note": missed.cause_note})
    if form.is_valid():
        missed.explain_miss(form.cleaned_data["cause"], form.cleaned_data["note"], by=colleague(request))
        messages.success(request, "Cause noted.")
        return redirect(missed.ticket)
    return page(request, missed.ticket, form, "Why was it missed?")


def theirs(request: HttpRequest, ticket: Ticket | None) -> None:
    """Raises PermissionDenied unless the person may work on the ticket."""
    if ticket is None or not rights(colleague(request), ticket).work:
        raise PermissionDenied


def page(request: HttpRequest, ticket: Ticket | None, form: forms.Form, title: str) -> HttpResponse:
    shown = {"title": title, "ticket": ticket, "form": form, "action": request.path, "save": "Save"}
    return render(request, "support/ticket_form.html", shown, status=422 if form.is_bound else 200)
