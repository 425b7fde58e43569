"""One field of many records: chosen in a list, looked at, ordered, followed, undone (ux 11, 12)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from fleetcs import changing
from fleetcs.editing import RecordForm, words
from fleetcs.listing import listing, query_sent
from fleetcs.models import BulkEdit, BulkRow
from fleetcs.models.bulk_edit import MOST, WAITING
from fleetcs.tables import Table, tables
from fleetcs.views.records import Request
from fleetcs.wording import plural

TOO_MANY = f"No more than {MOST:,} can be changed at once: narrow the list down."
SORTS = {"state": ("state", "number")}


@require_POST
def bulk(request: Request, code: str) -> HttpResponse:
    """Take down which records are meant: those that were ticked, or all that the list's address finds."""
    table = table_of(request, code)
    query, field = query_sent(request), request.POST.get("field", "")
    if field not in dict(table.many_fields(request.user)):
        raise Http404
    pks = list(chosen(request, table, query)[: MOST + 1])
    if not pks or len(pks) > MOST:
        messages.error(request, TOO_MANY if pks else f"No {table.noun} was selected.")
        return redirect(f"{reverse(table.page)}?{QueryDict(query).urlencode()}")
    return redirect(BulkEdit.objects.choose(code, field, pks, by=request.user, query=query))


def table_of(request: Request, code: str) -> Table:
    """A list in which the person may change something; for everybody else it does not exist."""
    table = tables().get(code)
    if table is None or not request.user.may(table.edit):
        raise Http404
    return table


def chosen(request: Request, table: Table, query: str) -> Any:
    """Keys of the records that were meant, in the order of the list."""
    rows = table.rows(request.user)
    if request.POST.get("all") != "true":
        asked = [pk for pk in request.POST.getlist("pk") if pk.isascii() and pk.isdigit() and len(pk) < 19]
        return rows.filter(pk__in=asked[:MOST]).order_by("pk").values_list("pk", flat=True)
    asked_for = QueryDict(query)
    filters = table.filters(asked_for, queryset=rows, request=request)
    order = table.sorts.get(asked_for.get("sort", ""), next(iter(table.sorts.values())))
    return filters.qs.order_by(*order).values_list("pk", flat=True) if filters.is_valid() else []


@require_http_methods(["GET", "HEAD", "POST"])
def bulk_edit(request: Request, pk: int) -> HttpResponse:
    """The value and its effect before it is ordered, how far it is, and what came of each row."""
    job = get_object_or_404(BulkEdit.objects.visible_to(request.user).select_related("by"), pk=pk)
    table = table_of(request, job.table)
    if job.ordered_at:
        return redirect(job) if request.method == "POST" else done_page(request, job, table)
    form = value_form(request, job, table)
    if request.POST.get("wish") == "change" and form.is_valid():
        value = form.cleaned_data[job.field]
        job.order(request.POST.getlist(job.field), words(form.fields[job.field], value))
        return redirect(job)
    return value_page(request, job, table, form)


def value_form(request: Request, job: BulkEdit, table: Table) -> RecordForm[Any]:
    if request.method != "POST":
        return table.form(user=request.user).only(job.field)
    return changing.field_form(table, job.field, request.user, values=request.POST.getlist(job.field))


def value_page(request: Request, job: BulkEdit, table: Table, form: RecordForm[Any]) -> HttpResponse:
    """The form of the value, with what would become of the first rows once there is one."""
    known = form.is_bound and form.is_valid()
    rows = changing.preview(job, request.POST.getlist(job.field)) if known else []
    page = extent(request, job, table) | place_of(job, table) | {"form": form, "job": job, "known": known}
    page["rows"] = changing.named(table, request.user, rows)
    return render(request, "fleetcs/bulk_value.html", page, status=422 if form.is_bound and not known else 200)


def extent(request: Request, job: BulkEdit, table: Table) -> dict[str, Any]:
    """How many are meant, and how many of them are somebody else's."""
    total = job.rows.count()
    mine = table.editable(request.user).filter(pk__in=job.rows.values("record")).count()
    said = plural(total, table.noun)
    return {"title": f"Change {said}", "total": said, "others": total - mine}


def place_of(job: BulkEdit, table: Table) -> dict[str, str]:
    """Where one came from."""
    return {"back": f"{reverse(table.page)}?{QueryDict(job.query).urlencode()}"}


def done_page(request: Request, job: BulkEdit, table: Table) -> HttpResponse:
    page = listing(request, job.rows.all(), sorts=SORTS, noun="row")
    label = table.form.base_fields[job.field].label
    counts = job.counts
    total, left = sum(counts.values()), sum(counts.get(BulkRow.State(state).label, 0) for state in WAITING)
    shown = {"title": f"{label}: {job.words}", "job": job, "listing": page, "total": total, "looked_at": total - left}
    shown |= {"counts": counts, "rows": changing.named(table, request.user, page.rows)}
    return render(request, "fleetcs/bulk_done.html", shown | place_of(job, table), status=page.status)


@require_POST
def bulk_undo(request: Request, pk: int) -> HttpResponse:
    """Put back what nobody has changed since."""
    job = get_object_or_404(BulkEdit.objects.visible_to(request.user).select_related("by"), pk=pk)
    table_of(request, job.table)
    if not job.undo():
        messages.error(request, "There is nothing to undo.")
    return redirect(job)
