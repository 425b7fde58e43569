"""The page behind a link to a license key, for people without an account here (DCL-24, LIC-06).

Looking at it tells nothing and does nothing: previews and strangers see a button. The button has a code mailed to the
person the link was made for; with the code the key is shown once, in an answer that nobody keeps.
"""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts import sealing
from accounts.models import KeyShare
from fleetcs import clock

LONGEST_CODE = 40


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def shared_key(request: HttpRequest, token: str) -> HttpResponse:
    """404 for every link that is none (or no more), 410 for one that is too old."""
    share = KeyShare.objects.of_token(token)
    if share is None:
        return page(request, "dead", 404)
    if share.is_expired(clock.now()):
        return page(request, "expired", 410)
    if request.method != "POST":
        return page(request, "closed")
    return opened(request, share) if "code" in request.POST else asked(request, share)


def asked(request: HttpRequest, share: KeyShare) -> HttpResponse:
    share.ask_code()
    return page(request, "asked")


def opened(request: HttpRequest, share: KeyShare) -> HttpResponse:
    try:
        value = share.open(request.POST["code"][:LONGEST_CODE])
    except sealing.Unreadable:
        share.note_unreadable()
        return page(request, "unreadable", 410)
    return page(request, "open", value=value) if value else page(request, "asked", 422, is_wrong=True)


def page(request: HttpRequest, state: str, status: int = 200, **words: object) -> HttpResponse:
    return render(request, "accounts/shared_key.html", {"state": state, **words}, status=status)
