"""Meetings with a contact, and the reminder to link the notes of the last one (SFD-19)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import Contact, MeetingNotes
from fleetcs import clock
from fleetcs.models import User
from fleetcs.views.records import Request
from fleetcs.working_day import day_of
from opportunities.models import Activity

SHOWN = 5


@require_safe
def meetings_of_contact(request: Request, pk: int) -> HttpResponse:
    contact = get_object_or_404(Contact.objects.visible_to(request.user).select_related("account"), pk=pk)
    page = {"title": f"Meetings with {contact.name}", "contact": contact, **last_meeting(request.user, contact)}
    page["notes"] = MeetingNotes.objects.visible_to(request.user).filter(contact=contact)[:SHOWN]
    page["may_link"] = contact.account.allows(request.user, "notes.link")
    return render(request, "opportunities/meetings_of_contact.html", page)


def last_meeting(user: User, contact: Contact) -> dict[str, Any]:
    """The last one that is over, its day, and whether notes of that day are linked to the account."""
    held = Activity.objects.visible_to(user).filter(contact=contact, kind=Activity.Kind.EVENT, at__lte=clock.now())
    last = held.newest().first()
    if last is None:
        return {}
    on = day_of(last.at)
    return {"last": last, "on": on, "is_noted": contact.account.meeting_notes.filter(held_on=on).exists()}
