"""Rep activity over thirty days, by rep and account, and the coaching that may come of it (REP-01 to REP-03)."""

from functools import partial
from typing import Final

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from fleetcs import clock
from fleetcs.once import once
from fleetcs.views.records import Request, only, posted
from opportunities import reps as activity
from opportunities.forms.coaching import CoachingForm
from opportunities.models import CoachingSession
from opportunities.views.acting import by_form

SHOWN: Final = 200  # accounts of one rep
AT_HOME: Final = 5


@require_safe
@only("rep.see")
def reps(request: Request) -> HttpResponse:
    """Everybody who sells, or oneself."""
    rows = activity.overview(activity.sellers(request.user))
    coming = CoachingSession.objects.visible_to(request.user).filter(starts_at__gt=clock.now())
    page = {"title": "Rep activity", "rows": rows, "since": activity.since()}
    page |= {"coming": coming.select_related("rep", "booked_by").order_by("starts_at")}
    return render(request, "opportunities/reps.html", page | {"threshold": settings.REP_ACTIVITY_TOO_MANY})


@require_safe
@only("rep.coach")
def part_reps(request: Request) -> HttpResponse:
    """On the managers' home page: those who did most, and the way to the report (REP-01)."""
    rows = activity.overview(activity.sellers(request.user))
    page = {"title": "Rep activity", "rows": rows[:AT_HOME], "days": activity.DAYS}
    return render(request, "opportunities/part_reps.html", page)


@require_safe
@only("rep.see")
def rep(request: Request, pk: int) -> HttpResponse:
    """One person's activity, account by account."""
    person = get_object_or_404(activity.seen_by(request.user), pk=pk)
    rows, sessions = activity.by_account(person), CoachingSession.objects.visible_to(request.user).filter(rep=person)
    page = {
        "title": f"Activity of {person.name}",
        "person": person,
        "rows": rows[:SHOWN],
        "since": activity.since(),
        "count": sum(tally.count for _, tally in rows),
        "sessions": sessions.select_related("booked_by")[:10],
        "may_coach": request.user.may("rep.coach") and person.pk != request.user.pk,
    }
    return render(request, "opportunities/rep.html", page)


@once
@require_http_methods(["GET", "HEAD", "POST"])
@only("rep.see")
def coaching_create(request: Request, pk: int) -> HttpResponse:
    """Book thirty minutes: the reviewer's judgement (REP-03)."""
    person = get_object_or_404(activity.seen_by(request.user), pk=pk)
    if not request.user.may("rep.coach"):
        raise PermissionDenied
    form = CoachingForm(posted(request), user=request.user)
    back = reverse("opportunities:rep", args=[person.pk])
    book = partial(CoachingSession.objects.book, rep=person, by=request.user)
    page = {"title": f"Coaching with {person.name}", "save": "Book 30 minutes", "done": "Booked.", "back": back}
    return by_form(request, form, lambda: book(**form.cleaned_data), **page)
