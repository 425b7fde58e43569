"""Recognising what another ticket system tells: whether its ticket, its thread, its messages and its people are known
here under whatever name, so that one message never makes two tickets (R4)."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Account, Channel
from fleetcs.models import User
from support.desks.conversation import Conversation, Person, Words
from support.models.message import Message
from support.models.thread import Thread
from support.models.ticket import Ticket
from support.models.writer import Writer

NEAR: Final = timedelta(minutes=15)


def thread_of(told: Conversation) -> Thread | None:
    """Its Slack thread, held until the transaction ends; one that nobody has heard of is written down."""
    if not told.thread_ts:
        return None
    if told.channel:
        channel = Channel.objects.seen(settings.SLACK_TEAM_ID, told.channel, direct=told.channel.startswith("D"))
        return Thread.objects.locked(channel, told.thread_ts, told.received_at)
    mine = Thread.objects.select_for_update(of=("self",), no_key=True).select_related("channel__account", "ticket")
    found = list(mine.filter(thread_ts=told.thread_ts).order_by("pk")[:2])
    return found[0] if len(found) == 1 else None  # without a channel, a timestamp names a thread only if it is the one


def ticket_here(told: Conversation, thread: Thread | None) -> Ticket | None:
    """The ticket that is here already: of its thread, or of a message that has come another way (R4). A thread that
    waits here becomes one, counted from its earliest unanswered message (R2)."""
    if thread and thread.ticket:
        return thread.ticket
    if thread and told.closed_at is None and thread.messages.exists():
        return thread.become_ticket(Ticket.Source.OUTSIDE)
    known = came(told).exclude(ticket=None).select_related("ticket").order_by("pk").first()
    message = known or same_form(told)
    return message.ticket if message else None


def same_form(told: Conversation) -> Message | None:
    """The contact form that has come straight from the web site as well: by who wrote what, and about when."""
    asked = next((one for one in told.messages if one.by == "customer"), None)
    if told.kind != "contact_form" or asked is None:
        return None
    return form_from(told.requester.email, asked.text, asked.at, Message.Kind.FORM)


def form_from(address: str, text: str, at: datetime, kind: str) -> Message | None:
    """A contact form of somebody that came the other way: from the web site, or from another ticket system."""
    forms = Message.objects.filter(kind=kind, ticket__source=Ticket.Source.CONTACT_FORM, ticket__sender=address)
    near = forms.filter(at__range=(at - NEAR, at + NEAR), text=text).exclude(ticket__sender="")
    return near.select_related("ticket").order_by("pk").first()


def came(told: Conversation) -> models.QuerySet[Message]:
    """Messages of it that are here by the ids that others have given them: their mail's, or Slack's."""
    by_mail = [each.message_id for each in told.messages if each.message_id]
    by_slack = [each.slack_ts for each in told.messages if each.slack_ts and told.channel]
    named = Q(message_id__in=by_mail) | Q(slack_channel=told.channel, slack_ts__in=by_slack)
    return Message.objects.filter(named)


def key_of(told: Conversation, one: Words) -> str:
    """What a message is known by where neither Slack nor a mail has named it: its id over there."""
    return one.message_id or f"{told.system}:{told.id}:{one.id}"[:400]


def fresh(told: Conversation) -> list[Words]:
    """The messages that are not here yet, oldest first."""
    by_key = [key_of(told, one) for one in told.messages]
    keys = set(Message.objects.filter(message_id__in=by_key).values_list("message_id", flat=True))
    by_slack = {one.slack_ts for one in told.messages if one.slack_ts and told.channel}
    there = Message.objects.filter(slack_channel=told.channel, slack_ts__in=by_slack)
    stamps = set(there.values_list("slack_ts", flat=True))
    return [one for one in told.messages if key_of(told, one) not in keys and one.slack_ts not in stamps]


def is_echo(ticket: Ticket, one: Words) -> bool:
    """Whether it is here already under a name that is not told over there: a ticket made of a Slack thread by a flow
    holds its messages without their timestamps, and a contact form knows nothing of ids."""
    near = (one.at - NEAR, one.at + NEAR)
    same = ticket.messages.filter(by=one.by, at__range=near, text=one.text, public=one.public)
    return not one.slack_ts and same.filter(~Q(slack_ts="") | Q(kind=Message.Kind.FORM)).exists()


# --- who -------------------------------------------------------------------------------------------------------------
def writer_of(person: Person, by: str) -> Writer:
    """Who is meant by a name over there; only the directory makes somebody one of our people, whatever they are
    called."""
    if by == Message.Author.CUSTOMER:
        known = Writer.in_slack(person.slack_id) if person.slack_id else Writer.by_mail(person.email, person.name)
        return known if known.is_customer else Writer(by, person.email or person.slack_id, person.name)
    named = Q(email__iexact=person.email) if person.email else Q(slack_id=person.slack_id)
    user = User.objects.filter(named).order_by("pk").first() if person.email or person.slack_id else None
    return Writer(by, person.email or person.slack_id, person.name, user=user if by == "colleague" else None)


def account_of(told: Conversation, thread: Thread | None, writer: Writer) -> Account | None:
    """Whose it is: by its channel, by who asked, by the name over there if exactly one account bears it."""
    if thread and thread.channel.account:
        return thread.channel.account
    if writer.account or not told.account:
        return writer.account
    named = list(Account.objects.filter(name__iexact=told.account).order_by("pk")[:2])
    return named[0] if len(named) == 1 else None


def goes_on(ticket: Ticket) -> Ticket:
    """The ticket as it is now, or the one it was merged into, locked until the transaction ends."""
    held = Ticket.objects.select_for_update(no_key=True).get(pk=ticket.pk)
    return goes_on(held.merged_into) if held.merged_into else held
