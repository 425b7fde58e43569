"""What the pages that act on a deal's papers share: whose it is, what the verb refused, where one goes then."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from fleetcs.editing import attempt, carried_out
from fleetcs.once import once
from fleetcs.views.records import Request, address_of, form_page

type View = Callable[..., HttpResponse]


def on_paper[M: Model](model: type[M], action: str, *, button: bool = False) -> Callable[[View], View]:
    """A page that acts on one record: unseen is 404, another post's step 403. `button`: there is nothing to look at."""

    def decorate(view: View) -> View:
        @once
        @wraps(view)
        def acting(request: Request, pk: int) -> HttpResponse:
            rows: Any = model._default_manager
            record = get_object_or_404(rows.visible_to(request.user), pk=pk)
            if not record.allows(request.user, action):
                raise PermissionDenied
            return view(request, record)

        return require_POST(acting) if button else require_http_methods(["GET", "HEAD", "POST"])(acting)

    return decorate


def about(title: str, **more: Any) -> dict[str, Any]:
    """What a form's page is given."""
    return {"title": title, **more}


def by_form(request: Request, form: BaseForm, act: Callable[[], Any], **page: Any) -> HttpResponse:
    """Do it and go back; else the form, with 422 and what the verb refused."""
    if form.is_valid() and carried_out(form, act):
        messages.success(request, page.get("done", "Saved."))
        return redirect(page["back"])
    return form_page(request, form, page)


def by_button(request: Request, record: Model, act: Callable[[], Any], done: str) -> HttpResponse:
    """Do it and go back to the record, with a word about how it went."""
    try:
        attempt(act)
    except ValidationError as refused:
        for why in refused.messages:
            messages.error(request, why)
    else:
        messages.success(request, done)
    return redirect(address_of(record))
