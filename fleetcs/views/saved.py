"""Saved views of lists: keep the address under a name, rename, share or forget it (ux 4)."""

from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from fleetcs.listing import PLACE
from fleetcs.models import SavedView
from fleetcs.origin import page_behind
from fleetcs.saved import NewViewForm, ViewForm
from fleetcs.views.records import Request

NOT_THE_VIEW = {*PLACE, "format"}


@require_POST
def save(request: Request) -> HttpResponse:
    """Keep this list's address under a name; the same name again keeps the newer address."""
    url = address(request.POST.get("page", ""))
    form = NewViewForm({**request.POST.dict(), "query": query_of(request)}, user=request.user)
    if form.is_valid():
        url = f"{url}?{form.keep().query}"
        messages.success(request, "View saved.")
    else:
        messages.error(request, reasons(form))
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)  # type: ignore[attr-defined]


@require_POST
def change(request: Request, pk: int) -> HttpResponse:
    """Rename a view of one's own, or share it."""
    view = get_object_or_404(SavedView.objects.editable_by(request.user), pk=pk)
    form = ViewForm(request.POST, instance=view, user=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, "View changed.")
    else:
        messages.error(request, reasons(form))
    return redirect(f"{address(view.page)}?{view.query}")


@require_POST
def forget(request: Request, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView.objects.editable_by(request.user), pk=pk)
    view.delete()
    messages.success(request, "View deleted.")
    return redirect(address(view.page))


def reasons(form: ViewForm) -> str:
    """Why it was refused, in a line: the form is in a list's toolbar and has no page of its own."""
    return " ".join(str(error) for errors in form.errors.values() for error in errors)


def address(page: str) -> str:
    """Where a list is, by its URL name. Raises Http404 for what is no list."""
    try:
        return reverse(page[:60])
    except NoReverseMatch as error:
        raise Http404 from error


def query_of(request: Request) -> str:
    """The list's query string: what htmx says the address is by now, else what the page was loaded with."""
    behind = page_behind(request)
    query = behind.query if behind.path else request.POST.get("query", "")
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode([(name, value) for name, value in pairs if name not in NOT_THE_VIEW])
