"""One act on many tickets: its effect first, then in steps, what came of each row, and taking it back (ux 11, 12)."""

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from fleetcs.listing import query_sent
from fleetcs.models import User
from fleetcs.once import once
from fleetcs.views.records import only
from fleetcs.wording import plural
from support.filters import TicketFilter
from support.forms.bulk import BulkForm
from support.models import Batch
from support.models.batch import MOST, STEP
from support.views.queue import sorts_of
from support.views.rights import colleague

PAGE: Final[dict[str, Any]] = {"title": "Change several tickets", "shown": STEP}


@require_POST
@only("ticket.work")
def bulk(request: HttpRequest) -> HttpResponse:
    """What the act would do, before anything is done."""
    user, pks = colleague(request), chosen(request)
    form = BulkForm(request.POST, user=user)
    batch = batch_of(form, user, pks, request) if form.is_valid() and pks else None
    effects = batch.preview(pks[:STEP]) if batch else []
    shown = {"form": form, "pks": pks, "batch": batch, "effects": effects, "total": plural(len(pks), "ticket")}
    page = PAGE | shown | {"back": queue_with(query_sent(request))}
    return render(request, "support/bulk_preview.html", page, status=200 if batch else 422)


@require_POST
@once
@only("ticket.work")
def bulk_apply(request: HttpRequest) -> HttpResponse:
    """Begin: the first step at once, the others from the page that shows how far it is."""
    form, pks = BulkForm(request.POST, user=colleague(request)), chosen(request)
    if not form.is_valid() or not pks:
        page = PAGE | {"form": form, "pks": pks}
        return render(request, "support/bulk_preview.html", page, status=422)
    batch = batch_of(form, colleague(request), pks, request)
    batch.save()
    batch.go_on()
    return ended(request, batch)


@require_POST
@only("ticket.work")
def bulk_step(request: HttpRequest, pk: int) -> HttpResponse:
    """The next step."""
    batch = get_object_or_404(Batch.objects.visible_to(colleague(request)), pk=pk)
    batch.go_on()
    return ended(request, batch)


@require_safe
@only("ticket.work")
def bulk_done(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is, and what came of each row: those that were refused first."""
    batch = get_object_or_404(Batch.objects.visible_to(colleague(request)), pk=pk)
    rows = sorted(batch.effects, key=lambda effect: effect["done"])
    page = {"title": batch.get_act_display(), "batch": batch, "rows": rows, "back": queue_with(batch.query)}
    return render(request, "support/bulk_done.html", page)


@require_POST
@only("ticket.work")
def bulk_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the tickets back to whom they were before; those that have moved on since stay where they are."""
    batch = get_object_or_404(Batch.objects.visible_to(colleague(request)), pk=pk)
    try:
        undoing = batch.undo(by=colleague(request))
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect(batch)
    undoing.go_on()
    return ended(request, undoing)


def ended(request: HttpRequest, batch: Batch) -> HttpResponse:
    """Back to the list when every row went well, else to the page that says what did not."""
    if batch.left or batch.refused:
        return redirect(batch)
    undo = f"undo:{reverse('support:bulk_undo', args=[batch.pk])}" if batch.can_be_undone else ""
    messages.success(request, f"{batch.get_act_display()}: {plural(batch.succeeded, 'ticket')} done.", extra_tags=undo)
    return redirect(queue_with(batch.query))


def batch_of(form: BulkForm, user: User, pks: list[int], request: HttpRequest) -> Batch:
    return Batch(by=user, act=form.cleaned_data["act"], change=form.change, left=pks, query=query_sent(request))


def chosen(request: HttpRequest) -> list[int]:
    """The tickets that were meant: those ticked, or all that the list's address finds, in its order."""
    if request.POST.get("all") != "true":
        return numbers([part for text in request.POST.getlist("pk") for part in text.split(",")])
    filters = TicketFilter(QueryDict(query_sent(request)), user=colleague(request), whole=True)
    if not filters.is_valid():
        return []
    order = sorts_of(filters).get(filters.data.get("sort", ""), next(iter(sorts_of(filters).values())))
    return list(filters.qs.order_by(*order).values_list("pk", flat=True)[:MOST])


def numbers(texts: Iterable[str]) -> list[int]:
    """Keys out of a form: no more than are ever done at once, each one once."""
    found = (int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19)
    return list(dict.fromkeys(found))[:MOST]


def queue_with(query: str) -> str:
    """The queue as it was when the rows were chosen."""
    return f"{reverse('support:queue')}?{QueryDict(query).urlencode()}" if query else reverse("support:queue")
