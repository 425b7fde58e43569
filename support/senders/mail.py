"""What we say by mail: answers, acknowledgements, and notices to colleagues. Each bears an id that we can look for."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings

from fleetcs import clock
from fleetcs.clients import email
from fleetcs.clients.http import Rejected
from fleetcs.effects import Sender, Sent
from fleetcs.models import Effect, OpeningHours, User
from support import replies
from support.models import CustomerNote, Message, Ticket
from support.models.customer_note import answer_refused
from support.senders.slack import answer_of, refuse_internal
from support.senders.wording import filled

CHAIN = 20  # ids in References: the first and the latest
PATIENCE = timedelta(minutes=1)


class MailReply(Sender):
    """A colleague's answer to whoever asked, and to nobody else: being in Cc gives no part (T08); `args`: message."""

    destination = "email"
    protocol = "probe"
    patience = PATIENCE

    def wanted(self, effect: Effect) -> str | None:
        message = answer_of(effect)
        return "deleted" if message.deleted_at else "sent_already" if message.sent_at else None

    def send(self, effect: Effect) -> Sent:
        message = answer_of(effect)
        refuse_internal(message)
        return sent(mail_of(message, ticket_of(message)))

    def probe(self, effect: Effect) -> Sent | None:
        return found(own_id(effect.args["message"]), effect)

    def settle(self, effect: Effect, sent: Sent) -> None:
        message = answer_of(effect)
        to = message.recipients or [ticket_of(message).sender]
        message.note_sent(clock.now(), message_id=own_id(message.pk), recipients=to)
        CustomerNote.objects.answer_sent(message)

    def refused(self, effect: Effect, code: str) -> None:
        answer_refused(answer_of(effect), code)


class MailAcknowledgement(Sender):
    """That a mail has arrived, to a contact we know: it says nothing of what they wrote (T10); `args`: ticket."""

    destination = "email"
    protocol = "probe"
    patience = PATIENCE

    def wanted(self, effect: Effect) -> str | None:
        ticket = asked(effect)
        return "answered_already" if ticket.last_reply_at else None if ticket.contact else "no_contact"

    def send(self, effect: Effect) -> Sent:
        return sent(acknowledgement(asked(effect)))

    def probe(self, effect: Effect) -> Sent | None:
        return found(own_id(effect.args["ticket"], "ticket"), effect)

    def settle(self, effect: Effect, sent: Sent) -> None:
        ticket = asked(effect)
        text = acknowledgement(ticket).text
        Message.objects.create(
            ticket=ticket,
            kind=Message.Kind.AUTOMATIC,
            by=Message.Author.BOT,
            public=True,
            at=clock.now(),
            sent_at=clock.now(),
            text=text,
            shown=text,
            message_id=own_id(ticket.pk, "ticket"),
            recipients=[ticket.sender],
        )

    def preview(self, effect: Effect) -> str:
        return acknowledgement(asked(effect)).text


class MailNotice(Sender):
    """A word to a colleague who has no id in Slack; `args`: user, subject, text."""

    destination = "email"
    protocol = "probe"
    patience = PATIENCE

    def wanted(self, effect: Effect) -> str | None:
        return None if User.objects.active().filter(pk=effect.args["user"]).exists() else "person_left"

    def send(self, effect: Effect) -> Sent:
        person = User.objects.get(pk=effect.args["user"])
        subject = " ".join(str(effect.args["subject"]).split())[:200]
        text, known = str(effect.args["text"]), notice_id(effect)
        return sent(email.Mail((person.email,), subject, text, known, auto_submitted="auto-generated"))

    def probe(self, effect: Effect) -> Sent | None:
        return found(notice_id(effect), effect)

    def preview(self, effect: Effect) -> str:
        return str(effect.args["text"])


def sent(mail: email.Mail) -> Sent:
    """Hand it over; what counts is our own id, the provider's is only noted."""
    email.send(mail)
    return Sent(mail.message_id)


def found(message_id: str, effect: Effect) -> Sent | None:
    known = email.find(message_id, effect.created_at)
    return Sent(known) if known else None


def own_id(pk: int, kind: str = "message") -> str:
    return replies.our_message_id(pk, settings.REPLY_ADDRESS_SECRETS[0], settings.MAIL_DOMAIN, kind)


def notice_id(effect: Effect) -> str:
    return own_id(effect.pk, "notice")


def asked(effect: Effect) -> Ticket:
    ticket = Ticket.objects.select_related("contact", "account").filter(pk=effect.args["ticket"]).first()
    if ticket is None:
        raise Rejected("ticket_gone")
    return ticket


def ticket_of(message: Message) -> Ticket:
    """The ticket an answer belongs to. Raises Rejected where no answer may go by mail from here (INT-11)."""
    ticket = message.ticket
    if ticket is None or not ticket.can_be_replied_to:
        raise Rejected("cannot_be_replied_to")
    return ticket


def mail_of(message: Message, ticket: Ticket) -> email.Mail:
    """The answer as a mail: threaded by ids, reply address and tag, and without a word of anybody else's (T08)."""
    chain = ids_before(message)
    return email.Mail(
        to=(recipient(ticket, message.recipients),),
        subject=replies.tagged(ticket.subject, ticket.pk),
        text=message.text,
        message_id=own_id(message.pk),
        in_reply_to=chain[-1] if chain else "",
        references=shortened(chain),
        reply_to=reply_address(ticket),
    )


def recipient(ticket: Ticket, answered: Sequence[str] = ()) -> str:
    """Whoever asked; of an answer whom it was written to, though its ticket may be part of another's by now.

    Raises Rejected for a ticket without an address, and for our own: that would be a loop.
    """
    to = answered[0] if answered else ticket.sender
    own = {settings.SUPPORT_ADDRESS.lower(), *(each.lower() for each in own_addresses(ticket))}
    if "@" not in to:
        raise Rejected("no_address")
    if to.lower() in own:
        raise Rejected("own_address")
    return to


def own_addresses(ticket: Ticket) -> list[str]:
    return [reply_address(ticket), settings.DEFAULT_FROM_EMAIL]


def reply_address(ticket: Ticket) -> str:
    return replies.reply_address(ticket.pk, settings.REPLY_ADDRESS_SECRETS[0], settings.MAIL_DOMAIN)


def ids_before(message: Message) -> list[str]:
    """The ids of the mails that went before between us and the customer, oldest first; strangers' remarks are not in
    it, nor what another ticket system has numbered."""
    earlier = Message.objects.filter(ticket=message.ticket_id, verified=True, public=True, at__lte=message.at)
    said = earlier.exclude(pk=message.pk).filter(message_id__startswith="<").order_by("at", "pk")
    return list(said.values_list("message_id", flat=True))


def shortened(chain: list[str]) -> tuple[str, ...]:
    return tuple(chain if len(chain) <= CHAIN else [chain[0], *chain[1 - CHAIN :]])


def acknowledgement(ticket: Ticket) -> email.Mail:
    """Our own words only. Raises Rejected when nobody has written them."""
    values: dict[str, Any] = {"contact_name": ticket.contact.name if ticket.contact else "", "ticket": str(ticket.pk)}
    subject, text = filled("mail_acknowledgement", {**values, "hours": hours_text(ticket)})
    first = ticket.messages.from_customers().filter(message_id__startswith="<").order_by("at", "pk").first()
    known = first.message_id if first else ""
    return email.Mail(
        to=(recipient(ticket),),
        subject=f"{replies.subject_tag(ticket.pk)} {subject or 'We have your mail'}",
        text=text,
        message_id=own_id(ticket.pk, "ticket"),
        in_reply_to=known,
        references=(known,) if known else (),
        reply_to=reply_address(ticket),
        auto_submitted="auto-replied",
    )


def hours_text(ticket: Ticket) -> str:
    """The hours in force when it came, as every text of ours says them (SLA-14)."""
    return OpeningHours.objects.calendar(ticket.received_at).text()
