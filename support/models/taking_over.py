"""Taking over what another ticket system tells: one conversation there is one ticket here, however often it is told.

Nothing here says anything to a customer: no notice, no acknowledgement. What was settled over there before it came
rings nobody and is in no figure, unless it is to be `counted`; what is open counts from receipt, by the contract in
force then. Whether a colleague or a machine wrote is the other system's word, and a colleague's stops the clock (R4).
"""

from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db import models, transaction

from accounts.tiers import Tier
from fleetcs.models import Event
from fleetcs.models.stored import store
from fleetcs.texts import without_cards
from support.desks.conversation import Conversation, Words
from support.models.clock import Clock
from support.models.in_force import in_force
from support.models.message import Message
from support.models.outside_ticket import OutsideTicket
from support.models.owing import owe
from support.models.recognising import account_of, fresh, goes_on, is_echo, key_of, thread_of, ticket_here, writer_of
from support.models.running import MERGED, RESOLVED
from support.models.thread import UNPLACED, Thread, headline
from support.models.ticket import Ticket
from support.sla import Priority

NOTHING: Final = "nothing new"


class Taken(NamedTuple):
    """What became of a conversation: "made", "joined" a ticket that was here, "added" to a known one, or "same"."""

    how: str
    ticket: Ticket
    words: str


@transaction.atomic
def take_over(told: Conversation, *, counted: bool) -> Taken:
    """Take over a conversation and every message of it that is not here yet. Safe to repeat.

    `counted`: also what is closed counts in the figures, and what is heard of a closed ticket is heard.
    """
    thread = thread_of(told)  # threads are locked before anything else, as everybody does
    vouched, known = 0, OutsideTicket.objects.ticket_of(told.system, told.id)
    here = known or ticket_here(told, thread)
    if here is None:
        ticket, new = begin(told, thread, counted=counted), list(told.messages)
    else:
        ticket = goes_on(here)
        if thread:
            join(thread, ticket, told, counted=counted)
        new = [one for one in fresh(told) if not is_echo(ticket, one)]
        vouched = hear(ticket, told, new, thread, counted=counted)
    if not known:
        link(ticket, told, "joined" if here else "made", counted=counted)
    if told.closed_at and ticket.resolved_at is None:
        note_closed(ticket, told)
    changed = not known or new or vouched
    how = "made" if here is None else "joined" if not known else "added" if changed else "same"
    return Taken(how, ticket, f"{len(new)} of {len(told.messages)} messages new" if changed else NOTHING)


def link(ticket: Ticket, told: Conversation, how: str, *, counted: bool) -> None:
    """From now on this id means this ticket; the first one is shown on its page (INT-04)."""
    OutsideTicket.objects.create(system=told.system, external_id=told.id, ticket=ticket)
    if not ticket.external_id:
        ticket.external_system, ticket.external_id = told.system, told.id
        ticket.save(update_fields=["external_system", "external_id"])
    ticket.log("imported", system=told.system, id=told.id, how=how, counted=counted)


def note_closed(ticket: Ticket, told: Conversation) -> None:
    """It was closed over there and is open here: whoever closes it here says what became of it, so only the history
    tells, once."""
    closed = str(told.closed_at)
    if not Event.objects.of(ticket).filter(verb="closed_outside", facts__closed=closed).exists():
        ticket.log("closed_outside", system=told.system, closed=closed)


# --- a new ticket ----------------------------------------------------------------------------------------------------
def begin(told: Conversation, thread: Thread | None, *, counted: bool) -> Ticket:
    """The ticket of a conversation that is not here in any form, with its own times and all of its messages."""
    ticket = stored_ticket(told, thread)
    promise = promise_of(ticket, told, counted=counted)
    ticket.copy_moments([promise])
    store(ticket)
    Clock.objects.begin([promise])
    if not promise.is_running:
        promise.alerts.disarm()
    if thread:
        take_in(thread, ticket)
    for one in fresh(told):
        write_down(ticket, told, one, thread)
    settle(ticket)
    if thread and told.closed_at:
        wait_on(thread, ticket, told, counted=counted)
    return ticket


def stored_ticket(told: Conversation, thread: Thread | None) -> Ticket:
    writer = writer_of(told.requester, Message.Author.CUSTOMER)
    account = account_of(told, thread, writer)
    contract = account.contract_at(told.received_at) if account else None
    first = told.messages[0].text if told.messages else ""
    return Ticket(
        subject=without_cards(told.subject)[:300] or headline(without_cards(first)) or "(no subject)",
        kind=told.kind,
        source=Ticket.Source.CONTACT_FORM if told.kind == "contact_form" else Ticket.Source.OUTSIDE,
        account=account,
        contact=writer.contact,
        channel=thread.channel if thread else None,
        sender=told.requester.email,
        tier=contract.tier if contract else Tier.FREE.value,
        pinned_policy=contract.policy if contract else "",
        priority=told.priority or Priority.P2.value,
        confirmed_at=told.received_at if told.priority or told.closed_at else None,
        received_at=told.received_at,
        resolved_at=told.closed_at,
        triage_reason="" if account or told.closed_at else UNPLACED,
    )


def promise_of(ticket: Ticket, told: Conversation, *, counted: bool) -> Clock:
    """Its first response: counted if it is still owed, or is to be counted; else only remembered."""
    answer = told.first_response
    owed = answer is None and told.closed_at is None
    kind = Clock.Kind.RESPONSE if counted or owed else Clock.Kind.IMPORTED
    facts: dict[str, Any] = {name: getattr(ticket, name) for name in ("tier", "priority", "account", "channel")}
    one = Clock.ready(kind, in_force(), at=ticket.received_at, ticket=ticket, pinned=ticket.pinned_policy, **facts)
    if answer:
        one.stopped_at = max(answer.at, one.started_at)
        one.stopped_by = one.person = writer_of(answer.person, answer.by).user
    elif told.closed_at:
        one.withdrawn_at, one.withdrawn_reason = told.closed_at, RESOLVED
    ended = one.stopped_at or one.withdrawn_at
    one.missed = ended is not None and one.is_past_due(ended)
    return one


def take_in(thread: Thread, ticket: Ticket) -> None:
    """The thread is this ticket's; what waited in it waits there, unless it was closed over there since."""
    give(thread, ticket)
    ended = ticket.resolved_at
    clocks = thread.clocks.filter(started_at__lte=ended) if ended else thread.clocks.all()
    clocks.update(ticket=ticket, account=ticket.account)
    if ended:
        clocks.withdraw(RESOLVED)
        thread.messages.filter(waiting_since__lte=ended).update(waiting_since=None)


def give(thread: Thread, ticket: Ticket) -> None:
    thread.ticket = ticket
    thread.save(update_fields=["ticket"])
    thread.messages.update(ticket=ticket)


def wait_on(thread: Thread, ticket: Ticket, told: Conversation, *, counted: bool) -> None:
    """What was asked in the thread after it was closed over there opens it again, unless it was answered since."""
    thread.clocks.filter(ticket=None).update(ticket=ticket, account=ticket.account)
    if thread.messages.filter(waiting_since__isnull=False, deleted_at=None).exists():
        later = ticket.messages.public().exclude(by="bot").filter(at__gt=told.closed_at, deleted_at=None)
        for message in list(later.order_by("at", "pk")):
            listen(ticket, told, message, counted=counted)


def write_down(ticket: Ticket, told: Conversation, one: Words, thread: Thread | None) -> Message:
    """One message of it, by whichever id it can be recognised; sent long ago if it is a colleague's."""
    in_slack, writer = bool(one.slack_ts and told.channel), writer_of(one.person, one.by)
    private = not one.public and one.by != "customer"
    spoken = Message.Kind.SLACK if in_slack else Message.Kind.DESK
    return Message.objects.write_down(
        ticket=ticket,
        thread=thread,
        kind=Message.Kind.NOTE if private else spoken,
        public=not private,
        at=one.at,
        text=one.text,
        shown=one.text,
        message_id="" if in_slack else key_of(told, one),
        slack_ts=one.slack_ts if in_slack else "",
        slack_channel=told.channel if in_slack else "",
        sent_at=one.at if one.by != "customer" else None,
        files_left=min(one.files, 999),
        **writer.fields(),
    )


def settle(ticket: Ticket) -> None:
    """Who spoke last, and what is still owed: in an open ticket, every customer's message after our last words."""
    newest = ticket.messages.public().exclude(by="bot").values("by").annotate(at=models.Max("at"))
    last: dict[str, datetime] = {row["by"]: row["at"] for row in newest}
    ticket.last_customer_at, ticket.last_reply_at = last.get("customer"), last.get("colleague")
    if ticket.resolved_at is None:
        waiting = ticket.messages.from_customers()
        if ticket.last_reply_at:
            waiting = waiting.filter(at__gt=ticket.last_reply_at)
        waiting.update(waiting_since=models.F("at"))
        owe(ticket)
    ticket.bump()


# --- the thread of a ticket that is here -----------------------------------------------------------------------------
def take_thread(told: Conversation) -> None:
    """Let a conversation that is known here have its Slack thread before anything is heard in it, so that both are one
    ticket."""
    named = OutsideTicket.objects.filter(system=told.system, external_id=told.id)
    known = named.select_related("ticket").first()  # its id is locked later: threads come before anything else
    thread = thread_of(told) if known else None
    if known and thread:
        join(thread, goes_on(known.ticket), told, counted=True)


def join(thread: Thread, ticket: Ticket, told: Conversation, *, counted: bool) -> None:
    """A thread that is no ticket's becomes that of a ticket without one; what waited in it waits there, as if the two
    had been merged."""
    if thread.ticket or Thread.objects.filter(ticket=ticket).exists():
        return
    answers = models.Q(by=Message.Author.COLLEAGUE, at__gte=ticket.received_at)
    said = thread.messages.public().filter(answers | models.Q(waiting_since__isnull=False), deleted_at=None)
    heard = list(said.order_by("at", "pk"))
    thread.clocks.all().withdraw(MERGED)
    thread.messages.filter(waiting_since__isnull=False).update(waiting_since=None)
    give(thread, ticket)
    ticket.channel = ticket.channel or thread.channel
    ticket.save(update_fields=["channel"])
    for message in heard:
        listen(ticket, told, message, counted=counted)


# --- a ticket that is here -------------------------------------------------------------------------------------------
def hear(ticket: Ticket, told: Conversation, new: list[Words], thread: Thread | None, *, counted: bool) -> int:
    """Add what is new, and let it count as if it had come here: unless it was over and done with over there. Returns
    how many messages of machines turned out to be a colleague's."""
    for one in new:
        message = write_down(ticket, told, one, thread)
        if message.public and one.by != "bot":
            listen(ticket, told, message, counted=counted)
    return vouch(ticket, told, counted=counted)


def listen(ticket: Ticket, told: Conversation, message: Message, *, counted: bool) -> None:
    """Let a message start or stop what it starts or stops; a question that was answered since waits for nobody."""
    if is_history(ticket, told, message, counted=counted):
        return
    if message.by == Message.Author.COLLEAGUE:
        ticket.hear_colleague(message)
    elif not ticket.messages.from_colleagues().filter(at__gt=message.at).exists():
        ticket.hear(message)


def vouch(ticket: Ticket, told: Conversation, *, counted: bool) -> int:
    """What a colleague has typed over there comes into Slack by a machine: they have said who it was (R4)."""
    spoken = {one.slack_ts: one for one in told.messages if one.by == "colleague" and one.slack_ts}
    by_machine = Message.objects.filter(slack_channel=told.channel, slack_ts__in=spoken, by=Message.Author.BOT)
    found = list(by_machine.filter(kind=Message.Kind.SLACK, ticket=ticket).order_by("at", "pk"))
    for message in found:
        for field, value in writer_of(spoken[message.slack_ts].person, Message.Author.COLLEAGUE).fields().items():
            setattr(message, field, value)
        message.save(update_fields=["by", "author", "contact", "author_name", "author_address"])
        listen(ticket, told, message, counted=counted)
    return len(found)


def is_history(ticket: Ticket, told: Conversation, message: Message, *, counted: bool) -> bool:
    """Whether it was said before the ticket was done with: that opens nothing again, and changes no figure unless it
    is to be counted."""
    if counted and message.by == Message.Author.COLLEAGUE:
        return False
    ended = [moment for moment in (ticket.resolved_at, told.closed_at) if moment]
    return bool(ended) and message.at <= max(ended)
