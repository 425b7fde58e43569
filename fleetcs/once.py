"""A form acts once: the same token with the same contents gives the same answer, however often it comes (F48).

The token's row is inserted before the view runs and in the same transaction, so that a second click waits for the
first and then follows it. A form that was refused leaves no row and no trace: it may be sent again.
"""

import hashlib
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from fleetcs.models.once import insert_once
from fleetcs.models.submission import Submission

type View = Callable[..., HttpResponse]

LONGEST_TOKEN, LONGEST_PATH, LONGEST_LOCATION = 64, 200, 500
NOT_CONTENTS = {"csrfmiddlewaretoken", "form_token"}


def new_token() -> str:
    """A token for one form; `{% load once %}{% form_token %}` writes it as a hidden field."""
    return secrets.token_urlsafe(16)


def once(view: View) -> View:
    """Let a view that creates or sends something act once for each form; other requests pass through."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        token = request.POST.get("form_token", "")
        if request.method != "POST" or not token or "\0" in token:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            return _once(request, token, lambda: view(request, *args, **kwargs))

    return guarded


def confirmed_once(view: View) -> View:
    """For a form that first shows what it would do: looking counts for nothing, only what is `confirmed` acts once."""
    acting = once(view)

    @wraps(view)
    def chosen(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return (acting if request.POST.get("confirmed") else view)(request, *args, **kwargs)

    return chosen


def _once(request: HttpRequest, token: str, act: Callable[[], HttpResponse]) -> HttpResponse:
    mine = Submission(
        user_id=request.user.pk or 0,
        token=token[:LONGEST_TOKEN],
        path=request.path[:LONGEST_PATH],
        digest=digest_of(request),
    )
    if not insert_once(mine):
        return _again(request, mine)
    response = act()
    if response.status_code >= 400:  # refused: whatever the view had begun is undone
        transaction.set_rollback(True)
    else:
        location = response.headers.get("Location", "")[:LONGEST_LOCATION]
        with connection.cursor() as cursor:
            cursor.execute("UPDATE fleetcs_submission SET location = %s WHERE id = %s", [location, mine.pk])
    return response


def _again(request: HttpRequest, same: Submission) -> HttpResponse:
    """The first answer once more, or 409 when the form came with something else in it."""
    first = Submission.objects.get(user_id=same.user_id, token=same.token, path=same.path)
    if first.digest == same.digest:
        return redirect(first.location) if first.location else HttpResponse(status=204)
    return render(
        request, "sent_already.html", {"title": "This was sent already", "location": first.location}, status=409
    )


def digest_of(request: HttpRequest) -> str:
    """What is in a form, without what changes by itself from one sending to the next."""
    fields = sorted((name, request.POST.getlist(name)) for name in request.POST if name not in NOT_CONTENTS)
    return hashlib.sha256(repr(fields).encode()).hexdigest()
