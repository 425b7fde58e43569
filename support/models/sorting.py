"""A request turns out to be of another kind: the clock of that kind counts, from receipt (INT-10, INT-12)."""

from fleetcs.models import User
from support.models.clock import Clock
from support.models.held import held
from support.models.owing import owe
from support.models.queue import CLOCK_OF_KIND
from support.models.ticket import Ticket


@held
def sort_as(ticket: Ticket, kind: str, *, by: User) -> None:
    """Make it a ticket of `kind`: what runs is withdrawn, and that kind's clock counts from where it had begun; the
    internal target of a support ticket from the oldest message that waits."""
    before, ticket.kind = ticket.kind, Ticket.Kind(kind).value
    if before == ticket.kind:
        return
    promise = ticket.clocks.running().exclude(kind=Clock.Kind.ACKNOWLEDGE).first()
    ticket.clocks.all().withdraw(f"sorted as {Ticket.Kind(kind).label.lower()}")
    if promise:
        ticket.start_clock(CLOCK_OF_KIND.get(ticket.kind, Clock.Kind.RESPONSE), promise.started_at)
    owe(ticket)
    ticket.bump()
    ticket.log("ticket_changed", by=by, before={"kind": before}, after={"kind": ticket.kind})
