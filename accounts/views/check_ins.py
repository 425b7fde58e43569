"""Check-ins: customers that have none, and past ones without notes or the review of their todos (DCL-27, DCL-28)."""

from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import MeetingNotes
from accounts.models.checking_in import going_on, owed, without_check_in
from fleetcs import clock
from fleetcs.models import User
from fleetcs.views.records import Request, only

MOST: Final = 200
SHOWN: Final = 5  # on the home page


@require_safe
@only("meeting.schedule")
def check_ins(request: Request) -> HttpResponse:
    """All lists; a CSM's are those of their own accounts."""
    series = going_on(request.user)
    shown = {"series": series[:MOST], "series_count": series.count()}
    return render(request, "accounts/check_ins.html", lists(request.user, MOST) | shown)


@require_safe
@only("meeting.schedule")
def check_ins_waiting(request: Request) -> HttpResponse:
    """Of the home page: the first of both lists."""
    return render(request, "accounts/check_ins_waiting.html", lists(request.user, SHOWN))


def lists(user: User, most: int) -> dict[str, Any]:
    now = clock.now()
    without, lacking = without_check_in(user, now), owed(user, now)
    counts = {"without_count": without.count(), "owed_count": len(lacking)}
    return {"title": "Check-ins", "without": without[:most], "owed": lacking[:most], **counts}


@require_POST
def todos_review(request: Request, pk: int) -> HttpResponse:
    notes = get_object_or_404(MeetingNotes.objects.reviewable_by(request.user), pk=pk)
    notes.review_todos(by=request.user)
    messages.success(request, "The todos of that meeting are reviewed.")
    return redirect("accounts:check_ins")
