"""Tickets of other systems: what was imported, what would be, and what became of each row (SYS-05, SYS-06)."""

from collections.abc import Callable
from typing import Any, Final

import django_filters as filters
from django.contrib import messages
from django.db.models import F, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Left, NullIf
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fleetcs.listing import listing
from fleetcs.once import once
from fleetcs.views.records import only
from support.forms.imports import ImportForm
from support.models import ImportRow, TicketImport
from support.views.rights import colleague, sent

SORTS: Final = {"-started": ("-pk",)}
ROW_SORTS: Final = {"number": ("number",)}
# What a row is about; its payload may be as large as a ticket with all of its messages.
ABOUT: Final = Left(Coalesce(NullIf(KeyTextTransform("subject", "payload"), Value("")), F("raw")), 120)


class RowFilter(filters.FilterSet):
    """The rows of one import."""

    state = filters.ChoiceFilter(choices=ImportRow.State.choices, label="State", empty_label="Any")
    q = filters.CharFilter(field_name="external_id", lookup_expr="startswith", label="Search", max_length=120)


@require_safe
@only("import.run")
def imports(request: HttpRequest) -> HttpResponse:
    """Every import, newest first."""
    rows = TicketImport.objects.visible_to(colleague(request)).select_related("by")
    page = listing(request, rows, sorts=SORTS, noun="import")
    return render(request, "support/imports.html", {"title": "Imports", "listing": page}, status=page.status)


@require_http_methods(["GET", "HEAD", "POST"])
@once
@only("import.run")
def import_new(request: HttpRequest) -> HttpResponse:
    """Choose a file, or the system itself."""
    form = ImportForm(sent(request), request.FILES or None)
    if form.is_valid():
        return redirect(form.order(by=colleague(request)))
    page = {"title": "Import tickets", "form": form, "save": "Begin", "busy": "Reading…"}
    return render(request, "_kit/form.html", page, status=422 if form.is_bound else 200)


@require_safe
@only("import.run")
def import_(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is, and what became of each row, or would."""
    job = found(request, pk)
    shown = job.rows.defer("payload", "raw").annotate(about=ABOUT).select_related("ticket")
    rows = RowFilter(request.GET, queryset=shown)
    page = listing(request, rows.qs, sorts=ROW_SORTS, form=rows.form, noun="row")
    context = {"title": f"Import {job.pk}", "job": job, "listing": page, "form": rows.form}
    context |= {"counts": job.counts, "again": job.may_try_again}
    return render(request, "support/import.html", context, status=page.status)


@require_POST
@once
@only("import.run")
def import_begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Do what the rehearsal has shown."""
    return done(request, pk, lambda job: job.begin_in_earnest(by=colleague(request)), "The import has begun.")


@require_POST
@once
@only("import.run")
def import_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Try what failed once more."""
    return done(request, pk, lambda job: job.try_again(by=colleague(request)), "What failed is tried again.")


def done(request: HttpRequest, pk: int, act: Callable[[TicketImport], Any], words: str) -> HttpResponse:
    job = found(request, pk)
    if act(job):
        messages.success(request, words)
    else:
        messages.info(request, "There was nothing to do.")
    return redirect(job)


def found(request: HttpRequest, pk: int) -> TicketImport:
    return get_object_or_404(TicketImport.objects.visible_to(colleague(request)).select_related("by"), pk=pk)
