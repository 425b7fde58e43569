"""Links to the notes of meetings, on the pages of accounts and contacts (SFD-06, SFD-09, SFD-19)."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import MeetingNotesForm
from accounts.models import Account, MeetingNotes
from accounts.models.meeting_notes import suggested
from fleetcs.once import once
from fleetcs.views.records import Request, add_page, posted
from fleetcs.working_day import today


@once
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_notes_create(request: Request, account_pk: int) -> HttpResponse:
    """The address may name the day (`on`) and the contact of the meeting, as the reminder does."""
    account = get_object_or_404(Account.objects.notes_linkable_by(request.user), pk=account_pk)
    new = MeetingNotes(account=account)
    form = MeetingNotesForm(posted(request), user=request.user, instance=new, initial=proposed(request, account))
    page = {"title": "Link meeting notes", "save": "Link notes", "back": account.get_absolute_url()}
    return add_page(request, form, page | {"done": "Meeting notes linked."}, account=account)


def proposed(request: Request, account: Account) -> dict[str, Any]:
    """What the form begins with: the title as the handbook wants it."""
    told = request.GET.get("contact", "")
    on = day_of(request.GET.get("on", "")) or today()
    return {"held_on": on, "title": suggested(account, on), "contact": told if told.isdecimal() else None}


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@require_POST
def meeting_notes_drop(request: Request, pk: int) -> HttpResponse:
    notes = get_object_or_404(MeetingNotes.objects.editable_by(request.user).select_related("account"), pk=pk)
    account = notes.account
    notes.drop(by=request.user)
    messages.success(request, "The link was taken away; the document stays where it is.")
    return redirect(account)
