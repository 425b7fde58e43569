"""Somebody in Slack whom nobody knew, once Slack has said who they are (AHR-11)."""

from collections.abc import Collection

from django.db import models, transaction

from accounts.models import Contact
from fleetcs.models import User
from support.models.clock import Clock
from support.models.message import Message
from support.models.owing import begin
from support.models.thread import Thread
from support.models.ticket import Ticket

COLLEAGUE = "a colleague wrote it"


@transaction.atomic
def introduce(slack_id: str, name: str, address: str, own_domains: Collection[str]) -> None:
    """Write down who they are, by the mail address Slack knows: a colleague, a contact, or just a name."""
    user = User.objects.active().filter(email__iexact=address).first() if address else None
    written = Message.objects.from_customers().filter(kind=Message.Kind.SLACK, author_address=slack_id)
    if user or address.lower().rpartition("@")[2] in own_domains:
        greet_colleague(user, slack_id, name, written)
    else:
        contact = Contact.objects.of_address(address)
        if contact and not contact.slack_id:
            contact.slack_id = slack_id
            contact.save(update_fields=["slack_id"])
        written.update(author_name=name[:160], contact=contact)


def greet_colleague(user: User | None, slack_id: str, name: str, written: models.QuerySet[Message]) -> None:
    """What they wrote was never a customer's: it no longer waits, and the notice will not be sent."""
    if user and not user.slack_id:
        user.slack_id = slack_id
        user.save(update_fields=["slack_id"])
    pks = list(written.values_list("pk", flat=True))
    mine = Thread.objects.select_for_update(of=("self",), no_key=True).filter(messages__in=pks)
    threads = list(mine.select_related("channel").order_by("pk"))
    written.update(by=Message.Author.COLLEAGUE, author=user, author_name=name[:160], waiting_since=None)
    for thread in threads:
        if thread.messages.from_customers().exists():
            hear_after_all(thread, pks)
        else:
            take_back(thread)


def hear_after_all(thread: Thread, pks: Collection[int]) -> None:
    """What they wrote among customers is a colleague's answer: it has started nothing, and stops what ran (R4)."""
    ticket = Ticket.objects.held(thread.ticket_id)
    listener = ticket or thread
    said = list(thread.messages.filter(pk__in=pks).order_by("at", "pk"))
    asked = thread.messages.from_customers().order_by("at", "pk").first()
    if ticket and asked and ticket.received_at in [message.at for message in said]:
        begin(ticket, asked.at, later=True)
    own = listener.clocks.filter(kind=Clock.Kind.ACKNOWLEDGE, started_at__in=[message.at for message in said])
    own.withdraw(COLLEAGUE)
    for message in said:
        listener.hear_colleague(message)


def take_back(thread: Thread) -> None:
    """No customer has written in this thread: nothing is owed to anybody."""
    ticket = Ticket.objects.held(thread.ticket_id)
    Clock.objects.filter(thread=thread).withdraw(COLLEAGUE)
    thread.log("turned_out_to_be_a_colleague")
    if ticket:
        ticket.clocks.all().withdraw(COLLEAGUE)
        ticket.triage_reason = COLLEAGUE
        ticket.bump()
