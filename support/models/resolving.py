"""What must be done before a ticket may be resolved: its follow-ups, its documentation, an applicant's answer."""

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from fleetcs.models import User
from support import applications
from support.kinds import Outcome, TicketKind

if TYPE_CHECKING:
    from support.models.ticket import Ticket

DOCUMENTED = frozenset({TicketKind.SUPPORT.value, TicketKind.CONTACT_FORM.value})


def check(ticket: "Ticket", outcome: str, note: str) -> None:
    """Raises ValidationError saying what is still to be done (DOC-03, INT-09, INT-10)."""
    if ticket.resolved_at:
        raise ValidationError("It is resolved already.")
    if ticket.follow_ups.filter(done_at=None, blocks=True).exists():
        raise ValidationError("A follow-up is still open: post the summary, or say why not.")
    if ticket.kind in DOCUMENTED:
        _check_documentation(outcome, note)
    if ticket.kind == TicketKind.JOB_APPLICATION:
        _check_application(ticket)


def _check_documentation(outcome: str, note: str) -> None:
    if outcome not in Outcome.values:
        raise ValidationError({"outcome": "Say what became of the documentation."})
    if outcome == Outcome.NOT_POSSIBLE and not note.strip():
        raise ValidationError({"note": "Say why it could not be documented."})


def _check_application(ticket: "Ticket") -> None:
    copy = User.objects.holding(applications.CC_POST).first()
    went_out = ticket.messages.public().filter(by="colleague", kind__in=["mail", "logged_mail"])
    missing = applications.missing(
        ticket.details, went_out.values_list("recipients", flat=True), copy.email if copy else ""
    )
    if missing:
        raise ValidationError(missing)
