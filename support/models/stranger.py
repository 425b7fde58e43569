"""Somebody in Slack whom nobody knew, once Slack has said who they are (AHR-11)."""

from collections.abc import Collection

from django.db import models, transaction

from accounts.models import Contact
from fleetcs.models import User
from support.models.clock import Clock
from support.models.message import Message
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
    threads = list(Thread.objects.filter(messages__in=written).distinct().select_related("channel", "ticket"))
    written.update(by=Message.Author.COLLEAGUE, author=user, author_name=name[:160], waiting_since=None)
    for thread in threads:
        if not thread.messages.from_customers().exists():
            take_back(thread)


def take_back(thread: Thread) -> None:
    """No customer has written in this thread: nothing is owed to anybody."""
    Clock.objects.filter(thread=thread).withdraw(COLLEAGUE)
    thread.log("turned_out_to_be_a_colleague")
    ticket = Ticket.objects.select_for_update().filter(pk=thread.ticket_id).first() if thread.ticket_id else None
    if ticket:
        ticket.clocks.all().withdraw(COLLEAGUE)
        ticket.triage_reason = COLLEAGUE
        ticket.bump()
