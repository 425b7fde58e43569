"""Meetings: scheduled for an account, and called off."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms.meeting import MeetingForm
from accounts.models import Account, Meeting
from fleetcs.models import User
from fleetcs.once import once
from fleetcs.views.records import Request, form_page, posted

KINDS = set(Meeting.Kind.values)


@once
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_create(request: Request, pk: int) -> HttpResponse:
    """A meeting for an account; the kind may be in the address, with those who usually come."""
    account = get_object_or_404(Account.objects.meetings_scheduled_by(request.user), pk=pk)
    form = MeetingForm(posted(request), user=request.user, initial=usual(request, account))
    if form.is_valid() and scheduled(form, account, request.user):
        messages.success(request, "It is on the calendar of this account.")
        return redirect(account)
    page = {"title": f"New meeting of {account.name}", "save": "Schedule it", "back": account.get_absolute_url()}
    return form_page(request, form, page)


def usual(request: Request, account: Account) -> dict[str, Any]:
    asked = request.GET.get("kind", "")
    team = [pk for pk in (account.ae_id, account.csm_id, account.sc_id) if pk]
    weekly = {"recurs": Meeting.Recurs.WEEKLY} if asked == Meeting.Kind.CHECK_IN else {}
    return {"kind": asked if asked in KINDS else Meeting.Kind.AD_HOC, "attendees": team or [request.user.pk], **weekly}


def scheduled(form: MeetingForm, account: Account, user: User) -> bool:
    """Whether the verb did it; what it refuses is said at the form."""
    try:
        with transaction.atomic():
            Meeting.objects.schedule(account, by=user, **form.cleaned_data)
    except ValidationError as refused:
        told = refused.message_dict if hasattr(refused, "error_dict") else {"": refused.messages}
        for name, reasons in told.items():
            form.add_error(name if name in form.fields else None, reasons)
    return not form.errors


@once
@require_POST
def meeting_cancel(request: Request, pk: int) -> HttpResponse:
    meeting = get_object_or_404(Meeting.objects.of_scheduler(request.user).select_related("account"), pk=pk)
    meeting.cancel(by=request.user)
    messages.success(request, "It is called off.")
    return redirect(meeting.account)
