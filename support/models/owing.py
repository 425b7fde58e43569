"""Since when the customer is owed an answer: the oldest message that nobody has answered decides (A14, SLA-18)."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import models

from fleetcs.models.written import Written
from support.kinds import ClockKind, TicketKind
from support.models.clock import Clock
from support.models.escalating import escalate_what_is_missed
from support.models.message import Message
from support.models.policy import rule_for

if TYPE_CHECKING:
    from support.models.thread import Thread
    from support.models.ticket import Ticket


def owe(ticket: "Ticket") -> None:
    """Let the internal target of a ticket run for whatever waits in it; only customers of support are promised one."""
    if ticket.kind == TicketKind.SUPPORT and not ticket.resolved_at:
        count_from_oldest(ticket)


def oldest_waiting(to: "Ticket | Thread") -> datetime | None:
    """The moment of the oldest message that waits for an answer."""
    first = WAITING[_kind(to)].first(of=to.pk)
    return first.at if first else None


def target_of(to: "Ticket | Thread") -> Clock | None:
    """The running internal target."""
    running = RUNNING[_kind(to)].first(of=to.pk)
    if running:
        setattr(running, _kind(to), to)
    return running


def _kind(to: "Ticket | Thread") -> str:
    return str(to._meta.model_name)


def _waiting(of: Any, kind: str) -> models.QuerySet[Message]:
    waiting = Message.objects.filter(waiting_since__isnull=False, deleted_at=None, **{kind: of})
    return waiting.only("at").order_by("at")[:1]


def _running(of: Any, kind: str) -> models.QuerySet[Clock]:
    return Clock.objects.running().filter(kind=ClockKind.ACKNOWLEDGE, **{kind: of})


KINDS: Final = ("ticket", "thread")
WAITING: Final = {kind: Written(partial(_waiting, kind=kind), of=models.BigIntegerField()) for kind in KINDS}
RUNNING: Final[dict[Any, Written[Clock]]] = {
    kind: Written(partial(_running, kind=kind), of=models.BigIntegerField()) for kind in KINDS
}


def count_from_oldest(to: "Ticket | Thread") -> None:
    """Let the internal target count from the oldest waiting message: start it, or move its start back."""
    oldest, running = oldest_waiting(to), target_of(to)
    if oldest and running is None:
        to.start_clock(ClockKind.ACKNOWLEDGE, oldest)
    elif oldest and running and oldest < running.started_at:
        running.move_start(oldest, None)


def unask(to: "Ticket | Thread") -> None:
    """A customer has taken words back: the internal target counts from what still waits, or not at all."""
    oldest, running = oldest_waiting(to), target_of(to)
    if running and oldest is None:
        to.clocks.filter(pk=running.pk).withdraw("what was asked was taken back")
    elif running and oldest and oldest > running.started_at:
        running.move_start(oldest, None)


def begin_earlier(ticket: "Ticket", at: datetime) -> None:
    """A message that was written before the ticket began, but came after that: it is when the request came (A13)."""
    if at < ticket.received_at and ticket.last_reply_at is None:
        begin(ticket, at)


def begin(ticket: "Ticket", at: datetime, *, later: bool = False) -> None:
    """Let the contract's clock of this cycle, if it runs, count from an earlier moment, or from a `later` one where the
    first was no question after all; the caller stores the ticket. Another cycle leaves the moment of receipt alone."""
    contract = ticket.running(ClockKind.RESPONSE)
    if contract and (at < contract.started_at or (later and at > contract.started_at)):
        ticket.received_at = at if ticket.generation == 1 else ticket.received_at
        contract.move_start(at, rule_for(ticket.tier, ticket.priority, at, ticket.pinned_policy))


def recount(ticket: "Ticket", worsened_at: datetime | None = None) -> dict[str, Any]:
    """Count the promise of the present cycle anew, by the ticket's tier and priority as they are now, also when it is
    answered already: sorting a ticket late never hides a miss (R1, R5). Returns facts for the history."""
    ticket.clocks.running().update(tier=ticket.tier, priority=ticket.priority)
    contract = ticket.clocks.filter(kind=ClockKind.RESPONSE).order_by("pk").last()
    if contract is None or contract.withdrawn_at or _is_answered_before(contract, worsened_at):
        return {}
    contract.tier, contract.priority = ticket.tier, ticket.priority
    rule = rule_for(ticket.tier, ticket.priority, contract.started_at, ticket.pinned_policy)
    facts = contract.recount(rule, worsened_at=worsened_at)
    escalate_what_is_missed(contract)
    return facts


def check_worsening(ticket: "Ticket", worsened_at: datetime | None) -> None:
    """Raises ValidationError for an impact that would have grown before the present cycle began."""
    contract = ticket.clocks.filter(kind=ClockKind.RESPONSE).order_by("pk").last()
    began = contract.started_at if contract else ticket.received_at
    if worsened_at and worsened_at < began:
        raise ValidationError({"worsened_at": "That was before the request came: correct the priority instead."})


def _is_answered_before(contract: Clock, worsened_at: datetime | None) -> bool:
    """An impact that grew after the answer asks for no other first response."""
    return bool(worsened_at and contract.stopped_at and contract.stopped_at < worsened_at)
