"""One clock with its minute ledger, and the one-key form that asks why it was missed."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from fleetcs import clock as time
from fleetcs.models import User
from fleetcs.once import once
from support.forms.cause import CauseForm
from support.models import Clock
from support.models.explanation import explanation_of
from support.views.rights import colleague, rights


@require_safe
def clock(request: HttpRequest, pk: int) -> HttpResponse:
    """Why this clock falls due when it does, and where it stands."""
    one = get_object_or_404(Clock.objects.visible_to(colleague(request)).for_explaining(), pk=pk)
    context = {
        "title": f"{one.get_kind_display()} of {one.whose}",
        "clock": one,
        "explanation": explanation_of(one, time.now()),
        "cause_form": CauseForm(instance=one) if one.missed else None,
        "may_explain": may_work(colleague(request), one),
        "readings": True,
        "beside": bool(request.htmx) and request.htmx.target != "panel",  # type: ignore[attr-defined]
    }
    return render(request, "support/clock.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@once
@transaction.atomic
def cause(request: HttpRequest, pk: int) -> HttpResponse:
    """Say why it was missed: one key in a list, or a choice and a remark."""
    one = get_object_or_404(Clock.objects.visible_to(colleague(request)).filter(missed=True), pk=pk)
    insist_on_right(colleague(request), one)
    form = CauseForm(request.POST or None, instance=one)
    if form.is_valid():
        one.explain_miss(form.cleaned_data["cause"], form.cleaned_data["note"], by=colleague(request))
        messages.success(request, f"Noted: {one.get_cause_display()}.")
        return redirect(form.cleaned_data["back"] or one.ticket or one)
    shown = {"title": "Why was it missed?", "form": form, "action": request.path}
    return render(request, "support/ticket_form.html", shown, status=422 if form.is_bound else 200)


def insist_on_right(user: User, one: Clock) -> None:
    """Raises PermissionDenied unless the person may work on what the clock counts for."""
    if not may_work(user, one):
        raise PermissionDenied


def may_work(user: User, one: Clock) -> bool:
    return rights(user, one.ticket).work if one.ticket else user.may("ticket.work")
