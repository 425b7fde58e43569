"""What the pages that make and edit records have in common."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django_htmx.middleware import HtmxDetails

from fleetcs.editing import RecordForm
from fleetcs.models import User
from fleetcs.models.stale import Stale

type View = Callable[..., Any]


class Request(HttpRequest):
    """A request of a colleague who has signed in, as every page asks for."""

    user: User
    htmx: HtmxDetails


def only(action: str) -> Callable[[View], View]:
    """A page for those who may do `action` on something; for everybody else it does not exist."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: Request, *args: Any, **kwargs: Any) -> Any:
            if not request.user.may(action):
                raise Http404
            return view(request, *args, **kwargs)

        return guarded

    return guard


def address_of(record: Any) -> str:
    return str(record.get_absolute_url())


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, None for a page that is only looked at."""
    return request.POST if request.method == "POST" else None


def add_page[M: Model](request: HttpRequest, form: RecordForm[M], page: dict[str, Any], **fields: Any) -> HttpResponse:
    """Make the record and go to it; else the form, with 422 and its reasons when it was refused."""
    record = form.add(**fields) if form.is_valid() else None
    if record:
        messages.success(request, page.get("done", "Saved."))
        return redirect(address_of(record))
    return form_page(request, form, page)


def edit_page[M: Model](request: HttpRequest, form: RecordForm[M], page: dict[str, Any]) -> HttpResponse:
    """Save the record and go to it; else the form: 422 with reasons, 409 with a colleague's version and one's own."""
    try:
        record = form.change() if form.is_valid() else None
    except Stale:
        both = {"form": form.merged(), "differences": list(form.differences()), "save": "Save this merged version"}
        return render(request, "_kit/both.html", page | both, status=409)
    if record:
        messages.success(request, "Saved.")
        return redirect(address_of(record))
    return form_page(request, form, page)


def list_page(request: HttpRequest, template: str, page: Any, form: Any, **more: Any) -> HttpResponse:
    """A list's page: 422 when its filters could not be read."""
    return render(request, template, {"listing": page, "form": form, **more}, status=page.status)


def form_page(request: HttpRequest, form: Any, page: dict[str, Any]) -> HttpResponse:
    """A form's page: 422 when what was sent could not be taken."""
    template = page.get("template", "_kit/form.html")
    return render(request, template, {"form": form, **page}, status=422 if form.is_bound else 200)
