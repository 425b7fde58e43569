"""An Unthread conversation and its Slack thread are one ticket, whichever comes first; one message makes one ticket."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import connection

from fleetcs.models import Automation, Delivery, Effect, Event
from support import tasks
from support.models import Clock, Message, Thread, Ticket, TicketImport
from support.senders.mail import ids_before
from tests import intake
from tests.conftest import Clock as TestClock
from tests.factories import make_account, make_channel, make_contact, make_ticket, make_user
from tests.support.desks import SECRET, conversation, hook, imported, only_ticket, order, outcome, said, told

pytestmark = pytest.mark.django_db

EVENTS = "/unthread/events"
INSIDE, OUTSIDE = "2026-01-12T10:00:00-08:00", "2026-01-16T18:30:00-08:00"


@pytest.fixture(autouse=True)
def _secret(settings: Any, clock: TestClock) -> None:
    settings.UNTHREAD_SIGNING_SECRETS = [SECRET]
    clock("2026-01-12T12:00:00-08:00")


@pytest.fixture
def channel() -> Any:
    account = make_account("premium", domain="brook.example")
    make_contact(account, slack_id="U0ADA", email="ada@brook.example")
    return make_channel(account, slack_id="C0ROCKET01", after_hours=True)


def in_thread(*messages: dict[str, Any], at: str = INSIDE, **fields: Any) -> dict[str, Any]:
    """A conversation of the thread that began at a moment."""
    return conversation("conv-1", *messages, slack_channel="C0ROCKET01", slack_thread_ts=intake.ts(at), **fields)


def in_slack(text: str, at: str, by: str = "customer", **fields: Any) -> dict[str, Any]:
    person = {"customer": "U0ADA", "colleague": "U0TESS", "bot": "B0UNTHREAD"}[by]
    return said(text, at, by, slack_ts=intake.ts(at), slack_id=person, **fields)


ASKED = in_slack("It is down.", INSIDE)
ANSWERED = in_slack("We look into it.", "2026-01-12T10:20:00-08:00", "colleague")


def slack_asked(channel: Any) -> None:
    intake.slack(channel.slack_id, "U0ADA", "It is down.", intake.ts(INSIDE))


def flag(channel: Any) -> None:
    Thread.objects.flag(
        f"https://x.slack.com/archives/{channel.slack_id}/p{intake.ts(INSIDE).replace('.', '')}", by=make_user()
    )


@pytest.mark.ledger("INT-04", "SYS-06")
@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_one_thread_is_one_ticket_in_whatever_order_it_is_heard_of(channel: Any, order: tuple[int, ...]) -> None:
    ways = (
        lambda: slack_asked(channel),
        lambda: told(EVENTS, in_thread(ASKED)),
        lambda: flag(channel),
        lambda: imported("unthread", in_thread(ASKED)),
    )
    for way in order:
        ways[way]()
    one = only_ticket()
    assert [message.text for message in one.messages.all()] == ["It is down."]
    assert one.thread.thread_ts == intake.ts(INSIDE)
    assert one.received_at == intake.utc(INSIDE) + timedelta(microseconds=100)
    assert (one.external_system, one.external_id) == ("unthread", "conv-1")
    assert list(Clock.objects.running().values_list("kind", flat=True).order_by("kind")) == ["acknowledge", "response"]


@pytest.mark.ledger("SLA-19", "SYS-06")
@pytest.mark.parametrize("slack_first", [True, False])
def test_a_colleagues_reply_over_there_stops_the_clock_here(channel: Any, slack_first: bool) -> None:
    colleague = make_user(slack_id="U0TESS")
    if slack_first:
        slack_asked(channel)
    told(EVENTS, in_thread(ASKED))
    assert only_ticket().turn == "first"
    told(EVENTS, in_thread(ASKED, ANSWERED))
    one = only_ticket()
    assert one.first_response_at == intake.utc("2026-01-12T10:20:00-08:00") + timedelta(microseconds=100)
    assert (one.turn, one.assignee) == ("customer", colleague)
    assert not Clock.objects.running().exists()


@pytest.mark.ledger("SYS-06")
def test_a_machines_reply_over_there_stops_nothing(channel: Any) -> None:
    robot = said("We got your message.", "2026-01-12T10:00:09-08:00", "bot")
    told(EVENTS, in_thread(ASKED, robot))
    one = only_ticket()
    assert (one.turn, one.first_response_at) == ("first", None)
    assert one.messages.filter(by="bot").count() == 1


@pytest.mark.ledger("SYS-06")
@pytest.mark.parametrize("slack_first", [True, False])
def test_what_a_colleague_types_over_there_comes_into_slack_by_a_machine_and_counts(
    channel: Any, slack_first: bool
) -> None:
    colleague = make_user(slack_id="U0TESS")
    slack_asked(channel)
    at = "2026-01-12T10:20:00-08:00"

    def by_slack() -> None:
        intake.slack(
            channel.slack_id, "", "We look into it.", intake.ts(at), thread=intake.ts(INSIDE), bot_id="B0UNTHREAD"
        )

    if slack_first:
        by_slack()
    told(EVENTS, in_thread(ASKED, ANSWERED))
    if not slack_first:
        by_slack()
    one = only_ticket()
    answer = one.messages.get(text="We look into it.")
    assert (answer.by, answer.author, one.turn) == ("colleague", colleague, "customer")


@pytest.mark.ledger("SYS-06", "AHR-08")
@pytest.mark.parametrize("slack_first", [True, False])
def test_after_hours_there_is_one_notice_whoever_tells_first(channel: Any, slack_first: bool, clock: TestClock) -> None:
    clock("2026-01-16T18:31:00-08:00")
    Automation.objects.filter(pk="after_hours_notice").update(position="act")
    asked = in_slack("It is down.", OUTSIDE)

    def by_slack() -> None:
        intake.slack(channel.slack_id, "U0ADA", "It is down.", intake.ts(OUTSIDE))

    if slack_first:
        by_slack()
    told(EVENTS, in_thread(asked, at=OUTSIDE))
    by_slack()
    one = only_ticket()
    assert (one.source, Effect.objects.filter(kind="slack.notice").count()) == ("slack_after_hours", 1)
    assert one.thread.asker() == one.messages.get()


@pytest.mark.ledger("SYS-06", "INT-11")
def test_a_contact_form_of_unthread_becomes_a_ticket_without_a_reply_box() -> None:
    told(EVENTS, conversation("form-1", kind="contact_form"))
    one = only_ticket()
    assert (one.source, one.kind, one.sender) == ("contact_form", "contact_form", "ada@brook.example")
    assert not one.can_be_replied_to


@pytest.mark.ledger("SYS-06")
def test_the_same_conversation_told_again_changes_nothing(channel: Any) -> None:
    for number in range(3):
        delivery = told(EVENTS, in_thread(ASKED, ANSWERED), Idempotency_Key=str(number))
    assert delivery.state == "done"
    assert "nothing new" in delivery.note
    assert Message.objects.count() == 2


def test_a_delivery_that_comes_twice_is_one() -> None:
    for _ in range(3):
        told(EVENTS, conversation(), **{"Idempotency-Key": "same"})
    assert Delivery.objects.count() == 1


def test_a_delivery_can_be_replayed(channel: Any) -> None:
    delivery = told(EVENTS, in_thread(ASKED))
    delivery.replay(by=make_user())
    assert intake.inbox.take_now(delivery).state == "done"
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "code"), [({"id": "c", "messages": "all"}, "messages is no list of objects"), ({}, "id is missing")]
)
def test_what_is_no_conversation_is_kept_and_shown_as_unreadable(body: Any, code: str) -> None:
    delivery = told(EVENTS, body)
    assert (delivery.state, delivery.error_code) == ("bad", code)
    assert not Ticket.objects.exists()


def test_the_door_is_shut_without_a_secret(settings: Any) -> None:
    settings.UNTHREAD_SIGNING_SECRETS = []
    assert hook(EVENTS, conversation()).status_code == 401
    assert not Delivery.objects.exists()


def test_our_own_answer_that_comes_back_by_unthread_is_no_second_message(channel: Any, standins: Any) -> None:
    one = make_ticket(channel.account, channel=channel)
    Thread.objects.create(channel=channel, team="T1", thread_ts=intake.ts(INSIDE), last_at=one.received_at, ticket=one)
    one.refresh_from_db()
    answer = one.answer("Solved.", by=make_user())
    posted = intake.ts("2026-01-12T11:00:00-08:00")
    told(EVENTS, in_thread(in_slack("Solved.", "2026-01-12T11:00:00-08:00", "bot")))
    answer.note_sent(one.received_at, slack_ts=posted, slack_channel=channel.slack_id)
    assert Message.objects.filter(text="Solved.").count() == 1


@pytest.mark.ledger("SYS-06", "INT-11")
@pytest.mark.parametrize("form_first", [True, False])
def test_a_contact_form_that_comes_both_ways_is_one_ticket(form_first: bool) -> None:
    asked = said("Do you run on boats?", "2026-01-12T11:59:00-08:00", id="1", email="ada@brook.example")
    form = conversation("form-1", asked, kind="contact_form")

    def by_the_site() -> None:
        intake.form(name="Ada", email="Ada@brook.example", message="Do you run on boats?")

    if form_first:
        by_the_site()
    told(EVENTS, form)
    if not form_first:
        by_the_site()
    one = only_ticket()
    assert (one.external_id, one.messages.count()) == ("form-1", 1)


def test_two_forms_with_the_same_words_on_two_days_are_two_tickets(clock: TestClock) -> None:
    asked = said("Hello?", "2026-01-12T11:59:00-08:00", id="1", email="ada@brook.example")
    told(EVENTS, conversation("form-1", asked, kind="contact_form"))
    clock("2026-01-13T12:00:00-08:00")
    intake.form(name="Ada", email="ada@brook.example", message="Hello?")
    assert Ticket.objects.count() == 2


@pytest.mark.ledger("SYS-06")
def test_a_conversation_closed_over_there_is_told_of_once_and_stays_open_here(channel: Any) -> None:
    told(EVENTS, in_thread(ASKED))
    done = in_thread(ASKED, status="closed", closed_at="2026-01-12T11:00:00-08:00")
    for number in range(2):
        told(EVENTS, done, **{"Idempotency-Key": str(number)})
    one = only_ticket()
    assert (one.resolved_at, one.turn) == (None, "first")
    assert Event.objects.of(one).filter(verb="closed_outside").count() == 1


@pytest.mark.ledger("SYS-06", "AHR-08")
def test_what_was_settled_over_there_before_it_is_told_of_gets_no_notice_and_no_clock(
    channel: Any, clock: TestClock
) -> None:
    clock("2026-01-16T19:00:00-08:00")
    Automation.objects.filter(pk="after_hours_notice").update(position="act")
    asked, answered = in_slack("It is down.", OUTSIDE), in_slack("It is up.", "2026-01-16T18:40:00-08:00", "colleague")
    told(EVENTS, in_thread(asked, answered, at=OUTSIDE, status="closed", closed_at="2026-01-16T18:50:00-08:00"))
    one = only_ticket()
    assert (one.source, one.resolved_at) == ("outside", intake.utc("2026-01-16T18:50:00-08:00"))
    assert [message.text for message in one.messages.order_by("at")] == ["It is down.", "It is up."]
    assert not Effect.objects.exists()
    assert not Clock.objects.running().exists()


@pytest.mark.ledger("INT-04", "SYS-06")
def test_a_conversation_that_is_known_takes_its_thread_over_with_what_waits_there(channel: Any) -> None:
    imported("unthread", conversation("conv-1", said("Hello?", "2026-01-12T10:30:00-08:00", id="1")))
    slack_asked(channel)
    told(EVENTS, in_thread(ASKED))
    one = only_ticket()
    assert (one.thread.thread_ts, one.channel) == (intake.ts(INSIDE), channel)
    asked = one.messages.get(text="It is down.").at
    running = Clock.objects.running().order_by("kind")
    assert [(each.kind, each.ticket, each.started_at) for each in running] == [
        ("acknowledge", one, asked),
        ("response", one, asked),
    ]
    intake.slack(channel.slack_id, "U0ADA", "Still.", intake.ts("2026-01-12T11:00:00-08:00"), thread=intake.ts(INSIDE))
    assert only_ticket().messages.count() == 3


@pytest.mark.ledger("INT-04", "SYS-06", "AHR-03")
def test_a_conversation_that_is_known_makes_no_second_ticket_of_its_thread_after_hours(
    channel: Any, clock: TestClock
) -> None:
    clock("2026-01-16T18:31:00-08:00")
    written = said("Hello?", "2026-01-16T18:20:00-08:00", id="1")
    imported("unthread", conversation("conv-1", written))
    told(EVENTS, in_thread({**written, "slack_ts": ""}, in_slack("It is down.", OUTSIDE), at=OUTSIDE))
    one = only_ticket()
    assert [message.text for message in one.messages.order_by("at")] == ["Hello?", "It is down."]
    assert one.thread.thread_ts == intake.ts(OUTSIDE)
    assert not Effect.objects.filter(kind="slack.notice").exists()


def test_an_answer_by_mail_names_only_mails_as_what_it_answers(clock: TestClock) -> None:
    told(EVENTS, conversation("c", said("Hello?", INSIDE, id="1", message_id="m1@brook.example")))
    imported("unthread", conversation("c", said("And?", "2026-01-12T10:05:00-08:00", id="2")))
    one = only_ticket()
    answer = one.answer("Here we are.", by=make_user())
    assert ids_before(answer) == ["<m1@brook.example>"]


@pytest.mark.ledger("SYS-06", "INT-04")
@pytest.mark.usefixtures("patience")
@pytest.mark.django_db(transaction=True)
def test_told_by_everybody_at_once_it_is_one_ticket(channel: Any) -> None:
    event = intake.event(channel.slack_id, "U0ADA", "It is down.", intake.ts(INSIDE))
    raw = json.dumps(in_thread(ASKED)).encode()
    deliveries = [intake.inbox.receive("unthread", f"id-{number}", raw, {})[0] for number in range(6)]
    deliveries += [intake.stored(event | {"event_id": f"Ev-{number}"}) for number in range(3)]
    jobs = [order("unthread", in_thread(ASKED)) for _ in range(3)]

    def work(one: Any) -> None:
        try:
            one.step() if isinstance(one, TicketImport) else intake.inbox.take_now(one)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, [*deliveries, *jobs]))
    while intake.inbox.take() + tasks.import_tickets():
        continue
    one = only_ticket()
    assert (Message.objects.count(), one.elsewhere.count(), Clock.objects.running().count()) == (1, 1, 2)
    assert {row for job in jobs for row in outcome(job)} <= {"made", "joined", "same"}
