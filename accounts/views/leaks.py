"""What the hourly watch has found in public, for those who may see every codename: where, and never what."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.filters import LeakFilter
from accounts.forms.leak import DealForm
from accounts.models import Leak
from accounts.watching import sources
from fleetcs import clock
from fleetcs.listing import listing, mean, without_default
from fleetcs.views.records import Request, list_page, only
from fleetcs.wording import plural

SORTS = {"-found": ("-found_at", "-pk"), "found": ("found_at", "pk")}
SHOWN = 6


@require_safe
@only("leak.see")
def leaks(request: Request) -> HttpResponse:
    """The places, open ones unless others are asked for."""
    mean(request, state="open")
    rows = Leak.objects.visible_to(request.user).select_related("dealt_by")
    filters = LeakFilter(request.GET, queryset=rows, request=request)
    page = without_default(listing(request, filters.qs, sorts=SORTS, form=filters.form, noun="place"), "state")
    more = {"title": "Found in public", "sources": sources(clock.now()), "may_settle": request.user.may("leak.settle")}
    return list_page(request, "accounts/leaks.html", page, filters.form, **more)


@require_POST
def leak_settle(request: Request, pk: int) -> HttpResponse:
    """Somebody has dealt with it, and says how."""
    leak, form = get_object_or_404(Leak.objects.settleable_by(request.user), pk=pk), DealForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say what was done about it.")
        return redirect("accounts:leaks")
    try:
        leak.deal_with(**form.cleaned_data, by=request.user)
        messages.success(request, "Noted: it alarms again when its text changes or comes back.")
    except ValidationError as refused:
        messages.info(request, " ".join(refused.messages))
    return redirect("accounts:leaks")


@require_safe
@only("leak.see")
def part_leaks(request: Request) -> HttpResponse:
    """Part of the home page."""
    rows = Leak.objects.visible_to(request.user).open()
    told = {"title": "Found in public", "count": plural(rows.count(), "place"), "rows": rows[:SHOWN]}
    return render(request, "accounts/part_leaks.html", told)
