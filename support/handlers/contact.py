"""What the web site's contact form sends: a ticket that is answered by logged mail only (INT-10, INT-11)."""

import re
from typing import Any

from fleetcs.inbox import Bad
from fleetcs.models import Delivery
from support.handlers.slack import as_object
from support.models import Message, Ticket
from support.models.recognising import form_from
from support.models.thread import headline
from support.models.writer import Writer

ADDRESS = re.compile(r"[^\s@<>,;:\"]{1,64}@[^\s@<>,;:\"]{1,190}\.[^\s@<>,;:\".]{2,60}")
LONGEST = 100_000
NO_ADDRESS = "the form gives no valid address"


def contact_form(delivery: Delivery) -> str:
    """Open the ticket of one form, an application when it names a position. Raises Bad for one without a message."""
    form = as_object(bytes(delivery.raw))
    text = field(form, "message", LONGEST)
    if not text:
        raise Bad("the form holds no message")
    if known := Message.objects.of_delivery(delivery):
        return f"ticket {known.ticket_id}"
    if told := form_from(writer_of(form).address, text, delivery.received_at, Message.Kind.DESK):
        return f"ticket {told.ticket_id}: another ticket system has told of it already"
    ticket = open_ticket(form, text, delivery)
    return f"ticket {ticket.pk}"


def open_ticket(form: dict[str, Any], text: str, delivery: Delivery) -> Ticket:
    writer, position = writer_of(form), field(form, "position", 200)
    applies = bool(position) or field(form, "kind", 40) == Ticket.Kind.JOB_APPLICATION
    ticket = Ticket.objects.receive(
        subject=subject_of(form, text, position),
        source=Ticket.Source.CONTACT_FORM,
        received_at=delivery.received_at,
        kind=Ticket.Kind.JOB_APPLICATION if applies else Ticket.Kind.CONTACT_FORM,
        account=writer.account,
        contact=writer.contact,
        sender=writer.address,
        details={"position_title": position} if position else {},
        triage_reason="" if writer.address else NO_ADDRESS,
        heard_at=delivery.received_at,
    )
    write(ticket, writer, text, delivery)
    return ticket


def writer_of(form: dict[str, Any]) -> Writer:
    address = field(form, "email", 320).lower()
    return Writer.by_mail(address if ADDRESS.fullmatch(address) else "", field(form, "name", 160))


def write(ticket: Ticket, writer: Writer, text: str, delivery: Delivery) -> Message:
    return Message.objects.write_down(
        ticket=ticket,
        kind=Message.Kind.FORM,
        public=True,
        verified=False,
        at=delivery.received_at,
        text=text,
        shown=text,
        delivery=delivery,
        waiting_since=delivery.received_at,
        **writer.fields(),
    )


def subject_of(form: dict[str, Any], text: str, position: str) -> str:
    if position:
        return f"Application: {position}"
    return field(form, "subject", 250) or headline(text)


def field(form: dict[str, Any], name: str, limit: int) -> str:
    """A text of the form on which a database does not choke, or an empty one."""
    found = form.get(name)
    if not isinstance(found, str):
        return ""
    return found[:limit].replace("\0", "").encode("utf-8", "replace").decode().strip()
