"""Saved views of lists and their columns: keep the address under a name, rename, share or forget it (ux 4)."""

from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from fleetcs.columns import MOST
from fleetcs.editing import carried_out, reasons
from fleetcs.listing import PLACE
from fleetcs.models import ChosenColumns, SavedView
from fleetcs.order import moved
from fleetcs.origin import page_behind
from fleetcs.saved import NewViewForm, ViewForm
from fleetcs.tables import columns_at
from fleetcs.views.records import Request

NOT_THE_VIEW = {*PLACE, "format"}
ALWAYS = {"mine", "nothing"}  # what a person wants wherever nothing else is said: these columns, or those it comes with


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
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


@require_POST
def change(request: Request, pk: int) -> HttpResponse:
    """Rename a view of one's own, or share it."""
    view = get_object_or_404(SavedView.objects.editable_by(request.user), pk=pk)
    form = ViewForm(request.POST, instance=view, user=request.user)
    if form.is_valid() and carried_out(form, form.save):
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


@require_POST
def choose_columns(request: Request) -> HttpResponse:
    """Show these columns in this order: here, in a view of one's own, or always; a move shows them in the new order."""
    page, order = request.POST.get("page", ""), request.POST.getlist("order")[:MOST]
    for name, step in (("up", -1), ("down", 1)):
        order = moved(order, request.POST[name], step) if name in request.POST else order
    chosen = set(request.POST.getlist("column")) | set(order[:1])
    url, keys, keep = address(page), [key for key in order if key in chosen], request.POST.get("keep", "")
    asked = QueryDict(kept_columns(request, page, keys, keep) or query_of(request), mutable=True)
    asked["columns"] = ",".join(keys)
    if keep in ALWAYS:
        del asked["columns"]
    url = f"{url}?{asked.urlencode()}"
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def kept_columns(request: Request, page: str, keys: list[str], keep: str) -> str:
    """Keep the columns where the person wants them; the address of the view they were kept in, "" for none."""
    offered = {column.key for column in columns_at(page)}
    known = [key for key in keys if key in offered]
    if keep in ALWAYS:
        ChosenColumns.objects.keep(request.user, page, known if keep == "mine" else [])
        messages.success(request, "Columns kept.")
    if keep != "view":
        return ""
    view = get_object_or_404(SavedView.objects.editable_by(request.user).filter(page=page), pk=view_of(request))
    view.with_columns(known)
    messages.success(request, f"Columns kept in {view.name}.")
    return view.query


def view_of(request: Request) -> int:
    number = request.POST.get("view", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0


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
