"""The flow of an emergency by tier: what the handbook says for sure, and a place for what its owner adds (SLA-23)."""

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.tiers import Tier
from fleetcs import clock
from fleetcs.models import Event, HandbookEntry, Post, User
from support.forms.emergency import FlowForm
from support.models import rule_for
from support.reaching import Points, preferred
from support.sla import Priority
from support.views.rights import colleague, sent

PAID: Final = (Tier.PREMIUM, Tier.ULTIMATE)


@require_http_methods(["GET", "HEAD", "POST"])
def emergency(request: HttpRequest, tier: str) -> HttpResponse:
    """The page of one tier; those who write the texts may add the flow."""
    if tier not in PAID:
        raise Http404
    code = f"p0_flow_{tier}"
    flow = HandbookEntry.objects.value("pages", code)
    form = FlowForm(sent(request), initial={"text": flow})
    if request.method == "POST" and saved(request, form, code):
        return redirect("support:emergency", tier)
    page = {"title": f"Emergency (P0), {tier.capitalize()}", "flow": flow, "form": form, **settled(tier)}
    page["may_edit"] = colleague(request).may("text.edit")
    return render(request, "support/emergency.html", page, status=422 if form.errors else 200)


def settled(tier: str) -> dict[str, Any]:
    """What the handbook and the policy say for sure about an emergency of this tier."""
    rule = rule_for(tier, Priority.P0, clock.now())
    return {
        "tier": tier,
        "promise": rule.as_rule().text() if rule else "",
        "ways": preferred(tier, Priority.P0, Points(), {}),
        "vp": User.objects.holding("vp_cs").first(),
        "order": order_of_alarms(),
    }


def order_of_alarms() -> list[str]:
    """Whom the handbook names one after the other when an alarm cannot be handled (ONC-13); climbed by hand (R8)."""
    codes = HandbookEntry.objects.value("escalations", "alarms", [])
    names = dict(Post.objects.values_list("code", "name"))
    return [names.get(code, code) for code in codes if isinstance(code, str)]


def saved(request: HttpRequest, form: FlowForm, code: str) -> bool:
    """Write the flow down, with who did it. Raises PermissionDenied for those who write no texts."""
    user = colleague(request)
    if not user.may("text.edit"):
        raise PermissionDenied
    if not form.is_valid():
        return False
    entry, _ = HandbookEntry.objects.update_or_create(
        section="pages", code=code, defaults={"value": form.cleaned_data["text"], "changed_at": clock.now()}
    )
    Event.log(entry, "emergency_flow_written", by=user, code=code)
    messages.success(request, "The flow is saved.")
    return True
