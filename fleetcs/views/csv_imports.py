"""CSV files of records: brought, their columns named, checked without a trace, imported, followed, undone (F43)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fleetcs.export import AT_ONCE, sheet
from fleetcs.forms.csv_import import BeginForm, ColumnsForm, CsvForm, CsvRowFilter
from fleetcs.importable import Importable, importables
from fleetcs.listing import listing
from fleetcs.models import CsvImport, CsvRow, Export, User
from fleetcs.once import once
from fleetcs.views.records import Request, form_page, posted
from fleetcs.wording import plural

SORTS: Final = {"number": ("number",)}
RECENT: Final = 10  # imports shown below the form of a new one
SECOND: Final = "So many records are not written by one person alone: somebody else who may import begins it."
NOTHING: Final = "Nothing was begun: choose what to import."
BEGUN: Final = "It has begun already."
ANEW: Final = "Nothing was begun: its rows were checked anew meanwhile. Look at what would become of them now."


@once
@require_http_methods(["GET", "HEAD", "POST"])
def csv_new(request: Request, code: str) -> HttpResponse:
    """Choose a file; below it the last ones."""
    kind = kind_of(request, code)
    form = CsvForm(posted(request), request.FILES or None)
    if form.is_valid():
        return redirect("csv_columns", form.take(kind, by=request.user).pk)
    jobs = CsvImport.objects.visible_to(request.user).filter(table=code).select_related("by")[:RECENT]
    page = {"title": f"Import {plural(2, kind.table.noun)[2:]}", "jobs": jobs, "back": reverse(kind.table.page)}
    return form_page(request, form, page | {"template": "fleetcs/csv_new.html", "save": "Read it", "busy": "Reading…"})


def kind_of(request: Request, code: str) -> Importable:
    """What is imported; for those who may not it does not exist."""
    kind = importables().get(code)
    if kind is None or not request.user.may(kind.action):
        raise Http404
    return kind


def place_of(job: CsvImport) -> dict[str, Any]:
    """Where one came from."""
    kind = importables()[job.table]
    return {"job": job, "kind": kind, "back": reverse("csv_new", args=[job.table]), "list": reverse(kind.table.page)}


@once
@require_http_methods(["GET", "HEAD", "POST"])
def csv_columns(request: Request, pk: int) -> HttpResponse:
    """What each column is, and how rows find their records; then all of them are looked at."""
    job = get_object_or_404(CsvImport.objects.editable_by(request.user), pk=pk)
    place = place_of(job)
    form = ColumnsForm(posted(request), job=job, kind=place["kind"], user=request.user)
    if form.is_valid():
        job.rehearse(form.mapping, form.cleaned_data["match"], form.cleaned_data["existing"])
        return redirect(job)
    earlier = CsvImport.objects.visible_to(request.user).same_file(job).select_related("ordered_by").first()
    page = {"title": f"Columns of {job.name}", "save": "Check the rows", "busy": "Beginning…", "earlier": earlier}
    return form_page(request, form, place | page | {"template": "fleetcs/csv_columns.html"})


@require_safe
def csv_import(request: Request, pk: int) -> HttpResponse:
    """What would become of each row, how far it is, and what became of it."""
    job = found(request, pk)
    if job.checking_at is None:
        return redirect("csv_columns", job.pk) if job.by_id == request.user.pk else redirect("csv_new", job.table)
    rows = CsvRowFilter(request.GET, queryset=job.rows.all())
    page = listing(request, rows.qs, sorts=SORTS, form=rows.form, noun="row")
    shown = place_of(job) | figures(request, job) | {"title": job.name, "listing": page, "form": rows.form}
    shown |= {"rows": named(request, job, page.rows), "failed": job.rows.failed().exists()}
    return render(request, "fleetcs/csv_import.html", shown, status=page.status)


def found(request: Request, pk: int) -> CsvImport:
    rows = CsvImport.objects.visible_to(request.user).select_related("by", "ordered_by")
    return get_object_or_404(rows, pk=pk)


def named(request: Request, job: CsvImport, rows: list[CsvRow]) -> list[tuple[CsvRow, Any, str]]:
    """Rows with their records, as far as the person may see them, and with the beginning of what they say."""
    known = importables()[job.table].table.rows(request.user).in_bulk([row.record for row in rows if row.record])
    return [(row, known.get(row.record), ", ".join([cell for cell in row.cells if cell][:2])[:80]) for row in rows]


def figures(request: Request, job: CsvImport) -> dict[str, Any]:
    """How many rows became what, how many were looked at, and what can be begun now."""
    counts, left = job.counts, job.rows.waiting().count()
    return {"counts": counts, "looked_at": job.total - left, "offered": offered(request, job, counts)}


def offered(request: Request, job: CsvImport, counts: Mapping[str, int]) -> dict[str, Any]:
    """What can be begun now, and whether somebody else has to."""
    if job.ordered_at or not job.checked_at:
        return {}
    writing = [each for each in (CsvRow.Plan.ADD, CsvRow.Plan.CHANGE) if each.label in counts]
    plans = [(each, each.label, counts[each.label]) for each in writing]
    return {"plans": plans, "is_mine": job.by_id == request.user.pk, "second": job.needs_second(counts)}


@require_POST
def csv_begin(request: Request, pk: int) -> HttpResponse:
    """Import the rows that were chosen, as they were shown."""
    job, form = found(request, pk), BeginForm(request.POST)
    if not form.is_valid():
        messages.error(request, NOTHING)
    elif not job.begin(form.cleaned_data["plans"], seen=form.cleaned_data["checked_at"], by=request.user):
        messages.error(request, why_not(job, request.user, form.cleaned_data["checked_at"]))
    return redirect(job)


def why_not(job: CsvImport, user: User, seen: datetime) -> str:
    """Why it could not be begun."""
    job.refresh_from_db()
    if job.ordered_at:
        return BEGUN
    if job.checked_at != seen:
        return ANEW
    return SECOND if job.needs_second(job.counts) and job.by_id == user.pk else NOTHING


@require_POST
def csv_undo(request: Request, pk: int) -> HttpResponse:
    """Put back what was changed and nobody has changed since."""
    job = found(request, pk)
    if not job.undo(by=request.user):
        messages.error(request, "There is nothing to undo.")
    return redirect(job)


@require_POST
def csv_failed(request: Request, pk: int) -> HttpResponseBase:
    """The rows of which nothing came, with the reasons, as a file that can be mended and brought again (LEA-03)."""
    job = found(request, pk)
    rows, name = job.rows.failed(), f"{job.table}-not-imported"
    Export.objects.create(name=name, by=request.user, query=f"import={job.pk}", count=rows.count())
    told = ([row.number, row.words, *row.cells] for row in rows.iterator(chunk_size=AT_ONCE))
    return sheet(name, ["Line", "Reason", *job.head], told)
