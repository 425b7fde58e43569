"""Sandbox trials: the list, the page of one, and its extension (LIC-05)."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import feed, trial_text
from accounts.filters import TrialFilter
from accounts.forms import ExtendedForm, TrialForm
from accounts.models import SandboxTrial, TrialExtension
from accounts.models.sandbox import ENDED
from fleetcs import clock
from fleetcs.editing import carried_out
from fleetcs.listing import Fact, listing
from fleetcs.models import User
from fleetcs.once import once
from fleetcs.views.records import Request, add_page, form_page, list_page, only, posted

SORTS = {"-ends": ("-expires_at", "-pk"), "ends": ("expires_at", "pk")}
VIEWS = [("All", ""), ("Running", "state=running"), ("Ended", "state=ended")]


@require_safe
@only("trial.see")
def trials(request: Request) -> HttpResponse:
    """The list of sandbox trials, the last to end first."""
    rows = SandboxTrial.objects.visible_to(request.user).select_related("account")
    filters = TrialFilter(request.GET, queryset=rows, request=request)
    page = listing(request, filters.qs, sorts=SORTS, form=filters.form, noun="sandbox trial")
    more = {"title": "Sandbox trials", "views": VIEWS, "may_create": request.user.may("trial.extend")}
    return list_page(request, "accounts/trials.html", page, filters.form, at=clock.now(), **more)


@require_safe
def trial(request: Request, pk: int) -> HttpResponse:
    rows = SandboxTrial.objects.visible_to(request.user).select_related("account")
    return render(request, "accounts/trial.html", page_of(request.user, get_object_or_404(rows, pk=pk)))


def page_of(user: User, trial: SandboxTrial) -> dict[str, Any]:
    """What the page of a sandbox shows."""
    extensions = list(trial.extensions.select_related("asked_by", "granted_by"))
    waiting = next((one for one in extensions if one.granted_at is None), None)
    account = trial.account if user.may("account.see") else None
    return {
        "title": f"Sandbox of {trial.email}",
        "trial": trial,
        "is_over": trial.is_over(clock.now()),
        "too_late": ENDED,
        "facts": [
            Fact("Their address", trial.email),
            Fact("Account", account and account.name, url=account.get_absolute_url() if account else ""),
        ],
        "extensions": extensions,
        "waiting": waiting,
        "prefilled": prefilled(trial, waiting),
        "timeline": feed.of_record(trial),
        "may_extend": user.may("trial.extend"),
    }


def prefilled(trial: SandboxTrial, waiting: TrialExtension | None) -> str:
    """GitHub's own form, filled in, for an issue that we could not file ourselves; "" when that is not so."""
    repo = settings.GITHUB_CONFIDENTIAL_REPO
    if waiting is None or not waiting.refused or not repo:
        return ""
    return trial_text.prefilled(repo, trial.email, waiting.ends_at, waiting.marker)


@once
@require_http_methods(["GET", "HEAD", "POST"])
@only("trial.extend")
def trial_create(request: Request) -> HttpResponse:
    form = TrialForm(posted(request), user=request.user)
    back = reverse("accounts:trials")
    return add_page(request, form, {"title": "New sandbox trial", "save": "Record trial", "back": back})


@require_POST
def trial_ask(request: Request, pk: int) -> HttpResponse:
    """File the confidential issue that asks for more time."""
    trial = get_object_or_404(SandboxTrial.objects.extendable_by(request.user), pk=pk)
    try:
        trial.ask_extension(by=request.user)
        messages.success(request, "Asked: the confidential issue is on its way.")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(trial)


@once
@require_http_methods(["GET", "HEAD", "POST"])
def trial_extend(request: Request, pk: int) -> HttpResponse:
    """Write down that it was extended."""
    trial = get_object_or_404(SandboxTrial.objects.extendable_by(request.user), pk=pk)
    form = ExtendedForm(posted(request), user=request.user, ends_at=trial.expires_at)
    if form.is_valid() and carried_out(form, lambda: trial.extend(form.cleaned_data["until"], by=request.user)):
        messages.success(request, "Written down.")
        return redirect(trial)
    page = {"title": "Extended until", "save": "Write down", "back": trial.get_absolute_url()}
    return form_page(request, form, page)
