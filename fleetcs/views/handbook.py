"""The handbook as the product knows it: texts with their variables, links, numbers, orders (R14, TPL-03)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from fleetcs import clock
from fleetcs.forms import EntryForm, TextForm
from fleetcs.forms.handbook import written
from fleetcs.handbook_texts import ENTRIES, known_variables
from fleetcs.models import Event, HandbookEntry, MessageText
from fleetcs.views.records import Request, form_page, only, posted


@require_safe
@only("text.see")
def handbook(request: Request) -> HttpResponse:
    """Every text and entry, the empty ones on top."""
    texts = sorted(MessageText.objects.order_by("use", "name"), key=lambda text: bool(text.body))
    context = {
        "title": "Handbook",
        "texts": texts,
        "entries": entries(),
        "may_edit": request.user.may("text.edit"),
        "library": HandbookEntry.objects.value("links", "response_templates"),
    }
    return render(request, "fleetcs/handbook.html", context)


def entries() -> list[tuple[str, str, str]]:
    """(section, code, value as people read it): what is loaded, and what is asked for and missing."""
    loaded = {(entry.section, entry.code): entry.value for entry in HandbookEntry.objects.all()}
    asked = [(section, code) for section, codes in ENTRIES.items() for code in codes]
    rows = [(*key, written(loaded.get(key, ""))) for key in dict.fromkeys([*asked, *loaded])]
    return sorted(rows, key=lambda row: (bool(row[2]), row[0], row[1]))


@require_http_methods(["GET", "HEAD", "POST"])
@only("text.see")
def text(request: Request, code: str) -> HttpResponse:
    """One text with its former wordings; those who may edit it can rewrite it."""
    wording = get_object_or_404(MessageText, pk=code)
    form = TextForm(posted(request), instance=MessageText.objects.get(pk=code))
    may_edit = request.user.may("text.edit")
    if request.method == "POST" and not may_edit:
        raise Http404
    if form.is_valid():
        wording.rewrite(subject=form.cleaned_data["subject"], body=form.cleaned_data["body"], by=request.user)
        messages.success(request, "Saved. What was sent before keeps its wording.")
        return redirect(wording)
    page = {"title": wording.name, "text": wording, "template": "fleetcs/text.html", "may_edit": may_edit}
    return form_page(request, form, page | {"back": reverse("handbook"), **beside(wording)})


def beside(text: MessageText) -> dict[str, Any]:
    """What stands around a text: its former wordings, and the variables it may name."""
    links = HandbookEntry.objects.section("links")
    offered = known_variables(text.code, text.use, links) - set(text.required)
    return {"wordings": text.wordings.select_related("by")[:20], "offered": sorted(offered)}


@require_http_methods(["GET", "HEAD", "POST"])
@only("text.edit")
def entry(request: Request, section: str, code: str) -> HttpResponse:
    """Edit one value of the handbook."""
    row = HandbookEntry.objects.entry(section, code)
    if row is None:
        raise Http404
    form = EntryForm(posted(request), entry=row)
    if form.is_valid():
        row.put(form.cleaned_data["value"], by=request.user, at=clock.now())
        messages.success(request, "Saved.")
        return redirect("handbook")
    page = {"title": f"{section}: {code.replace('_', ' ')}", "back": reverse("handbook"), "timeline": told(row)}
    return form_page(request, form, page | {"template": "fleetcs/entry.html"})


def told(row: HandbookEntry) -> list[dict[str, Any]]:
    """Who changed the value when, and what it was before."""
    events = Event.objects.of(row).newest()[:20] if row.pk else []
    return [
        {
            "kind": "event",
            "at": event.at,
            "who": event.by or "fleetcs",
            "label": event.words,
            "text": f"Before: {written(event.facts.get('before', '')) or 'empty'}",
        }
        for event in events
    ]
