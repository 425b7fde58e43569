"""The operations page: queues, freshness, what waits for a person, and the switches of the automations (R17).

Texts are never shown here, only ids, codes and moments: whoever may look after the lines need not read the mail.
"""

from typing import cast

from django.contrib import messages
from django.db.models import F, Func, IntegerField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from fleetcs import clock
from fleetcs import operations as state
from fleetcs.effects import settle_unknown
from fleetcs.listing import listing
from fleetcs.models import Automation, Delivery, Effect, Gate, MessageText, User
from fleetcs.views.records import only

NEWEST = {"newest": ("-pk",)}


def colleague(request: HttpRequest) -> User:
    """The person who is signed in; no page here opens without one."""
    return cast("User", request.user)


def may(request: HttpRequest) -> dict[str, bool]:
    """What the buttons of a page ask: the rest is shown disabled, with the reason (R13)."""
    user = colleague(request)
    return {"acts": user.may("operations.act"), "switches": user.may("automation.switch")}


@require_safe
@only("operations.see")
def operations(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    told = {"troubles": state.troubles(), "queues": state.queues(now), "beats": state.beats(now)}
    told["sources"] = state.sources(now)
    held = {"gates": Gate.objects.closed(now), "texts": MessageText.objects.missing()}
    automations = Automation.objects.select_related("changed_by")
    page = {"title": "Operations", "automations": automations, **told, **held, **may(request)}
    return render(request, "fleetcs/operations.html", page)


@require_safe
@only("operations.see")
def operations_effects(request: HttpRequest) -> HttpResponse:
    filters = state.EffectFilter(request.GET, queryset=Effect.objects.all())
    page = listing(request, filters.qs, sorts=NEWEST, form=filters.form, noun="message")
    context = {"title": "What goes out", "listing": page, "form": filters.form, "search": "Beginning of the reason"}
    return render(request, "fleetcs/operations_effects.html", context, status=page.status)


@require_safe
@only("operations.see")
def operations_effect(request: HttpRequest, pk: int) -> HttpResponse:
    effect = get_object_or_404(Effect.objects.select_related("by", "cause"), pk=pk)
    preview = effect.preview if colleague(request).may("ticket.see") else ""
    page = {"title": f"Message {effect.pk}", "effect": effect, "preview": preview, **may(request)}
    return render(request, "fleetcs/operations_effect.html", {**page, "timeline": state.happened(effect)})


@require_safe
@only("operations.see")
def operations_deliveries(request: HttpRequest) -> HttpResponse:
    filters = state.DeliveryFilter(request.GET, queryset=Delivery.objects.without_contents())
    page = listing(request, filters.qs, sorts=NEWEST, form=filters.form, noun="delivery")
    context = {"title": "What comes in", "listing": page, "form": filters.form, "search": "Beginning of the id"}
    return render(request, "fleetcs/operations_deliveries.html", context, status=page.status)


@require_safe
@only("operations.see")
def operations_delivery(request: HttpRequest, pk: int) -> HttpResponse:
    size = Func(F("raw"), function="octet_length", output_field=IntegerField())
    delivery = get_object_or_404(Delivery.objects.without_contents().annotate(size=size), pk=pk)
    page = {"title": f"Delivery {delivery.pk}", "delivery": delivery, **may(request)}
    caused = delivery.effects.order_by("pk")[:100]
    return render(
        request, "fleetcs/operations_delivery.html", {**page, "effects": caused, "timeline": state.happened(delivery)}
    )


@require_POST
@only("operations.act")
def operations_retry(request: HttpRequest, pk: int) -> HttpResponse:
    effect = get_object_or_404(Effect, pk=pk)
    tell(request, effect.retry(by=colleague(request)), "It goes out again within seconds.")
    return redirect(effect)


@require_POST
@only("operations.act")
def operations_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    effect = get_object_or_404(Effect, pk=pk)
    tell(request, effect.cancel(by=colleague(request)), "Cancelled: it will not be sent.")
    return redirect(effect)


@require_POST
@only("operations.act")
def operations_settle(request: HttpRequest, pk: int) -> HttpResponse:
    effect, sent = get_object_or_404(Effect, pk=pk), request.POST.get("sent") == "yes"
    words = "Noted: it had arrived." if sent else "It goes out again within seconds."
    tell(request, settle_unknown(effect, sent=sent, by=colleague(request)), words)
    return redirect(effect)


@require_POST
@only("operations.act")
def operations_replay(request: HttpRequest, pk: int) -> HttpResponse:
    delivery = get_object_or_404(Delivery.objects.without_contents(), pk=pk)
    tell(request, delivery.replay(by=colleague(request)), "It is looked at again within seconds.")
    return redirect(delivery)


@require_POST
@only("automation.switch")
def operations_switch(request: HttpRequest, code: str) -> HttpResponse:
    automation = get_object_or_404(Automation, pk=code)
    position = request.POST.get("position", "")
    if position not in Automation.Position:
        return HttpResponse("No such position.", status=422, content_type="text/plain")
    automation.switch(position, by=colleague(request))
    messages.success(request, f"{automation.name}: {automation.get_position_display().lower()}.")
    return redirect("operations")


def tell(request: HttpRequest, is_done: bool, words: str) -> None:
    """Say what a button did; pressed a second time it changes nothing and says so."""
    if is_done:
        messages.success(request, words)
    else:
        messages.info(request, "Nothing to do: somebody has already decided.")
