"""The handbook as the product knows it: texts with their variables, links, numbers, orders (R14, TPL-03)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from fleetcs import clock
from fleetcs.forms import EntryForm, TextForm
from fleetcs.handbook_texts import ENTRIES
from fleetcs.models import HandbookEntry, MessageText
from fleetcs.views.records import form_page, only, posted


@require_safe
@only("text.see")
def handbook(request: HttpRequest) -> HttpResponse:
    """Every text and entry, the empty ones on top."""
    loaded = {(entry.section, entry.code): entry for entry in HandbookEntry.objects.all()}
    asked = [(section, code) for section, codes in ENTRIES.items() for code in codes]
    rows = [(section, code, loaded.get((section, code))) for section, code in dict.fromkeys([*asked, *loaded])]
    rows.sort(key=lambda row: (bool(row[2] and row[2].value), row[0], row[1]))
    context = {"title": "Handbook", "texts": MessageText.objects.order_by("use", "name"), "entries": rows,
               "may_edit": request.user.may("text.edit")}
    return render(request, "fleetcs/handbook.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@only("text.see")
def text(request: HttpRequest, code: str) -> HttpResponse:
    """One text with its former wordings; those who may edit it can rewrite it."""
    wording = get_object_or_404(MessageText, pk=code)
    form = TextForm(posted(request), instance=MessageText.objects.get(pk=code))
    may_edit = request.user.may("text.edit")
    if may_edit and form.is_valid():
        wording.rewrite(subject=form.cleaned_data["subject"], body=form.cleaned_data["body"], by=request.user)
        messages.success(request, "Saved. What was sent before keeps its wording.")
        return redirect(wording)
    page = {"title": wording.name, "text": wording, "template": "fleetcs/text.html", "may_edit": may_edit}
    return form_page(request, form, page | {"back": reverse("handbook"), "wordings": wording.wordings.select_related("by")[:20]})


@require_http_methods(["GET", "HEAD", "POST"])
@only("text.edit")
def entry(request: HttpRequest, section: str, code: str) -> HttpResponse:
    """Edit one value of the handbook."""
    row = HandbookEntry.objects.filter(section=section, code=code).first() or HandbookEntry(section=section, code=code)
    if row.pk is None and code not in ENTRIES.get(section, ()):
        return redirect("handbook")
    form = EntryForm(posted(request), entry=row)
    if form.is_valid():
        row.put(form.cleaned_data["value"], by=request.user, at=clock.now())
        messages.success(request, "Saved.")
        return redirect("handbook")
    return form_page(request, form, {"title": f"{section}: {code.replace('_', ' ')}", "back": reverse("handbook")})
