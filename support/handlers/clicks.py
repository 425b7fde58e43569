"""The two buttons under the after-hours notice: only the original sender's click counts (AHR-09)."""

import json
from urllib.parse import parse_qs

from fleetcs.effects import emit
from fleetcs.inbox import Bad, Ignored
from fleetcs.models import Delivery, Event
from support.handlers.mail import unmerged
from support.models import FollowUp, Thread, Ticket
from support.slack_text import Click, read_click

PRIORITIES = {"escalate_p0": "P0", "escalate_p1": "P1"}
REASON = "escalated by the sender"


def slack_click(delivery: Delivery) -> str:
    """Handle one press of a button; the note says what became of it. Raises Ignored or Bad."""
    click = read_click(payload_of(bytes(delivery.raw)))
    if click is None or click.action_id not in PRIORITIES:
        raise Ignored("no button of ours")
    ticket = ticket_of(click)
    if ticket is None:
        raise Ignored("no ticket of that channel")
    priority = PRIORITIES[click.action_id]
    if not is_sender(click, ticket):
        ticket.log("escalation_refused", who=click.user, priority=priority)
        return f"ticket {ticket.pk}: pressed by somebody else"
    return escalate(ticket, priority, delivery)


def payload_of(raw: bytes) -> object:
    """The JSON in the form field that Slack sends. Raises Bad."""
    try:
        fields = parse_qs(raw.decode(), max_num_fields=20)
        return json.loads(fields["payload"][0])
    except (ValueError, KeyError, RecursionError):
        raise Bad("it holds no payload") from None


def ticket_of(click: Click) -> Ticket | None:
    """The ticket the button names, if its thread stands in the channel where the button was pressed."""
    if not (click.value.isascii() and click.value.isdecimal() and len(click.value) <= 18):
        return None
    ticket = unmerged(int(click.value))
    return ticket if ticket and thread_of(ticket, click) else None


def thread_of(ticket: Ticket, click: Click) -> Thread | None:
    """The ticket's thread in that channel, also that of a ticket that was merged into it."""
    tickets = {ticket.pk, int(click.value)}
    return Thread.objects.filter(ticket__in=tickets, channel__slack_id=click.channel).select_related("ticket").first()


def is_sender(click: Click, ticket: Ticket) -> bool:
    """Whether they wrote the message that the notice answers."""
    thread = thread_of(ticket, click)
    asker = thread.asker() if thread else None
    return asker is not None and bool(click.user) and asker.author_address == click.user


def escalate(ticket: Ticket, priority: str, delivery: Delivery) -> str:
    """Raise the ticket, write the emergency down, and have one text message sent to the VP of CS, once a cycle.

    A press that is handled once more, after the emergency is over, begins no other one.
    """
    if Event.objects.of(ticket).filter(verb="escalated", facts__delivery=delivery.pk).exists():
        return f"ticket {ticket.pk}: escalated already"
    if ticket.resolved_at:
        ticket.reopen(by=None, reason=REASON)
    if ticket.confirmed_at is None or priority < ticket.priority:
        ticket.set_priority(priority, by=None, reason=REASON)
    FollowUp.objects.open_anew(ticket, FollowUp.Kind.EMERGENCY)
    emit(
        "sms.escalation",
        key=f"escalation:{ticket.pk}:{ticket.generation}",
        args={"ticket": ticket.pk},
        cause=delivery,
        automation="emergency_text",
    )
    ticket.log("escalated", priority=priority, delivery=delivery.pk)
    return f"ticket {ticket.pk} escalated to {priority}"
