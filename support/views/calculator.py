"""The SLA calculator: when would a request fall due, and why (SLA-13, A12). It writes nothing."""

from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from fleetcs import clock
from fleetcs.context import zone_of
from fleetcs.forms.moment import shown
from support.forms.calculator import CalculatorForm
from support.models.explanation import of_answer
from support.models.in_force import InForce
from support.sla import Priority, Tier


@require_safe
def calculator(request: HttpRequest) -> HttpResponse:
    """The question, and the answer once it is asked."""
    asked = "tier" in request.GET
    form = CalculatorForm(request.GET if asked else None, initial=first_guess(zone_of(request.user)))
    answer = answered(form) if asked and form.is_valid() else {}
    context = {"title": "SLA calculator", "form": form, **answer}
    return render(request, "support/calculator.html", context, status=422 if form.errors else 200)


def first_guess(zone: ZoneInfo) -> dict[str, str]:
    """Now, in the person's own zone."""
    return {"tier": "premium", "priority": "P2", "zone": zone.key, "at": shown(clock.now(), zone)}


def answered(form: CalculatorForm) -> dict[str, Any]:
    """What the policy in force at that moment promises; a moment beyond all calendars is refused at the field."""
    asked = form.cleaned_data
    try:
        answer = InForce().promise(Tier(asked["tier"]), Priority(asked["priority"]), asked["received_at"])
    except ValueError as error:
        form.add_error("at", str(error))
        return {}
    return {"answer": answer, "explanation": of_answer(answer), "their_zone": ZoneInfo(asked["zone"])}
