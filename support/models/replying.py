"""Where an answer can go: into the Slack thread or by mail, and nowhere for a contact form (INT-11, SYS-06)."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError

from support.outside_system import desk_of

if TYPE_CHECKING:
    from support.models.ticket import Ticket


def check_reply(ticket: "Ticket", *, in_slack: bool) -> None:
    """Raises ValidationError for a ticket that no answer can go out from: the ticket system outside has its word, a
    merged one is answered where it lives on, and one without a thread needs an address."""
    desk_of(ticket.external_system, settings.TICKET_SYSTEM).check_reply(ticket.source)
    if ticket.merged_into_id or not (in_slack or "@" in ticket.sender):
        raise ValidationError("It cannot be replied to here: send a mail and log it, or open the ticket it joined.")
