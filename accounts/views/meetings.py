"""Meetings: scheduled for an account, and called off."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms.meeting import MeetingForm
from accounts.models import Account, Meeting
from fleetcs.editing import carried_out
from fleetcs.once import once
from fleetcs.views.records import Request, form_page, posted

KINDS = set(Meeting.Kind.values)


@once
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_create(request: Request, pk: int) -> HttpResponse:
    """A meeting for an account; the kind may be in the address, with those who usually come."""
    account = get_object_or_404(Account.objects.meetings_scheduled_by(request.user), pk=pk)
    form = MeetingForm(posted(request), user=request.user, initial=usual(request, account))
    schedule = partial(Meeting.objects.schedule, account, by=request.user)
    if form.is_valid() and carried_out(form, lambda: schedule(**form.cleaned_data)):
        messages.success(request, "It is on the calendar of this account.")
        return redirect(account)
    page = {"title": f"New meeting of {account.name}", "save": "Schedule it", "back": account.get_absolute_url()}
    return form_page(request, form, page)


def usual(request: Request, account: Account) -> dict[str, Any]:
    asked = request.GET.get("kind", "")
    team = [pk for pk in (account.ae_id, account.csm_id, account.sc_id) if pk]
    weekly = {"recurs": Meeting.Recurs.WEEKLY} if asked == Meeting.Kind.CHECK_IN else {}
    return {"kind": asked if asked in KINDS else Meeting.Kind.AD_HOC, "attendees": team or [request.user.pk], **weekly}


@once
@require_POST
def meeting_cancel(request: Request, pk: int) -> HttpResponse:
    meeting = get_object_or_404(Meeting.objects.of_scheduler(request.user).select_related("account"), pk=pk)
    meeting.cancel(by=request.user)
    messages.success(request, "It is called off.")
    return redirect(meeting.account)
