"""What a colleague says about a ticket: answers, notes, what was said elsewhere; drafts and templates with them."""

from functools import partial
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from fleetcs import clock
from fleetcs.context import zone_of
from fleetcs.editing import carried_out
from fleetcs.forms.moment import shown
from fleetcs.models import User
from support.applications import CC_POST, TITLE
from support.forms.reply import LogForm, NoteForm, ReplyForm, templates_for
from support.models import Draft, FollowUp, Message, Ticket
from support.views.acting import acts
from support.views.desk import page_of, seen
from support.views.rights import colleague, sent
from support.views.templates import filled_for, prefilled

LONGEST_DRAFT: Final = 100_000


@acts("answer")
def reply(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Send an answer; with `next=queue` the next ticket that is due opens (moment 4)."""
    user, form = colleague(request), ReplyForm(request.POST, ticket=ticket)
    opened = form.is_valid() and FollowUp.objects.open_first(ticket, form.cleaned_data["template"])
    if form.is_valid() and carried_out(form, lambda: answered(ticket, form, user)):
        Draft.objects.filter(user=user, ticket=ticket).delete()
        messages.success(request, f"Answer to #{ticket.pk} is on its way.")
        return redirect(onward(request, ticket))
    return refused(request, ticket, {"reply": form, "filled": form.data.get("text", "")}, 200 if opened else 422)


def answered(ticket: Ticket, form: ReplyForm, user: User) -> Message:
    given = form.cleaned_data
    return ticket.answer(given["text"], by=user, template=given["template"], wait_for=form.wait_for)


def refused(request: HttpRequest, ticket: Ticket, form: dict[str, Any], status: int = 422) -> HttpResponse:
    """The ticket's page once more, with what was typed and what is wrong with it; 200 where tasks were opened."""
    whole = seen(colleague(request), ticket.pk)
    return render(request, "support/ticket.html", page_of(request, whole) | form, status=status)


def onward(request: HttpRequest, ticket: Ticket) -> str:
    """Where to go after sending: the next ticket that is due, or back to this one."""
    if request.POST.get("next") != "queue":
        return ticket.get_absolute_url()
    following = next_due(ticket, colleague(request))
    return f"{following.get_absolute_url()}?next=queue" if following else reverse("support:queue")


def next_due(ticket: Ticket, user: User) -> Ticket | None:
    """The ticket on top of the queue after this one: unconfirmed first, then the soonest due (R1)."""
    waiting = Ticket.objects.answerable_by(user).open().support().exclude(pk=ticket.pk)
    top = waiting.order_by("confirmed", "queue_at", "pk").first()
    return top if top and (top.next_due_at or not top.confirmed) else None


@acts("note")
def note(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """An internal note: nothing leaves, no clock stops."""
    form = NoteForm(request.POST)
    if form.is_valid() and carried_out(form, lambda: ticket.note(form.cleaned_data["text"], by=colleague(request))):
        messages.success(request, "Note added.")
        return redirect(ticket)
    return refused(request, ticket, {"note": form})


@acts("answer")
def log(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Record what the customer was told by telephone or from one's own mailbox (R4, INT-11)."""
    zone = zone_of(request.user)
    form = LogForm(sent(request), ticket=ticket, zone=zone, initial=log_initial(request, ticket))
    if form.is_valid() and carried_out(form, partial(logged, ticket, form, colleague(request))):
        messages.success(request, "Logged: it counts as an answer.")
        return redirect(ticket)
    page = {"title": "Log a call or a mail", "ticket": ticket, "form": form, "action": request.path}
    return render(request, "support/ticket_log.html", page, status=422 if form.is_bound else 200)


def logged(ticket: Ticket, form: LogForm, user: User) -> None:
    given = form.cleaned_data
    if form.is_application:
        ticket.describe({TITLE: given[TITLE]}, by=user)
    ticket.log_reply(given["kind"], given["text"], at=given["moment"], by=user, recipients=form.recipients)


def log_initial(request: HttpRequest, ticket: Ticket) -> dict[str, Any]:
    """What the form knows by itself: now, the sender, and for an application the copy and the template (INT-10)."""
    is_application = ticket.kind == Ticket.Kind.JOB_APPLICATION
    copy = User.objects.holding(CC_POST).first() if is_application else None
    by_mail = is_application or not ticket.can_be_replied_to
    kind = Message.Kind.LOGGED_MAIL if by_mail else Message.Kind.CALL
    title = request.GET.get(f"v_{TITLE}", "")[:120] or ticket.details.get(TITLE, "")
    known = {"kind": kind, "to": ticket.sender, "cc": copy.email if copy else "", TITLE: title}
    return known | {"at": shown(clock.now(), zone_of(request.user)), "text": prefilled(request, ticket)[0]}


@require_POST
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what is typed but not sent, a person and a ticket each (ux 23)."""
    user, text = colleague(request), request.POST.get("text", "").replace("\0", "")[:LONGEST_DRAFT]
    ticket = get_object_or_404(Ticket.objects.answerable_by(user), pk=pk)
    if text.strip():
        Draft.objects.update_or_create(user=user, ticket=ticket, defaults={"text": text, "at": clock.now()})
    else:
        Draft.objects.filter(user=user, ticket=ticket).delete()
    return HttpResponse(status=204)


@require_safe
def templates(request: HttpRequest, pk: int) -> HttpResponse:
    """The templates for this ticket's tier, one of them filled and shown as it would be sent (TPL-03, INT-18)."""
    ticket = seen(colleague(request), pk)
    offered = list(templates_for(ticket))
    chosen = next((one for one in offered if one.pk == request.GET.get("template")), None)
    filled = filled_for(request, ticket, chosen) if chosen else None
    by_own_mail = not ticket.can_be_replied_to or ticket.kind == Ticket.Kind.JOB_APPLICATION
    use = reverse("support:log" if by_own_mail else "support:ticket", args=[pk])
    page = {"title": "Templates", "ticket": ticket, "offered": offered, "chosen": chosen, "filled": filled, "use": use}
    return render(request, "support/ticket_templates.html", page)
