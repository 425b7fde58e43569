"""Asking for license keys, and what waits for whom: requests, and keys that run out (LIC-04, SYS-12)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import BecauseForm, LicenseRequestForm
from accounts.models import Account, LicenseRequest
from accounts.views.licenses import links, waiting
from fleetcs.editing import carried_out
from fleetcs.once import once
from fleetcs.views.records import Request, add_page, form_page, only, posted


@require_safe
@only("license.see")
def licenses_waiting(request: Request) -> HttpResponse:
    """On the home page: requests for which I am responsible, and keys of my customers that run out."""
    return render(request, "accounts/licenses_waiting.html", {"title": "License keys", **waiting(request.user)})


@once
@require_http_methods(["GET", "HEAD", "POST"])
def license_ask(request: Request, account_pk: int) -> HttpResponse:
    """Ask for a key; small deployments are told that they need nobody (LIC-01)."""
    account = get_object_or_404(Account.objects.licenses_asked_by(request.user), pk=account_pk)
    form = LicenseRequestForm(posted(request), user=request.user)
    page = {
        "title": f"Ask for a license key for {account.name}",
        "save": "Ask",
        "back": account.get_absolute_url(),
        "done": "Asked: it is with whoever is responsible for keys in that phase.",
        "template": "accounts/license_new.html",
        "links": links(),
    }
    return add_page(request, form, page, account=account)


@once
@require_http_methods(["GET", "HEAD", "POST"])
def license_turn_down(request: Request, pk: int) -> HttpResponse:
    rows = LicenseRequest.objects.answerable_by(request.user).open().select_related("account")
    asked, form = get_object_or_404(rows, pk=pk), BecauseForm(posted(request))
    if form.is_valid() and carried_out(form, lambda: asked.answer(**form.cleaned_data, by=request.user)):
        messages.success(request, "Turned down.")
        return redirect(asked.account)
    page = {"title": "Turn down a request for a key", "save": "Turn down", "back": asked.account.get_absolute_url()}
    return form_page(request, form, page)
