"""A request turns out to be of another kind: the clock of that kind counts, from receipt (INT-10, INT-12)."""

from django.db import transaction

from fleetcs.models import User
from support.models.clock import Clock
from support.models.queue import CLOCK_OF_KIND
from support.models.ticket import Ticket


@transaction.atomic
def sort_as(ticket: Ticket, kind: str, *, by: User) -> None:
    """Make it a ticket of `kind`; what ran is withdrawn, and while nobody has answered the new kind's clock starts."""
    before, ticket.kind = ticket.kind, Ticket.Kind(kind).value
    ticket.clocks.all().withdraw(f"sorted as {Ticket.Kind(kind).label.lower()}")
    if ticket.last_reply_at is None and not ticket.resolved_at:
        ticket.start_clock(CLOCK_OF_KIND.get(ticket.kind, Clock.Kind.RESPONSE), ticket.received_at)
    ticket.bump()
    ticket.log("ticket_changed", by=by, before={"kind": before}, after={"kind": ticket.kind})
