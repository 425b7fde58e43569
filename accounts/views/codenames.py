"""All codenames: which are not complete, which labels nobody knows, and which names nobody shall choose."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.filters import CodenameFilter
from accounts.forms.codename import BlockForm
from accounts.models import BlockedName, Codename, StrayLabel, label_check
from accounts.views.accounts import without_default
from accounts.views.codename import step
from fleetcs.listing import listing
from fleetcs.views.records import Request, only, posted

SORTS = {"-chosen": ("-chosen_at", "-pk"), "chosen": ("chosen_at", "pk")}
VIEWS = [
    ("Incomplete", "state=incomplete"),
    ("To be renamed", "state=rename"),
    ("Complete", "state=complete"),
    ("Retired", "state=retired"),
]


@require_safe
@only("codename.see")
def codenames(request: Request) -> HttpResponse:
    """Codenames by how they stand, incomplete ones first (COD-04); a list never says both the account and its name."""
    given = request.GET.copy()
    given.setdefault("state", "incomplete")
    request.GET = given  # type: ignore[assignment]
    rows = Codename.objects.visible_to(request.user).select_related("account", "chosen_by").prefetch_related("parts")
    filters = CodenameFilter(request.GET, queryset=rows, request=request)
    page = without_default(listing(request, filters.qs, sorts=SORTS, form=filters.form, noun="codename"), "state")
    told = [(row, [step(part) for part in row.parts.all()]) for row in page.rows]
    shown = {"title": "Codenames", "listing": page, "form": filters.form, "views": VIEWS, "rows": told}
    return render(request, "accounts/codenames.html", shown | labels(request), status=page.status)


def labels(request: Request) -> dict[str, Any]:
    """Labels that somebody made by hand, for those who see every codename."""
    rights = {name: request.user.may(f"codename.{name}") for name in ("adopt", "assign", "retire")}
    return {"strays": StrayLabel.objects.visible_to(request.user).waiting()[:50], "may": rights}


@require_POST
@only("codename.assign")
def labels_check(request: Request) -> HttpResponse:
    """Compare all labels with the codenames now (F36, F37)."""
    label_check.ask(by=request.user)
    messages.success(request, "Both repositories are being read; what differs is shown here.")
    return redirect("accounts:codenames")


@require_POST
def label_accept(request: Request, pk: int) -> HttpResponse:
    get_object_or_404(StrayLabel.objects.acceptable_by(request.user), pk=pk).accept(by=request.user)
    messages.success(request, "Noted: this label is meant to be there.")
    return redirect("accounts:codenames")


@require_http_methods(["GET", "HEAD", "POST"])
@only("codename.assign")
def codenames_blocked(request: Request) -> HttpResponse:
    """Names that nobody shall choose, and the form that adds one."""
    form = BlockForm(posted(request))
    if form.is_valid():
        form.block(by=request.user)
        messages.success(request, "Nobody can choose that name any more.")
        return redirect("accounts:codenames_blocked")
    page = {
        "title": "Names that nobody shall choose",
        "form": form,
        "blocked": BlockedName.objects.select_related("by"),
    }
    return render(request, "accounts/codenames_blocked.html", page, status=422 if form.errors else 200)


@require_POST
@only("codename.assign")
def codename_unblock(request: Request, pk: int) -> HttpResponse:
    get_object_or_404(BlockedName, pk=pk).unblock(by=request.user)
    messages.success(request, "It can be chosen again.")
    return redirect("accounts:codenames_blocked")
