"""What Unthread tells of a conversation, in our own form: one ticket with its Slack thread, whichever comes first (R4).

A message that stands in Slack goes the way of Slack's own events, so that it is heard once, starts what it starts and
is answered after hours as any other; then the conversation is taken over, and finds it there.
"""

from dataclasses import replace

from django.conf import settings
from django.db import transaction

from fleetcs import clock
from fleetcs.inbox import Bad, Ignored
from fleetcs.models import Delivery
from support.desks import unthread
from support.desks.conversation import Conversation, Unreadable, Words, clean
from support.handlers.slack import Post, as_object, said
from support.models import Thread
from support.models.recognising import fresh
from support.models.taking_over import take_over, take_thread
from support.slack_text import plain_event


def unthread_event(delivery: Delivery) -> str:
    """Take over one conversation as it stands now; the note says what became of it. Raises Bad."""
    told = as_object(bytes(delivery.raw))
    try:
        conversation = unthread.conversation(clean(told), clock.now())
    except Unreadable as problem:
        raise Bad(str(problem)[:80]) from None
    conversation = without_machines(conversation)
    hold_thread(conversation)
    take_thread(conversation)
    for one in fresh(conversation):
        hear_in_slack(delivery, conversation, one)
    taken = take_over(conversation, counted=True)
    return f"ticket {taken.ticket.pk}: {taken.how}, {taken.words}"


def without_machines(told: Conversation) -> Conversation:
    """What machines write in Slack is left to Slack to tell: it may be an answer of ours that is on its way."""
    kept = tuple(one for one in told.messages if one.by != "bot" or not one.slack_ts)
    return replace(told, messages=kept)


def hold_thread(told: Conversation) -> None:
    """Threads are locked before tickets, as everybody does."""
    mine = Thread.objects.select_for_update(no_key=True, of=("self",))
    list(mine.filter(thread_ts=told.thread_ts, channel__slack_id=told.channel).order_by("pk").values_list("pk"))


def hear_in_slack(delivery: Delivery, told: Conversation, one: Words) -> None:
    """As if Slack had told it; what Slack has told already, or would not be kept, is left to the conversation, and so
    is what was asked before it was closed over there: that waits for nobody."""
    settled = one.by == "customer" and told.closed_at is not None and one.at <= told.closed_at
    if settled or not (told.channel and one.slack_ts and one.public):
        return
    who = one.person.slack_id
    event = plain_event(
        settings.SLACK_TEAM_ID, told.channel, one.slack_ts, told.thread_ts, who, one.text, files=one.files
    )
    post = Post(delivery, event, own=False, ours=one.by == "colleague")
    try:
        with transaction.atomic():
            said(post)
    except Ignored:
        return
