"""A Slack message becomes part of its thread: waiting in the Unanswered list, a comment of a ticket, or a ticket.

Everything is judged by the message's own timestamp, and every message's log says which of the three after-hours
tests stopped it (AHR-01). Deliveries of one thread take turns, so one thread never makes two tickets (AHR-03).
"""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings

from accounts.models import Channel, Contact
from fleetcs.effects import emit
from fleetcs.inbox import Bad, Ignored
from fleetcs.models import Delivery, User
from support import after_hours
from support.models import Message, Thread, Ticket
from support.models.in_force import in_force
from support.models.owing import unask
from support.models.thread import Said
from support.models.writer import Writer
from support.slack_text import SKEW, SlackEvent, moment, read, readable

LATE_EDIT = timedelta(hours=1)  # an edit or a deletion of a message this young may have overtaken the message itself
NAMED = re.compile(r"<[@#]([A-Z0-9]{2,20})")
WORDLESS = "(a message without plain text: see the thread)"


@dataclass(frozen=True)
class Post:
    """One message event, with what only the whole payload tells: that our own app wrote it, who shares the channel."""

    delivery: Delivery
    event: SlackEvent
    own: bool
    ours: bool


def slack_event(delivery: Delivery) -> str:
    """Handle one delivery of the Events API; the note says what became of it. Raises Ignored or Bad."""
    payload = as_object(bytes(delivery.raw))
    event = read(payload)
    if event is None:
        return other_event(payload)
    if event.ignored:
        raise Ignored(event.ignored)
    if event.sent_at > delivery.received_at + SKEW:
        raise Bad("its timestamp lies in the future")
    post = Post(delivery, event, is_own(payload), is_ours(payload, event))
    return {"changed": edited, "deleted": deleted}.get(event.kind, said)(post)


def as_object(raw: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises Bad."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise Bad("it is no JSON") from None
    if not isinstance(found, dict):
        raise Bad("it is no JSON object")
    return found


def is_own(payload: dict[str, Any]) -> bool:
    """Whether our own app wrote it: the echo of what we have sent ourselves (AHR-11)."""
    event = part(payload, "event")
    message = part(event, "message") or event
    app, wrote = payload.get("api_app_id"), message.get("app_id") or part(message, "bot_profile").get("app_id")
    return bool(app) and wrote == app


def part(values: dict[str, Any], name: str) -> dict[str, Any]:
    found = values.get(name)
    return found if isinstance(found, dict) else {}


def is_ours(payload: dict[str, Any], event: SlackEvent) -> bool:
    """In a channel shared with another workspace, whoever belongs to ours is a colleague, known or not. In a channel
    of our own this says nothing: customers are guests there."""
    team = settings.SLACK_TEAM_ID
    return bool(team) and event.user_team == team and bool(payload.get("is_ext_shared_channel"))


def other_event(payload: dict[str, Any]) -> str:
    """A renamed channel keeps its id and gets its name; nothing else but messages is of interest."""
    event = part(payload, "event")
    about = part(event, "channel")
    if event.get("type") != "channel_rename" or not about:
        raise Ignored("no message")
    channel = Channel.objects.filter(slack_id=str(about.get("id"))).first()
    if channel is None:
        raise Ignored("a channel that nobody listens to")
    channel.name_it(str(about.get("name", "")))
    return f"channel {channel.pk} renamed"


# --- something was said ----------------------------------------------------------------------------------------------
def said(post: Post) -> str:
    """A new message: kept in its thread, and heard by whoever it concerns."""
    if post.own:
        raise Ignored("our own message")
    thread, writer, message = kept(post)
    heard = heard_bot if post.event.bot else heard_colleague if writer.is_colleague else heard_customer
    return f"thread {thread.pk}, message {message.pk}: {heard(post, thread, message)}"


def kept(post: Post, **fields: Any) -> tuple[Thread, Writer, Message]:
    """The message, written down in its thread. Raises Ignored for what is here already and what leaves no trace."""
    event = post.event
    channel = Channel.objects.seen(event.team, event.channel, direct=event.is_dm)
    writer = Writer.in_slack(event.user, bot=event.bot, ours=post.ours)
    refuse_strays(channel, writer, event)
    thread = Thread.objects.locked(channel, event.thread_ts, event.sent_at)
    if Message.objects.filter(slack_channel=event.channel, slack_ts=event.ts).exists():
        raise Ignored("it is here already")
    belongs_to(channel, writer)
    whole = {"delivery": post.delivery, "files_left": event.files_count} | fields
    return thread, writer, thread.keep(spoken(event, writer), **whole)


def refuse_strays(channel: Channel, writer: Writer, event: SlackEvent) -> None:
    """What leaves no trace but its delivery: inside our own walls, and what colleagues or machines say to nobody."""
    if channel.kind == Channel.Kind.INTERNAL:
        raise Ignored("an internal channel")
    if writer.is_customer:
        return
    if event.is_reply and writer.is_colleague:
        return  # perhaps the answer to a question that is still on its way
    if not Thread.objects.filter(channel=channel, thread_ts=event.thread_ts).exists():
        raise Ignored("stopped by author: a bot" if event.bot else "stopped by author: a colleague")


def belongs_to(channel: Channel, writer: Writer) -> None:
    """Direct messages with a contact we know are those of the contact's account."""
    if channel.kind == Channel.Kind.DIRECT and channel.account is None and writer.account:
        channel.account = writer.account
        channel.save(update_fields=["account"])


def spoken(event: SlackEvent, writer: Writer) -> Said:
    text = in_words(event.text)
    wordless = "" if event.files_count else WORDLESS
    return Said(event.ts, event.sent_at, text if text.strip() else wordless, writer)


def in_words(text: str) -> str:
    """The text with the names of the people and channels it mentions, as far as we know them."""
    ids = set(NAMED.findall(text))
    if not ids:
        return readable(text, {}, {})
    people = dict(Contact.objects.filter(slack_id__in=ids).values_list("slack_id", "name"))
    people |= dict(User.objects.filter(slack_id__in=ids).values_list("slack_id", "name"))
    channels = dict(Channel.objects.filter(slack_id__in=ids).exclude(name="").values_list("slack_id", "name"))
    return readable(text, people, channels)


def heard_bot(post: Post, thread: Thread, message: Message) -> str:
    """A machine starts no clock and stops none (AHR-11, A15)."""
    thread.log("after_hours_checked", message=message.pk, stopped_by="author", who="bot")
    return "stopped by author"


def heard_colleague(post: Post, thread: Thread, message: Message) -> str:
    """A colleague's words in the thread answer what was asked before them (R4); what was asked after still waits."""
    thread.log("after_hours_checked", message=message.pk, stopped_by="author", who="colleague")
    ticket = Ticket.objects.held(thread.ticket_id)
    listener = ticket or thread
    if ticket is None or message.at >= ticket.received_at:
        listener.hear_colleague(message)
    return "a colleague answered"


def heard_customer(post: Post, thread: Thread, message: Message) -> str:
    """A customer's words: a comment of the thread's ticket, after hours a ticket, else one more that waits."""
    look_up(thread, message)
    if answered_since(thread, message):
        thread.log("after_hours_checked", message=message.pk, stopped_by="", answered=True)
        return "answered already"
    if ticket := Ticket.objects.held(thread.ticket_id):
        ticket.hear(message)
        thread.log("after_hours_checked", message=message.pk, stopped_by="", ticket=ticket.pk, comment=True)
        return f"comment of ticket {ticket.pk}"
    thread.hear(message)
    stopped = after_hours.stopped_by(colleague=False, outside=is_outside(message), covered=is_covered(thread.channel))
    acts = not stopped and bool(post.event.text.strip())
    thread.log("after_hours_checked", message=message.pk, stopped_by=stopped, acts=acts)
    return open_after_hours(post, thread, message) if acts else f"unanswered, stopped by {stopped or 'missing words'}"


def answered_since(thread: Thread, message: Message) -> bool:
    """Whether a colleague's answer was delivered before the question it answers."""
    return thread.messages.from_colleagues().filter(at__gt=message.at).exists()


def is_outside(message: Message) -> bool:
    """By the message's own moment and the hours in force then; a holiday is outside (R3)."""
    return not in_force().version(message.at)[1].is_open(message.at)


def is_covered(channel: Channel) -> bool:
    return channel.after_hours == Channel.AfterHours.ON


def open_after_hours(post: Post, thread: Thread, message: Message) -> str:
    """The ticket and, once for each thread, the notice with its two buttons (AHR-03, AHR-04, AHR-08)."""
    ticket = thread.become_ticket(Ticket.Source.SLACK_AFTER_HOURS)
    thread.noticed_at = message.at
    thread.save(update_fields=["noticed_at"])
    emit(
        "slack.notice",
        key=f"after-hours-notice:{thread.pk}",
        args={"thread": thread.pk},
        order=f"thread:{thread.pk}",
        cause=post.delivery,
        automation="after_hours_notice",
    )
    ticket.log("after_hours_ticket", thread=thread.pk)
    return f"ticket {ticket.pk}"


def look_up(thread: Thread, message: Message) -> None:
    """Have Slack asked, once for a thread and a person, for what events do not tell: the link, the channel's name and
    who the writer is. The notice waits for the answer: a stranger may turn out to be a colleague (AHR-11)."""
    if message.author_name and thread.messages.exclude(pk=message.pk).exists():
        return
    emit(
        "slack.look_up",
        key=f"look-up:{thread.pk}:{message.author_address}",
        args={"thread": thread.pk, "person": "" if message.author_name else message.author_address},
        order=f"thread:{thread.pk}",
    )


# --- something was changed or taken back -----------------------------------------------------------------------------
def edited(post: Post) -> str:
    """The newest wording is shown; an edit that overtook its message stands for the message."""
    event = post.event
    if post.own:
        raise Ignored("our own message")
    message = message_of(event)
    if message is None:
        if post.delivery.received_at - event.sent_at > LATE_EDIT:
            raise Ignored("an edit of a message from before our time")
        return said(post)
    at = moment(event.edited_ts) if event.edited_ts else post.delivery.received_at
    if message.edited_at and message.edited_at >= at:
        raise Ignored("a later edit is here already")
    message.reword(in_words(event.text), at)
    return f"message {message.pk} edited"


def deleted(post: Post) -> str:
    """Taken back over there: marked, and its text kept for colleagues; what overtook its message stands for it."""
    known = Message.objects.filter(slack_channel=post.event.channel, slack_ts=post.event.ts)
    thread = Thread.objects.select_for_update(no_key=True).filter(messages__in=known).first()
    if thread is None:
        return deleted_before_it_came(post)
    ticket, message = Ticket.objects.held(thread.ticket_id), known.select_for_update().get()
    message.take_back(post.delivery.received_at)
    unask(ticket or thread)
    if ticket:
        ticket.bump()
    return f"message {message.pk} deleted"


def deleted_before_it_came(post: Post) -> str:
    """Kept as deleted, so that the message that comes late waits for nobody."""
    event, at = post.event, post.delivery.received_at
    if post.own or event.subtype != "message_deleted" or not event.user or at - event.sent_at > LATE_EDIT:
        raise Ignored("a message that is not here was deleted")
    thread, _, message = kept(post, deleted_at=at)
    return f"thread {thread.pk}, message {message.pk}: deleted before it came"


def message_of(event: SlackEvent) -> Message | None:
    return Message.objects.select_for_update().filter(slack_channel=event.channel, slack_ts=event.ts).first()
