"""A mail becomes a message of the ticket it answers, or a ticket of its own; a doubt about its sender stays with it.

Nobody can act as a colleague by mail, an address that we do not know changes nothing but the timeline, and whatever
cannot be placed lands in triage: never nowhere (T06, T07, T08, INT-01).
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import BigIntegerField, CharField, DateTimeField, Q, QuerySet

from fleetcs.effects import emit
from fleetcs.inbox import Ignored
from fleetcs.models import Delivery
from fleetcs.models.written import Written
from fleetcs.working_day import day_of
from support import mail_route, replies
from support.handlers.files import keep_files
from support.mail import Incoming, Markers, dmarc, markers, read
from support.models import Message, Ticket
from support.models.customer_note import answer_refused
from support.models.writer import Writer

BRAKE, BRAKE_WINDOW = 20, timedelta(hours=1)
ID_LIMIT = 400
OUR_ID = re.compile(r"<?(fleetcs\.[a-z]{1,20}\.[0-9]{1,18}\.[0-9a-f]{24}@[^@\s<>]{1,253})>?")
ENCLOSED = {"message/rfc822", "text/rfc822-headers", "message/delivery-status"}


@dataclass(frozen=True)
class Letter:
    """A mail that somebody wrote to us, with what we know about who that is."""

    delivery: Delivery
    mail: Incoming
    writer: Writer
    doubt: str
    message_id: str  # "" where another mail bears the same

    @property
    def too_large(self) -> bool:
        return self.delivery.event == mail_route.TOO_LARGE


def mail_arrived(delivery: Delivery) -> str:
    """Handle one raw mail; the note says what became of it. Raises Ignored for mail that no person wrote to us."""
    mail = read(bytes(delivery.raw))
    marks = markers(mail, settings.OWN_MAIL_DOMAINS, [settings.SUPPORT_ADDRESS])
    if marks.bounce and (answer := answer_that_bounced(mail)):
        return note_bounce(answer)
    if marks.reason:
        raise Ignored(marks.reason)
    twin = twin_of(mail, delivery)
    if twin and is_same(twin, mail, delivery):
        raise Ignored("ignored because the same mail is here already")
    doubt = doubt_about(mail, marks)
    writer = Writer.by_mail("" if doubt else mail.from_address, mail.from_name)
    message = file(Letter(delivery, mail, writer, doubt, "" if twin else mail.message_id))
    return f"ticket {message.ticket_id}, message {message.pk}"


def doubt_about(mail: Incoming, marks: Markers) -> str:
    """Why the sender cannot be believed, or ""; only our own mail server's word counts about DMARC."""
    verdict = dmarc(mail.headers, settings.AUTHENTICATION_RESULTS_HOST)
    return mail_route.doubt(colleague=marks.colleague, dmarc=verdict, address=mail.from_address)


def twin_of(mail: Incoming, delivery: Delivery) -> Message | None:
    """A message with this Message-ID, or of this very delivery when it is replayed."""
    return TWIN.first(delivery=delivery.pk, message_id=mail.message_id)


def _twin(delivery: Any, message_id: Any) -> QuerySet[Message]:
    # A plan that is kept for every id uses the index of ids only when it is told that none of them is empty.
    same = Message.objects.filter(Q(delivery=delivery) | Q(message_id=message_id) & ~Q(message_id=""))
    return same.only("delivery", "kind", "author_address", "text").order_by("pk")[:1]


TWIN: Written[Message] = Written(_twin, delivery=BigIntegerField(), message_id=CharField())


def is_same(twin: Message, mail: Incoming, delivery: Delivery) -> bool:
    """Whether the very same mail came before, by another way and so with other bytes. Some machines give every mail
    the same id: those are not the same. What another ticket system told has its own idea of the text."""
    if twin.delivery_id == delivery.pk:
        return True
    if twin.kind == Message.Kind.DESK:
        return twin.author_address == mail.from_address
    return (twin.author_address, twin.text) == (mail.from_address, mail.text)


# --- which ticket ----------------------------------------------------------------------------------------------------
def file(letter: Letter) -> Message:
    """Put it where it belongs: with the ticket it answers, into one of its own, or behind the brake."""
    named = ticket_named(letter.mail)
    if named and may_join(letter, named):
        return join(letter, named)
    if is_flood(letter):
        return brake(letter)
    return open_ticket(letter, named)


def ticket_named(mail: Incoming) -> Ticket | None:
    """The ticket a mail points at: by the ids it answers, by our signed reply address, by the tag in its subject.

    Whether its sender has a part in that ticket is another question; a mere tag proves nothing without it.
    """
    pk = ticket_of_ids(mail) or replies.ticket_of_address(mail.recipients, settings.REPLY_ADDRESS_SECRETS)
    if pk:
        return unmerged(pk)
    tagged = unmerged(replies.ticket_of_subject(mail.subject))
    return tagged if tagged and has_part(Writer.by_mail(mail.from_address), tagged) else None


def ticket_of_ids(mail: Incoming) -> int | None:
    """The nearest message it answers that is ours by signature, or that we have."""
    secrets = settings.REPLY_ADDRESS_SECRETS
    for message_id in mail.thread_ids:
        ours = replies.message_of_message_id(message_id, secrets)
        known = Message.objects.filter(pk=ours) if ours else Message.objects.filter(message_id=message_id[:ID_LIMIT])
        pk = known.values_list("ticket", flat=True).first() or replies.ticket_of_message_id(message_id, secrets)
        if pk:
            return pk
    return None


HELD: Written[Ticket] = Written(
    lambda pk: Ticket.objects.select_for_update().filter(pk=pk).order_by(), pk=BigIntegerField()
)


def unmerged(pk: int | None) -> Ticket | None:
    """The ticket, or the one it was merged into, held until the transaction ends; None where there is none."""
    while pk:
        ticket = HELD.first(pk=pk)
        if ticket is None or ticket.merged_into_id is None:
            return ticket
        pk = ticket.merged_into_id
    return None


def has_part(writer: Writer, ticket: Ticket) -> bool:
    """Whether the writer asked in this ticket, or belongs to its account; being in Cc gives no part in it (T08)."""
    if writer.address and writer.address == ticket.sender.lower():
        return True
    return writer.account is not None and writer.account.pk == ticket.account_id


def may_join(letter: Letter, ticket: Ticket) -> bool:
    """A doubted sender never joins; another account's request is its own; a stranger does not reopen what is done."""
    return mail_route.may_join(
        doubted=bool(letter.doubt),
        has_part=has_part(letter.writer, ticket),
        other_account=bool(letter.writer.account and ticket.account_id not in (None, letter.writer.account.pk)),
        resolved=ticket.resolved_at is not None,
        flood=is_flood(letter),
    )


def is_flood(letter: Letter) -> bool:
    """Whether this address has sent so much within an hour that a machine may be answering a machine (T11)."""
    since = letter.delivery.received_at - BRAKE_WINDOW
    return len(FLOOD(address=letter.mail.from_address, since=since)) >= BRAKE


FLOOD = Written(
    lambda address, since: Message.objects.written_by(address, since).only("pk").order_by()[:BRAKE],
    address=CharField(),
    since=DateTimeField(),
)


# --- what is written -------------------------------------------------------------------------------------------------
def join(letter: Letter, ticket: Ticket) -> Message:
    """Add it to the ticket. From an address without a part in it: shown as unverified, and nobody is added (T07)."""
    known = has_part(letter.writer, ticket)
    message = write(letter, ticket, verified=known)
    if not known:
        ticket.triage_reason = mail_route.UNKNOWN_ADDRESS
    ticket.hear(message)
    ticket.log("mail_added", message=message.pk, verified=known)
    return message


def open_ticket(letter: Letter, named: Ticket | None) -> Message:
    """A ticket of its own, in triage when nobody can say whose it is or the sender is in doubt."""
    writer = letter.writer
    ticket = Ticket.objects.receive(
        subject=letter.mail.subject,
        source=Ticket.Source.EMAIL,
        received_at=letter.delivery.received_at,
        account=writer.account,
        contact=writer.contact,
        sender=letter.mail.from_address,
        triage_reason=letter.doubt or ("" if writer.account else mail_route.UNKNOWN_SENDER),
        heard_at=letter.delivery.received_at,
    )
    message = write(letter, ticket, verified=not letter.doubt, waits=True)
    if named:
        ticket.log("names_another_ticket", ticket=named.pk, doubt=letter.doubt)
    acknowledge(letter, ticket)
    return message


def brake(letter: Letter) -> Message:
    """One triage ticket for everything more that this address sends: nothing is lost, and nothing is set off."""
    triage = Ticket.objects.select_for_update().open().filter(triage_reason=mail_route.TOO_MANY)
    held = triage.filter(sender=letter.mail.from_address).first()
    if held:
        return write(letter, held, verified=False)
    held = Ticket.objects.receive(
        subject=letter.mail.subject,
        source=Ticket.Source.EMAIL,
        received_at=letter.delivery.received_at,
        account=letter.writer.account,
        sender=letter.mail.from_address,
        triage_reason=mail_route.TOO_MANY,
        heard_at=letter.delivery.received_at,
    )
    return write(letter, held, verified=False, waits=True)


def write(letter: Letter, ticket: Ticket, *, verified: bool, waits: bool = False) -> Message:
    """The message with its files; `waits`: its ticket counts it already.

    What is not verified was said by a stranger: the customer has not seen it.
    """
    mail = letter.mail
    text = mail_route.LEFT_OUT if letter.too_large else mail.text
    message = Message.objects.write_down(
        ticket=ticket,
        kind=Message.Kind.MAIL,
        public=verified,
        verified=verified,
        at=letter.delivery.received_at,
        text=text,
        shown=text if letter.too_large else mail.reply_text or text,
        html="" if letter.too_large else mail.html,
        waiting_since=letter.delivery.received_at if waits else None,
        delivery=letter.delivery,
        message_id=fitting(letter.message_id),
        in_reply_to=mail.in_reply_to[:ID_LIMIT],
        recipients=list(mail.recipients),
        **identity(letter),
    )
    if not letter.too_large:
        keep_files(message, mail)
    return message


def identity(letter: Letter) -> dict[str, Any]:
    """Who wrote it; of a doubted sender only what they claim."""
    claimed = {"author_name": letter.mail.from_name[:160], "author_address": letter.mail.from_address[:320]}
    return {**letter.writer.fields(), **claimed}


def fitting(message_id: str) -> str:
    """The id, unless it is longer than any mailer's: half of it would be another one."""
    return message_id if len(message_id) <= ID_LIMIT else ""


def acknowledge(letter: Letter, ticket: Ticket) -> None:
    """Tell a contact we know that it arrived, at most once a day for each address (T10)."""
    if letter.writer.contact is None or letter.doubt:
        return
    who = hashlib.sha256(letter.mail.from_address.encode()).hexdigest()[:24]
    key = f"acknowledge:{who}:{day_of(letter.delivery.received_at)}"
    emit(
        "mail.acknowledgement",
        key=key,
        args={"ticket": ticket.pk},
        cause=letter.delivery,
        automation="mail_acknowledgement",
    )


# --- bounces ---------------------------------------------------------------------------------------------------------
def answer_that_bounced(mail: Incoming) -> Message | None:
    """The answer of ours that a report of failed delivery is about, found by the id that we signed."""
    enclosed = [read(file.content) for file in mail.attachments if file.content_type in ENCLOSED]
    said = [*mail.thread_ids, *(one.message_id for one in enclosed), *OUR_ID.findall(mail.text[:100_000])]
    pks = (replies.message_of_message_id(each, settings.REPLY_ADDRESS_SECRETS) for each in said)
    pk = next((pk for pk in pks if pk), None)
    return Message.objects.select_for_update().filter(pk=pk, by=Message.Author.COLLEAGUE).first() if pk else None


def note_bounce(answer: Message) -> str:
    """The customer never got it: the message says so, and its ticket stands in triage, open again if it was done."""
    is_news = answer.refused != "bounced"
    answer_refused(answer, "bounced")
    ticket = unmerged(answer.ticket_id)
    if ticket and is_news:
        if ticket.resolved_at:
            ticket.reopen(by=None, reason=mail_route.BOUNCED)
        ticket.triage_reason = ticket.triage_reason or mail_route.BOUNCED
        ticket.bump()
        ticket.log("answer_bounced", message=answer.pk)
    return f"message {answer.pk} bounced"
