"""Opening hours and holidays: one setting for clock, window and texts; a correction says first what it moves."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fleetcs import clock, recounts
from fleetcs.editing import carried_out
from fleetcs.forms import HolidayForm, HoursForm, WeekForm
from fleetcs.models import Holiday, OpeningHours
from fleetcs.once import NOT_CONTENTS, confirmed_once, once
from fleetcs.views.records import Request, form_page, only, posted
from fleetcs.working_day import today


@require_safe
@only("policy.see")
def hours(request: Request) -> HttpResponse:
    """Every version of the week, the one in force marked, and this year's and next year's holidays."""
    year = today().year
    days = Holiday.objects.filter(on__year__gte=year, on__year__lte=year + 1)
    context = {
        "title": "Hours and holidays",
        "days": days,
        "today": today(),
        "versions": OpeningHours.objects.select_related("created_by"),
        "in_force": OpeningHours.objects.in_force(clock.now()),
        "form": HolidayForm(),
        "may_edit": request.user.may("hours.edit"),
    }
    return render(request, "fleetcs/hours.html", context)


@once
@require_http_methods(["GET", "HEAD", "POST"])
@only("hours.edit")
def hours_new(request: Request) -> HttpResponse:
    """Write the next version: it touches requests received from its day on (SLA-13)."""
    latest = OpeningHours.objects.latest("in_force_from", "pk")
    form = HoursForm(posted(request), week=latest.week, initial={"zone": latest.zone})
    succeed = partial(OpeningHours.objects.succeed, by=request.user)
    if form.is_valid() and carried_out(form, lambda: succeed(**{name: form.cleaned_data[name] for name in PARTS})):
        messages.success(request, "The next version is written.")
        return redirect("hours")
    return form_page(request, form, {"title": "New opening hours", "save": "Write version", "back": reverse("hours")})


PARTS = ("zone", "week", "in_force_from", "note")
LOOK = {"save": "See what it moves", "back": reverse_lazy("hours")}


@confirmed_once
@require_http_methods(["GET", "HEAD", "POST"])
@only("hours.edit")
def hours_correct(request: Request, pk: int) -> HttpResponse:
    """Mend a version itself: first how many open clocks it would move, then, confirmed, the change and one job."""
    version = get_object_or_404(OpeningHours, pk=pk)
    form = WeekForm(posted(request), zone=version.zone, week=version.week)
    page = {"title": f"Correct the hours of version {version.pk}", **LOOK}
    if not form.is_valid():
        return form_page(request, form, page)
    week = form.cleaned_data["week"]
    return weigh(request, recounts.of_week(version, week), lambda: version.correct(week, by=request.user))


def weigh(request: Request, correction: recounts.Correction, change: Any) -> HttpResponse:
    """Show what a correction moves; do it, with its recount, once it is confirmed."""
    if "confirmed" not in request.POST:
        context = {"title": correction.words, "affected": recounts.affected(correction), "given": given(request)}
        return render(request, "fleetcs/weigh.html", context)
    with transaction.atomic():
        change()
        recounts.order(correction, by=request.user)
    messages.success(request, f"{correction.words}. Open clocks are being recounted.")
    return redirect("hours")


def given(request: Request) -> list[tuple[str, str]]:
    """What was sent, to be sent again with the confirmation."""
    return [(name, str(value)) for name, value in request.POST.items() if name not in NOT_CONTENTS]


@confirmed_once
@require_POST
@only("hours.edit")
def holiday_add(request: Request) -> HttpResponse:
    """A day on which the company is closed; a late one moves open clocks, and says so first."""
    form = HolidayForm(request.POST)
    if not form.is_valid():
        return form_page(request, form, {"title": "Add a holiday", **LOOK})
    day = form.cleaned_data
    correction = recounts.of_holiday(day["on"], day["name"])
    return weigh(request, correction, lambda: Holiday.objects.close(day["on"], day["name"], by=request.user))


@confirmed_once
@require_POST
@only("hours.edit")
def holiday_drop(request: Request, pk: int) -> HttpResponse:
    """Work on that day after all; the row stays, so that loading the holidays again does not bring it back."""
    day = get_object_or_404(Holiday.objects.in_force(), pk=pk)
    return weigh(request, recounts.without_holiday(day.on), lambda: day.drop(by=request.user))
