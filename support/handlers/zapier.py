"""What Zapier's flows tell and ask: each keeps working until its switch on the operations page is off (SYS-04).

They go through the same verbs as our own flows, so that both together make one ticket, one answer, one text message.
"""

import re
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import Account, Channel
from fleetcs.effects import emit
from fleetcs.inbox import Bad, Ignored
from fleetcs.models import Automation, Delivery, Post, User
from support import slack_text
from support.handlers.clicks import escalate
from support.handlers.contact import field
from support.handlers.mail import unmerged
from support.handlers.slack import Post as SlackPost
from support.handlers.slack import as_object, said
from support.models import DocQuestion, Thread, Ticket
from support.models.writer import Writer
from support.slack_text import SlackEvent

AFTER_HOURS, QUESTIONS, TEXTS = "zapier_after_hours", "zapier_questions", "zapier_sms"
PLACE = re.compile(r"[CDG][A-Z0-9]{2,30}")
LONGEST = 10_000
URGENT = ("P0", "P1")


def position(code: str) -> str:
    """How the switch of a flow stands. Raises Ignored when it is off: then our own flow is the only one."""
    stands = Automation.objects.position(code)
    if stands == Automation.Position.OFF:
        raise Ignored("the flow is switched off")
    return stands


# --- after hours -----------------------------------------------------------------------------------------------------
def after_hours(delivery: Delivery) -> str:
    """Zapier's flow has answered a customer's message: it becomes the thread's ticket, as our own flow would have
    made it, and that thread gets no second answer (AHR-01, AHR-03). Raises Ignored or Bad."""
    told, stands = as_object(bytes(delivery.raw)), position(AFTER_HOURS)
    event = event_of(delivery, told)
    if stands == Automation.Position.WATCH:
        return f"watched: would have heard {event.ts} as answered by Zapier"
    thread = heard(delivery, event)
    asker = thread.messages.from_customers().filter(slack_ts=event.ts).first()
    if asker is None:
        raise Ignored("stopped by author: no customer wrote it")
    ticket = thread.become_ticket(Ticket.Source.SLACK_AFTER_HOURS)
    if thread.noticed_at is None:
        thread.noticed_at = asker.at
        thread.save(update_fields=["noticed_at"])
    thread.log("answered_by_zapier", message=asker.pk, ticket=ticket.pk, delivery=delivery.pk)
    return f"ticket {ticket.pk}"


def heard(delivery: Delivery, event: SlackEvent) -> Thread:
    """The thread, with the message heard if Slack itself has not told it yet."""
    try:
        with transaction.atomic():
            said(SlackPost(delivery, event, own=False, ours=False))
    except Ignored as reason:
        if str(reason) != "it is here already":
            raise
    channel = Channel.objects.seen(settings.SLACK_TEAM_ID, event.channel)
    return Thread.objects.locked(channel, event.thread_ts, event.sent_at)


def event_of(delivery: Delivery, told: dict[str, Any]) -> SlackEvent:
    """The Slack message a flow speaks of. Raises Bad."""
    channel, ts = field(told, "channel", 32), field(told, "ts", 24)
    thread_ts = field(told, "thread_ts", 24) or ts
    if not (PLACE.fullmatch(channel) and slack_text.is_timestamp(ts) and slack_text.is_timestamp(thread_ts)):
        raise Bad("it names no Slack message")
    if slack_text.moment(ts) > delivery.received_at + slack_text.SKEW:
        raise Bad("its timestamp lies in the future")
    return slack_text.plain_event(settings.SLACK_TEAM_ID, channel, ts, thread_ts, field(told, "user", 32), text(told))


def text(told: dict[str, Any]) -> str:
    return field(told, "text", LONGEST)


# --- questions -------------------------------------------------------------------------------------------------------
def question(delivery: Delivery) -> str:
    """A customer's question, with its answer where there is one, for whoever mends the documentation (DOC-01); the
    same message twice is kept once. Raises Ignored or Bad."""
    told, stands = as_object(bytes(delivery.raw)), position(QUESTIONS)
    words = field(told, "question", LONGEST)
    if not words:
        raise Bad("it holds no question")
    if stands == Automation.Position.WATCH:
        return "watched: would have kept a question"
    channel = channel_of(field(told, "channel", 90))
    link = field(told, "link", 500)
    kept, is_new = DocQuestion.objects.capture(
        words,
        link=link if link.startswith("https://") else "",
        by=User.objects.active().filter(email__iexact=field(told, "captured_by", 320)).first(),
        answer=field(told, "answer", LONGEST),
        channel=channel,
        account=account_of(told, channel),
        asked_by=field(told, "asked_by", 160),
        source=DocQuestion.Source.ZAPIER,
    )
    return f"question {kept.pk}{'' if is_new else ' was here already'}"


def channel_of(said: str) -> Channel | None:
    """A channel by its id or its name."""
    if PLACE.fullmatch(said):
        return Channel.objects.seen(settings.SLACK_TEAM_ID, said)
    name = said.removeprefix("#")
    return Channel.objects.filter(name=name, archived_at=None).order_by("pk").first() if name else None


def account_of(told: dict[str, Any], channel: Channel | None) -> Account | None:
    """Whose question it is: by its channel, by name, by the address of who asked."""
    if channel and channel.account:
        return channel.account
    name, address = field(told, "account", 200), field(told, "asked_by", 320)
    named = list(Account.objects.filter(name__iexact=name).order_by("pk")[:2]) if name else []
    if len(named) == 1:
        return named[0]
    return Writer.by_mail(address.lower()).account if "@" in address else None


# --- text messages ---------------------------------------------------------------------------------------------------
def text_message(delivery: Delivery) -> str:
    """A flow asks for a text message. With a Slack message it is the emergency of its ticket, raised by the original
    sender only, and one text whoever asks (AHR-09); else a text to whoever holds a post. Raises Ignored or Bad."""
    told, stands = as_object(bytes(delivery.raw)), position(TEXTS)
    if told.get("channel"):
        return emergency(delivery, told, stands)
    if not text(told) or not Post.objects.filter(code=post_of(told)).exists():
        raise Bad("it holds no text, or names a post that there is not")
    args = {"delivery": delivery.pk, "post": post_of(told)}
    emit("sms.requested", key=f"zapier-sms:{delivery.pk}", args=args, cause=delivery, automation=TEXTS)
    return f"text message to {post_of(told)}"


def post_of(told: dict[str, Any]) -> str:
    return field(told, "post", 60) or "vp_cs"


def emergency(delivery: Delivery, told: dict[str, Any], stands: str) -> str:
    event, priority = event_of(delivery, told), field(told, "priority", 2) or URGENT[0]
    if priority not in URGENT:
        raise Bad("an emergency is P0 or P1")
    thread = Thread.objects.filter(channel__slack_id=event.channel, thread_ts=event.thread_ts).order_by("pk").first()
    ticket = unmerged(thread.ticket_id) if thread else None
    if thread is None or ticket is None:
        raise Ignored("no ticket of that thread")
    asker = thread.asker()
    if asker is None or not event.user or asker.author_address != event.user:
        ticket.log("escalation_refused", who=event.user, priority=priority)
        return f"ticket {ticket.pk}: asked for by somebody else"
    if stands == Automation.Position.WATCH:
        return f"watched: would have escalated ticket {ticket.pk} to {priority}"
    return escalate(ticket, priority, delivery)
