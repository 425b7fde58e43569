"""What we say in Slack: answers, the after-hours notice, and nudges to colleagues.

Each message carries its effect's key, and before a repeat we look whether it stands there already.
"""

from typing import Any

from django.conf import settings

from fleetcs import clock
from fleetcs.clients import slack
from fleetcs.clients.http import Rejected
from fleetcs.effects import Sender, Sent
from fleetcs.models import Automation, Effect, Event, OpeningHours, User
from support.models import CustomerNote, Message, Thread, Ticket
from support.models.customer_note import answer_refused
from support.senders.wording import filled
from support.slack_text import outgoing
from support.telling import foreign_issues

ASKER = "\ue000"  # stands for the mention while the text is made harmless
SECTION = 2_900  # signs that one section of blocks takes


class SlackReply(Sender):
    """A colleague's answer, into the thread the question came from; `args`: message."""

    destination = "slack"
    protocol = "probe"

    def wanted(self, effect: Effect) -> str | None:
        message = answer_of(effect)
        return "deleted" if message.deleted_at else "sent_already" if message.sent_at else None

    def send(self, effect: Effect) -> Sent:
        message = answer_of(effect)
        refuse_internal(message)
        channel, thread_ts = place_of(message)
        return Sent(slack.post(channel, outgoing(message.text), thread_ts=thread_ts, effect_key=effect.key))

    def probe(self, effect: Effect) -> Sent | None:
        return found(place_of(answer_of(effect)), effect)

    def settle(self, effect: Effect, sent: Sent) -> None:
        message = answer_of(effect)
        channel, _ = place_of(message)
        message.note_sent(clock.now(), slack_ts=sent.external_id, slack_channel=channel)
        CustomerNote.objects.answer_sent(message)

    def refused(self, effect: Effect, code: str) -> None:
        answer_refused(answer_of(effect), code)


class AfterHoursNotice(Sender):
    """That we are closed, and two buttons for emergencies: once a thread (AHR-04, AHR-08); `args`: thread."""

    destination = "slack"
    protocol = "probe"

    def wanted(self, effect: Effect) -> str | None:
        thread = thread_of(effect)
        if thread.ticket is None or thread.asker() is None:
            return "no_customer"
        if zapier_answers(thread):
            return "zapier_answers"
        return "answered_already" if thread.ticket.last_reply_at else None

    def send(self, effect: Effect) -> Sent:
        thread = thread_of(effect)
        text = outgoing_notice(thread)
        channel, blocks = thread.channel.slack_id, with_buttons(text, ticket_of(thread))
        return Sent(slack.post(channel, text, thread_ts=thread.thread_ts, blocks=blocks, effect_key=effect.key))

    def probe(self, effect: Effect) -> Sent | None:
        thread = thread_of(effect)
        return found((thread.channel.slack_id, thread.thread_ts), effect)

    def settle(self, effect: Effect, sent: Sent) -> None:
        """The timeline shows what the customer was told."""
        thread, text = thread_of(effect), notice(thread_of(effect))
        Message.objects.create(
            thread=thread,
            ticket=thread.ticket,
            kind=Message.Kind.AUTOMATIC,
            by=Message.Author.BOT,
            public=True,
            at=clock.now(),
            sent_at=clock.now(),
            text=text,
            shown=text,
            slack_ts=sent.external_id,
            slack_channel=thread.channel.slack_id,
        )

    def preview(self, effect: Effect) -> str:
        return notice(thread_of(effect))


class SlackNudge(Sender):
    """A word to a colleague or to a channel of ours; `args`: text, and user (a key) or channel (Slack's id)."""

    destination = "slack"
    protocol = "probe"

    def send(self, effect: Effect) -> Sent:
        return Sent(slack.post(nudged(effect), outgoing(str(effect.args["text"])), effect_key=effect.key))

    def probe(self, effect: Effect) -> Sent | None:
        return found((nudged(effect), None), effect)

    def preview(self, effect: Effect) -> str:
        return str(effect.args["text"])


def nudged(effect: Effect) -> str:
    """The conversation a nudge goes to. Raises Rejected for a colleague whose id in Slack nobody has entered."""
    if channel := effect.args.get("channel"):
        return str(channel)
    person = User.objects.active().filter(pk=effect.args.get("user")).first()
    if person is None or not person.slack_id:
        raise Rejected("no_slack_id")
    return slack.open_dm(person.slack_id)


def answer_of(effect: Effect) -> Message:
    """The message to send. Raises Rejected when it is gone."""
    asked = Message.objects.select_related("thread__channel", "ticket", "author")
    message = asked.filter(pk=effect.args["message"]).first()
    if message is None:
        raise Rejected("message_gone")
    return message


def refuse_internal(message: Message) -> None:
    """Nothing leaves that was not written for the customer, whoever emitted it (brimir #412)."""
    if not message.public or message.kind == Message.Kind.NOTE or message.by != Message.Author.COLLEAGUE:
        raise Rejected("not_for_the_customer")
    if message.ticket and not message.ticket.requester_id and foreign_issues(message.text, message.ticket.account_id):
        raise Rejected("others_issue")  # it has come to be another customer's ticket since it was written


def place_of(message: Message) -> tuple[str, str]:
    """Channel and thread of an answer. Raises Rejected for one without a thread: we never speak beside it (INT-15)."""
    if message.thread is None or not message.thread.thread_ts:
        raise Rejected("thread_required")
    return message.thread.channel.slack_id, message.thread.thread_ts


def thread_of(effect: Effect) -> Thread:
    found_ = Thread.objects.select_related("channel", "ticket").filter(pk=effect.args["thread"]).first()
    if found_ is None:
        raise Rejected("thread_gone")
    return found_


def ticket_of(thread: Thread) -> Ticket:
    if thread.ticket is None:
        raise Rejected("no_ticket")
    return thread.ticket


def found(place: tuple[str, str | None], effect: Effect) -> Sent | None:
    ts = slack.find(*place, effect.key, effect.created_at)
    return Sent(ts) if ts else None


def zapier_answers(thread: Thread) -> bool:
    """Whether Zapier's flow is the one that answers after hours, or has answered here: the two never both do."""
    if not settings.ZAPIER:
        return False
    acts = Automation.objects.position("zapier_after_hours") == Automation.Position.ACT
    return acts or Event.objects.of(thread).filter(verb="answered_by_zapier").exists()


# --- the notice ------------------------------------------------------------------------------------------------------
def notice(thread: Thread, username: str = "") -> str:
    """The text with the hours that were in force when the customer wrote. Raises Rejected."""
    asker = thread.asker()
    at = asker.at if asker else clock.now()
    hours = OpeningHours.objects.calendar(at)
    values = {
        "username": username or (asker.who if asker else "there"),
        "opens": hours.opens_text,
        "closes": hours.closes_text,
        "zone": hours.zone_text,
        "hours": hours.text(),
    }
    return filled("after_hours_notice", values)[1]


def outgoing_notice(thread: Thread) -> str:
    """The text as Slack takes it: all of it made harmless but the mention of the one who asked."""
    asker = thread.asker()
    mention = f"<@{asker.author_address}>" if asker and asker.author_address else "there"
    text = outgoing(notice(thread, ASKER))
    return text.replace(f"@{ASKER}", mention).replace(ASKER, mention)


def with_buttons(text: str, ticket: Ticket) -> list[dict[str, Any]]:
    """The notice as blocks, with one button for each priority that may wake somebody (AHR-08)."""
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text[:SECTION]}}
    buttons = [button("P0", "Emergency (P0)", ticket), button("P1", "High impact (P1)", ticket)]
    return [section, {"type": "actions", "elements": buttons}]


def button(priority: str, label: str, ticket: Ticket) -> dict[str, Any]:
    face = {"type": "plain_text", "text": label}
    act = {"action_id": f"escalate_{priority.lower()}", "value": str(ticket.pk)}
    return {"type": "button", "text": face, **act, **({"style": "danger"} if priority == "P0" else {})}
