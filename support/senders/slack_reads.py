"""What we ask Slack, outside any transaction, and write down in the one that settles it. Asking twice is harmless."""

from collections.abc import Callable

from django.conf import settings
from django.db import transaction

from fleetcs.clients import slack
from fleetcs.clients.http import Rejected
from fleetcs.effects import Sender, Sent
from fleetcs.models import Effect
from support.models import Thread
from support.models.stranger import introduce
from support.models.thread import Said
from support.models.writer import Writer
from support.senders.slack import thread_of
from support.slack_text import IGNORED, moment, readable


class SlackHistory(Sender):
    """Everything that stands in a thread a colleague has flagged (INT-03); `args`: thread."""

    destination = "slack"
    protocol = "natural"

    def send(self, effect: Effect) -> Sent:
        thread = thread_of(effect)
        return Sent(facts={"messages": slack.replies(thread.channel.slack_id, thread.thread_ts)})

    def settle(self, effect: Effect, sent: Sent) -> None:
        told: list[slack.SlackMessage] = sent.facts.get("messages", [])
        thread_of(effect).bring_in([said(one) for one in told if is_speech(one)])

    def refused(self, effect: Effect, code: str) -> None:
        thread_of(effect).log("history_refused", code=code)


class SlackLookUp(Sender):
    """What events do not tell: the link of a thread, its channel's name, who a stranger is; `args`: thread, person.

    What Slack will not say stays unknown: nothing waits for a person because of it.
    """

    destination = "slack"
    protocol = "natural"

    def send(self, effect: Effect) -> Sent:
        thread, person = thread_of(effect), str(effect.args.get("person") or "")
        channel = thread.channel.slack_id
        facts = {
            "permalink": told(lambda: slack.permalink(channel, thread.thread_ts)),
            "channel": told(lambda: slack.channel_name(channel)) if not thread.channel.name else "",
            "person": told(lambda: slack.person(person)) if person else None,
        }
        return Sent(facts=facts)

    def settle(self, effect: Effect, sent: Sent) -> None:
        thread, facts = thread_of(effect), sent.facts
        if facts.get("permalink"):
            Thread.objects.filter(pk=thread.pk).update(permalink=facts["permalink"][:300])
        if facts.get("channel"):
            thread.channel.name_it(facts["channel"])
        if facts.get("person"):
            name, address = facts["person"]
            introduce(effect.args["person"], name, address, settings.OWN_MAIL_DOMAINS)


def told[Answer](ask: Callable[[], Answer]) -> Answer | None:
    """What Slack answers, None when it refuses. Raises Unavailable."""
    try:
        return ask()
    except Rejected:
        return None


def is_speech(message: slack.SlackMessage) -> bool:
    """Whether somebody said it: not what Slack writes itself, nor what we have sent."""
    return not message.effect_key and message.subtype not in IGNORED and bool(message.text.strip())


@transaction.atomic
def said(message: slack.SlackMessage) -> Said:
    writer = Writer.in_slack(message.user, bot=bool(message.bot_id))
    return Said(message.ts, moment(message.ts), readable(message.text, {}, {}), writer)
