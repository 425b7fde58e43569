"""The versions of the promise table: what is in force, what comes, what was; writing the next, mending the present."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from fleetcs import clock
from fleetcs.editing import carried_out
from fleetcs.models import Event
from fleetcs.once import confirmed_once, once
from support.forms.policy import CorrectForm, NextForm
from support.models import Recount, SlaPolicy
from support.models.recount import affected_by
from support.sla import NO_PROMISE, Priority, Tier
from support.views.rights import colleague

NOT_YOURS = "Business operations, the VP of Customer Success or an administrator may change promises."
STATES = {
    "in force": ("good", "In force"),
    "future": ("info", "From a later day"),
    "past": ("idle", "Was in force"),
    "superseded": ("idle", "Superseded"),
}


@dataclass(frozen=True)
class Version:
    """A policy as the pages show it: whether it is in force, and the table in words."""

    policy: SlaPolicy
    state: str

    @property
    def badge(self) -> tuple[str, str]:
        return STATES[self.state]

    @property
    def table(self) -> list[tuple[str, list[str]]]:
        """A row for each tier: its promises from P0 to P3."""
        return [(tier.label, [self.promise(tier, priority) for priority in Priority]) for tier in Tier]

    def promise(self, tier: Tier, priority: Priority) -> str:
        rule = self.policy.rule(tier, priority)
        return rule.words if rule else NO_PROMISE


def versions() -> list[Version]:
    """All of them, the one in force first, then those to come, then what was."""
    now, current = clock.now(), SlaPolicy.objects.in_force(clock.now())
    found = [Version(one, state_of(one, current)) for one in SlaPolicy.objects.prefetch_related("rules")]
    order = list(STATES)
    return sorted(found, key=lambda one: (order.index(one.state), abs(now - one.policy.in_force_from)))


def state_of(policy: SlaPolicy, current: SlaPolicy) -> str:
    if policy.superseded:
        return "superseded"
    if policy.pk == current.pk:
        return "in force"
    return "future" if policy.in_force_from > current.in_force_from else "past"


def found(request: HttpRequest, pk: int, *, edit: bool = False) -> SlaPolicy:
    """The version; raises PermissionDenied for somebody who may read but not change it."""
    rows = SlaPolicy.objects.visible_to(colleague(request)).prefetch_related("rules")
    one = get_object_or_404(rows.filter(superseded=False) if edit else rows, pk=pk)
    if edit and not colleague(request).may("policy.edit"):
        raise PermissionDenied
    return one


def rights_of(request: HttpRequest) -> dict[str, Any]:
    return {"may_edit": colleague(request).may("policy.edit"), "reason": NOT_YOURS}


@require_safe
def policies(request: HttpRequest) -> HttpResponse:
    """What we promise, version by version."""
    context = {
        "title": "Policies",
        "versions": versions(),
        "priorities": list(Priority),
        "jobs": Recount.objects.unfinished(),
    }
    return render(request, "support/policies.html", context | rights_of(request))


@require_safe
def policy(request: HttpRequest, pk: int) -> HttpResponse:
    """One version in words, with its history."""
    one = found(request, pk)
    version = Version(one, state_of(one, SlaPolicy.objects.in_force(clock.now())))
    context = {
        "title": one.name,
        "version": version,
        "priorities": list(Priority),
        "jobs": one.recounts.all()[:20],
        "events": Event.objects.of(one).newest()[:50],
    }
    return render(request, "support/policy.html", context | rights_of(request))


@require_http_methods(["GET", "HEAD", "POST"])
@once
@transaction.atomic
def write_next(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the version that follows this one, with the day from which it counts."""
    one = found(request, pk, edit=True)
    form = NextForm(request.POST or None, policy=one, initial={"name": f"{one.name}, revised"})
    if form.is_valid():
        heir = form.write(by=colleague(request))
        messages.success(request, f"“{heir.name}” is written. It counts for what is received from its day on.")
        return redirect(heir)
    context = {"title": "Next version", "form": form, "policy": one, "save": "Write this version"}
    return render(request, "support/policy_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@confirmed_once
@transaction.atomic
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Mend this very version: first shown with the tickets it moves, then done and recounted."""
    one = found(request, pk, edit=True)
    form = CorrectForm(request.POST or None, policy=one)
    if form.is_valid() and form.is_confirmed:
        one.correct(form.changed, by=colleague(request))
        return redirect(Recount.order_for(one, by=colleague(request)))
    shown = {"title": "Correct this version", "form": form, "policy": one, "save": "Show what it would move"}
    if form.is_valid():
        shown |= {"save": "Correct and recount", "moves": affected_by(one, form.changed), "confirm": True}
    return render(request, "support/policy_form.html", shown, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@once
@transaction.atomic
def switch_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a version out of force: its open clocks are withdrawn, their history stays."""
    one = found(request, pk, edit=True)
    form = forms.Form(request.POST if request.method == "POST" else None)
    if form.is_valid() and carried_out(form, lambda: one.switch_off(by=colleague(request))):
        return redirect(Recount.order_for(one, by=colleague(request), off=True))
    context = {"title": f"Switch off “{one.name}”", "form": form, "policy": one, "moves": affected_by(one, None)}
    return render(request, "support/policy_off.html", context, status=422 if form.errors else 200)


@require_safe
def recount(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a recount has come."""
    jobs = Recount.objects.select_related("by", "policy")
    job = get_object_or_404(jobs if colleague(request).may("policy.see") else jobs.none(), pk=pk)
    return render(request, "support/recount.html", {"title": f"Recount {job.pk}", "job": job})
