"""Findings of the data checkup: the list, one with its record, and what becomes of it (SFD-01)."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import feed
from fleetcs.export import csv_of, is_wanted
from fleetcs.listing import Fact, listing, mean, without_default
from fleetcs.models import User
from fleetcs.views.records import Request, edit_page, list_page, only, posted
from opportunities import sheets
from opportunities.checkup import WORDS, record_url, with_names
from opportunities.filters import FindingFilter
from opportunities.forms.finding import AcceptForm, FindingForm
from opportunities.models import Finding
from opportunities.views.acting import about, by_button, by_form, on_paper

SORTS = {"-found": ("-found_at", "-pk"), "found": ("found_at", "pk")}
VIEWS = [
    ("Open", "state=open"),
    ("Mine", "state=open&mine=1"),
    ("Accepted", "state=accepted"),
    ("Fixed", "state=fixed"),
]
NO_RECORD = "Salesforce itself"


@require_safe
@only("checkup.see")
def findings(request: Request) -> HttpResponseBase:
    """Open ones, unless others are asked for."""
    mean(request, state="open")
    rows = with_names(Finding.objects.visible_to(request.user).select_related("owner", "accepted_by"))
    filters = FindingFilter(request.GET, queryset=rows, request=request)
    if is_wanted(request) and filters.is_valid():
        return csv_of(request, "findings", sheets.FINDINGS, filters.qs, SORTS)
    page = without_default(listing(request, filters.qs, sorts=SORTS, form=filters.form, noun="finding"), "state")
    listed = [(row, WORDS.get(row.rule, row.rule), row.called or NO_RECORD, *row.state) for row in page.rows]
    return list_page(
        request, "opportunities/findings.html", page, filters.form, title="Findings", views=VIEWS, rows=listed
    )


@require_safe
def finding(request: Request, pk: int) -> HttpResponse:
    rows = with_names(Finding.objects.visible_to(request.user).select_related("owner", "accepted_by"))
    return render(request, "opportunities/finding.html", page_of(request.user, get_object_or_404(rows, pk=pk)))


def page_of(user: User, one: Finding) -> dict[str, Any]:
    """What the page of a finding shows."""
    tone, word = one.state
    return {
        "title": one.called or NO_RECORD,
        "finding": one,
        "rule": WORDS.get(one.rule, one.rule),
        "tone": tone,
        "word": word,
        "facts": facts_of(one),
        "may_note": one.allows(user, "checkup.note"),
        "may_settle": one.allows(user, "checkup.settle"),
        "timeline": feed.of_record(one),
    }


def facts_of(one: Finding) -> list[Fact]:
    return [
        Fact("Record", one.called or NO_RECORD, url=record_url(one)),
        Fact("What should be so", WORDS.get(one.rule, one.rule)),
        Fact("Owner", one.owner and one.owner.name),
        Fact("Note", one.note),
        Fact("Why it may stay", one.reason),
        Fact("Accepted by", one.accepted_by and one.accepted_by.name),
    ]


@on_paper(Finding, "checkup.note")
def finding_edit(request: Request, one: Finding) -> HttpResponse:
    form = FindingForm(posted(request), instance=one, user=request.user)
    page: dict[str, Any] = {"title": "Whose is it?", "save": "Save", "back": one.get_absolute_url()}
    return edit_page(request, form, page)


@on_paper(Finding, "checkup.settle")
def finding_accept(request: Request, one: Finding) -> HttpResponse:
    form = AcceptForm(posted(request))
    page = about("It may stay as it is", save="Accept", back=one.get_absolute_url(), done="Accepted.")
    return by_form(request, form, lambda: one.accept(by=request.user, **form.cleaned_data), **page)


@on_paper(Finding, "checkup.settle", button=True)
def finding_reopen(request: Request, one: Finding) -> HttpResponse:
    return by_button(request, one, lambda: one.reopen(by=request.user), "It counts again.")
