"""What is to be done beside the answer."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from fleetcs.editing import carried_out
from fleetcs.once import once
from support.forms.ticket import FollowUpForm
from support.models import FollowUp, Ticket
from support.views.rights import colleague, rights, sent


@require_http_methods(["GET", "HEAD", "POST"])
@once
@transaction.atomic
def follow_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Finish a follow-up with the link that shows it, or waive it with a reason (INT-09)."""
    task = get_object_or_404(FollowUp, pk=pk, ticket__in=Ticket.objects.visible_to(colleague(request)))
    theirs(request, task.ticket)
    form = FollowUpForm(sent(request))
    if form.is_valid() and carried_out(form, lambda: task.finish(by=colleague(request), **form.cleaned_data)):
        messages.success(request, "Follow-up done.")
        return redirect(task.ticket)
    return page(request, task.ticket, form, task.get_kind_display())


def theirs(request: HttpRequest, ticket: Ticket | None) -> None:
    """Raises PermissionDenied unless the person may work on the ticket."""
    if ticket is None or not rights(colleague(request), ticket).work:
        raise PermissionDenied


def page(request: HttpRequest, ticket: Ticket | None, form: forms.Form, title: str) -> HttpResponse:
    shown = {"title": title, "ticket": ticket, "form": form, "action": request.path, "save": "Save"}
    return render(request, "support/ticket_form.html", shown, status=422 if form.is_bound else 200)
