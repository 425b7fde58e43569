"""One codename: its card on the account's page, the page that chooses it, and what is done to it.

Whose a codename is, is asked by a POST, since each look is written down (R11).
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts import codenames, feed
from accounts.forms.codename import LETTERS, ChooseForm, DescribeForm
from accounts.models import Account, Codename, CodenamePart
from fleetcs.editing import attempt
from fleetcs.models import User
from fleetcs.once import confirmed_once
from fleetcs.views.records import Request, form_page, posted

STATES: Final[dict[str, tuple[str, str]]] = {
    "standing": ("good", "Stands"),
    "waiting": ("wait", "On its way"),
    "refused": ("bad", "Refused"),
    "undone": ("idle", "Taken back"),
    "renamed": ("warn", "Renamed over there"),
    "deleted": ("bad", "Deleted over there"),
    "described": ("warn", "Described otherwise over there"),
}
REFUSALS: Final = {
    "no_salesforce_id": "The account is not linked to Salesforce yet.",
    "real_name": "The account's new name is too long for a label's description: write a shorter one.",
    "another_label": "Salesforce has another label for it: settle that over there, then try again.",
    "confidential": "The name has become like one that nobody outside may know: choose another.",
    "already_exists": "There is another label of that name.",
    "not_configured": "It is not connected yet.",
    "repository_hidden": "We may not see the repository.",
}


class Step(NamedTuple):
    """One of the three places as the card shows it."""

    part: CodenamePart
    tone: str
    words: str
    reason: str


def step(part: CodenamePart) -> Step:
    reason = REFUSALS.get(part.refused, f"The answer was: {part.refused}.") if part.refused else ""
    return Step(part, *STATES[part.state], reason)


@require_POST
def codename_of_account(request: Request, pk: int) -> HttpResponse:
    """The card of an account's codename, for those who may know; that somebody looked is written down."""
    accounts = Account.objects.codenames_visible_to(request.user).select_related("csm", "ae", "sc")
    account = get_object_or_404(accounts, pk=pk)
    codename = account.codenames.active().first()
    if codename:
        codename.look_up(by=request.user)
    page = {"title": f"Codename of {account.name}", "retired": account.codenames.exclude(retired_at=None)}
    return render(request, "accounts/codename_of_account.html", page | card(request.user, account, codename))


def card(user: User, account: Account, codename: Codename | None) -> dict[str, Any]:
    """What the card shows: the codename, its three steps, the searches once all of them stand (COD-06)."""
    steps = [step(part) for part in codename.parts.order_by("pk")] if codename else []
    return {
        "account": account,
        "codename": codename,
        "steps": steps,
        "is_moving": any(each.part.state == "waiting" for each in steps),
        "needs_a_hand": any(each.part.state not in {"standing", "waiting", "undone"} for each in steps),
        "searches": searches(codename.label) if codename and codename.is_complete else [],
        "may_assign": account.allows(user, "codename.assign"),
        "may_retire": account.allows(user, "codename.retire"),
    }


def searches(label: str) -> list[tuple[str, str, str]]:
    """The two searches of a label, each for all issues and for bugs (COD-06, COD-08)."""
    repositories = [("Public issues", settings.GITHUB_PUBLIC_REPO), ("Confidential", settings.GITHUB_CONFIDENTIAL_REPO)]
    return [
        (name, codenames.search_url(repo, label), codenames.search_url(repo, "bug", label))
        for name, repo in repositories
        if repo
    ]


@confirmed_once
@require_http_methods(["GET", "HEAD", "POST"])
def codename_choose(request: Request, pk: int) -> HttpResponse:
    """Choose a codename; looking through the names is a POST too, so that no address tells what was looked for."""
    account = get_object_or_404(Account.objects.codenames_assignable_by(request.user), pk=pk)
    form = ChooseForm(posted(request), account=account)
    if request.POST.get("reject"):
        form.block(request.POST["reject"], by=request.user)
    if request.POST.get("confirmed") and form.is_valid() and form.give(by=request.user):
        messages.success(request, "Chosen: it is on its way to all three places.")
        return redirect(account)
    page = {"title": f"Codename for {account.name}", "account": account, "form": form, "letters": LETTERS}
    return render(request, "accounts/codename_choose.html", page | {"names": form.names()}, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
def codename(request: Request, pk: int) -> HttpResponse:
    """The page of a codename: its steps for everybody who may know, whose it is for who asks."""
    rows = Codename.objects.visible_to(request.user).select_related("account", "chosen_by", "retired_by")
    codename = get_object_or_404(rows, pk=pk)
    if request.method == "POST":
        codename.look_up(by=request.user)
    page = {"title": codename.label, "told": request.method == "POST", "timeline": feed.of_record(codename)}
    return render(request, "accounts/codename.html", page | card(request.user, codename.account, codename))


@require_POST
def codename_retry(request: Request, pk: int) -> HttpResponse:
    return _done(request, pk, lambda one: one.retry(by=request.user), "It is tried again.")


@require_POST
def codename_undo(request: Request, pk: int) -> HttpResponse:
    """Take back one place, or all three."""
    place = _place(request)
    return _done(request, pk, lambda one: one.undo(place, by=request.user), "It is being taken back.")


@require_POST
def codename_redo(request: Request, pk: int) -> HttpResponse:
    place = _place(request)
    return _done(request, pk, lambda one: one.redo(place, by=request.user), "It is put up again.")


@require_POST
def codename_rename(request: Request, pk: int) -> HttpResponse:
    return _done(
        request, pk, lambda one: one.rename_for_customer(by=request.user), "It is renamed in all three places."
    )


@require_http_methods(["GET", "HEAD", "POST"])
def codename_describe(request: Request, pk: int) -> HttpResponse:
    """Another name in the confidential label, as for an account whose own is too long for it (COD-05)."""
    codename = get_object_or_404(Codename.objects.assignable_by(request.user).active(), pk=pk)
    form = DescribeForm(posted(request))
    if form.is_valid():
        name = form.cleaned_data["real_name"]
        return _tried(request, codename, lambda one: one.describe_as(name, by=request.user), "It is being written.")
    back = codename.account.get_absolute_url()
    return form_page(request, form, {"title": "Name in the confidential label", "save": "Write it there", "back": back})


@require_POST
def codename_retire(request: Request, pk: int) -> HttpResponse:
    codename = get_object_or_404(Codename.objects.retirable_by(request.user), pk=pk)
    return _tried(request, codename, lambda one: one.retire(by=request.user), "Retired: the name is never given again.")


def _place(request: Request) -> str:
    """The place that a button names; "" for all of them."""
    place = request.POST.get("place", "")
    return place if place in CodenamePart.Place else ""


def _done(request: Request, pk: int, verb: Callable[[Codename], None], done: str) -> HttpResponse:
    return _tried(request, get_object_or_404(Codename.objects.assignable_by(request.user), pk=pk), verb, done)


def _tried(request: Request, codename: Codename, verb: Callable[[Codename], None], done: str) -> HttpResponse:
    try:
        attempt(lambda: verb(codename))
        messages.success(request, done)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(codename.account)
