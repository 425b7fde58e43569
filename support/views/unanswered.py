"""Slack threads in which a customer waits and which are no tickets: to answer, to flag, or to wave through (R2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fleetcs import clock
from fleetcs.context import zone_of
from fleetcs.export import Columns, csv_of, is_wanted
from fleetcs.listing import Order, listing
from fleetcs.models import User
from fleetcs.once import once
from fleetcs.views.records import only
from support.filters import WaitingFilter
from support.forms.flag import FlagForm
from support.models import Clock, Message, Thread, Ticket
from support.views.rights import colleague
from support.views.rows import moment

SORTS: Final[dict[str, Order]] = {"due": ("due_at", "pk"), "-received": ("-started_at", "-pk")}
WORDS: Final = 240
MESSAGES: Final = 100
LIST: Final = {"title": "Unanswered", "search": "Search channel, account, words"}


@dataclass(frozen=True)
class Waiting:
    """A thread that waits: since when, due when, and the oldest words nobody has answered."""

    clock: Clock
    thread: Thread
    state: str
    who: str
    text: str
    files: int
    more: int

    @property
    def due(self) -> datetime:
        return self.clock.due_at or self.clock.started_at

    @property
    def is_flagged(self) -> bool:
        """Answered in less than an hour, the ritual says: at 60:00 it is not (SLA-20)."""
        return self.state == "late"


def waiting_threads(user: User) -> QuerySet[Clock]:
    """Running internal targets of threads without a ticket, among those the person may see."""
    running = Clock.objects.visible_to(user).running().filter(kind=Clock.Kind.ACKNOWLEDGE, ticket=None)
    return running.select_related("thread__channel__account")


def waiting_in(clocks: Sequence[Clock]) -> list[Waiting]:
    """Each with its oldest unanswered message: one statement for all of them."""
    now, threads = clock.now(), [one.thread_id for one in clocks]
    unanswered = Message.objects.filter(thread__in=threads, waiting_since__isnull=False, deleted_at=None)
    said: dict[int | None, list[Message]] = {}
    for message in unanswered.select_related("contact", "author").defer("html", "search").order_by("at", "pk"):
        said.setdefault(message.thread_id, []).append(message)
    return [seen(one, now, said.get(one.thread_id, [])) for one in clocks if one.thread]


def seen(one: Clock, now: datetime, said: Sequence[Message] = ()) -> Waiting:
    """How a waiting thread looks at a moment, with what was said in it that nobody has answered."""
    first = said[0] if said else None
    return Waiting(
        clock=one,
        thread=cast("Thread", one.thread),
        state=one.state(now),
        who=first.who if first else "",
        text=(first.text[:WORDS] if first else ""),
        files=first.files_left if first else 0,
        more=max(0, len(said) - 1),
    )


SHEET: "Columns[Clock]" = {
    "Channel": lambda one: one.thread.channel.name if one.thread else "",
    "Account": lambda one: one.thread.channel.account.name if one.thread and one.thread.channel.account else "",
    "Waiting since": lambda one: one.started_at,
    "Internal target": lambda one: one.due_at,
    "Thread": lambda one: one.thread.permalink if one.thread else "",
}


@require_safe
@only("ticket.see")
def unanswered(request: HttpRequest) -> HttpResponseBase:
    """The list, soonest due first."""
    user = colleague(request)
    filters = WaitingFilter(request.GET, queryset=waiting_threads(user))
    if is_wanted(request) and filters.is_valid():
        return csv_of(request, "unanswered", SHEET, filters.qs, SORTS)
    page = listing(request, filters.qs, sorts=SORTS, form=filters.form, noun="thread")
    here = {"now": clock.now(), "zone": zone_of(user)}
    rows = [(one, moment(one.clock.started_at, here)) for one in waiting_in(page.rows)]
    context = LIST | {"listing": page, "rows": rows, "form": filters.form, **may(user)}
    return render(request, "support/unanswered.html", context, status=page.status)


def may(user: User) -> dict[str, bool]:
    """What the two keys ask."""
    return {"may_flag": user.may("ticket.flag"), "may_wave": user.may("ticket.triage")}


@require_safe
@only("ticket.see")
def thread(request: HttpRequest, pk: int) -> HttpResponse:
    """What was said in a thread; one that has become a ticket leads on to it."""
    user = colleague(request)
    one = get_object_or_404(Thread.objects.visible_to(user).select_related("channel__account"), pk=pk)
    if one.ticket_id and Ticket.objects.visible_to(user).filter(pk=one.ticket_id).exists():
        return redirect("support:ticket", one.ticket_id)
    running = waiting_threads(user).filter(thread=one).first()
    told = {"clock": running, "state": running.state(clock.now()) if running else "", "items": said_in(one)}
    page = {"title": f"Thread in #{one.channel.name or one.channel.slack_id}", "thread": one}
    return render(request, "support/thread.html", page | told | may(user))


def said_in(one: Thread) -> list[dict[str, Any]]:
    """The thread's last messages as the timeline shows them; a file without words says so (AHR-07)."""
    kinds = {"customer": "customer", "colleague": "reply"}
    spoken = one.messages.public().select_related("author", "contact").defer("html", "search")
    said = spoken.order_by("-at", "-pk")[:MESSAGES]
    items = [
        {
            "kind": kinds.get(message.by, "bot"),
            "at": message.at,
            "who": message.who,
            "text": words_of(message),
            "label": "deleted" if message.deleted_at else "edited" if message.edited_at else "",
        }
        for message in said
    ]
    return items[::-1]


def words_of(message: Message) -> str:
    left = f"({message.files_left} not copied: see the thread in Slack)" if message.files_left else ""
    return "\n\n".join(part for part in (message.text, left) if part)


@require_POST
@once
def thread_flag(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a ticket of it: one key; twice makes one (INT-03)."""
    user = colleague(request)
    one = get_object_or_404(Thread.objects.visible_to(user), pk=pk)
    if not user.may("ticket.flag"):
        raise Http404
    return opened(request, one.become_ticket(Ticket.Source.STAFF_FLAG, by=user), stay=request.POST.get("stay") == "1")


@require_POST
@once
def thread_wave(request: HttpRequest, pk: int) -> HttpResponse:
    """No reply needed: one key, logged; the contract's clock is not touched (R2)."""
    user = colleague(request)
    one = get_object_or_404(Thread.objects.workable_by(user), pk=pk)
    try:
        one.needs_no_reply(by=user)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("support:thread", pk)
    messages.success(request, "Noted: no reply needed.")
    return redirect("support:unanswered")


@require_http_methods(["GET", "HEAD", "POST"])
@once
@only("ticket.flag")
def flag(request: HttpRequest) -> HttpResponse:
    """Make a ticket of the thread whose link somebody pastes (INT-03)."""
    form = FlagForm(request.POST or None)
    if form.is_valid():
        return opened(request, form.flag(by=colleague(request)))
    page = {"title": "Flag a Slack thread", "form": form, "save": "Create the ticket", "busy": "Creating…"}
    return render(request, "support/flag.html", page, status=422 if form.is_bound else 200)


def opened(request: HttpRequest, ticket: Ticket, *, stay: bool = False) -> HttpResponse:
    """To the ticket, for those who may read it; everybody else sees it on the board."""
    messages.success(request, f"Ticket #{ticket.pk}: support has it now.")
    if stay:
        return redirect("support:unanswered")
    is_readable = Ticket.objects.visible_to(colleague(request)).filter(pk=ticket.pk).exists()
    return redirect(ticket) if is_readable else redirect("support:board")
