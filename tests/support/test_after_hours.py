"""The after-hours flow: three tests, one ticket, one notice, and an emergency that only the sender can declare."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from accounts.models import Channel
from fleetcs import effects, inbox
from fleetcs.models import Automation, Effect, Event, MessageText, OpeningHours, User
from support import after_hours
from support.models import Message, Thread, Ticket, merge
from support.senders.slack import notice, outgoing_notice, with_buttons
from tests import intake
from tests.conftest import Clock
from tests.factories import make_account, make_channel, make_ticket, make_user
from tests.intake import ts
from tests.sending import send_all
from tests.standins import StandIns

pytestmark = pytest.mark.django_db

EVENING = "2026-02-03T18:30:00-08:00"
MORNING = "2026-02-03T10:00:00-08:00"
SEED = (
    "Hi @{username}, it's currently outside our support hours. ({opens} - {closes} {zone}). "
    "We've created a support ticket based on your message."
)


@pytest.fixture(autouse=True)
def _texts(clock: Clock) -> None:
    clock("2026-02-03T19:00:00-08:00")
    for code, body in (("after_hours_notice", SEED), ("emergency_text", "{account} ({tier}): {link}")):
        MessageText.objects.update_or_create(code=code, defaults={"name": code, "use": "automation", "body": body})


@pytest.fixture
def channel() -> Channel:
    return make_channel(make_account("ultimate", name="Brook"), after_hours=True, slack_id="C0BROOK")


def act() -> None:
    for automation in Automation.objects.exclude(code__startswith="zapier"):  # else Zapier answers in our place
        automation.switch("act", by=None)


def said(channel: Channel, text: str = "All is down!", at: str = EVENING, **fields: Any) -> inbox.Delivery:
    return intake.slack(channel.slack_id, fields.pop("user", "U0ADA"), text, ts(at), **fields)


def notices() -> list[Effect]:
    return list(Effect.objects.filter(kind="slack.notice"))


def verdicts() -> list[str]:
    return [event.facts["stopped_by"] for event in Event.objects.filter(verb="after_hours_checked").order_by("pk")]


# --- the three tests -------------------------------------------------------------------------------------------------
@pytest.mark.ledger("AHR-01")
@pytest.mark.parametrize(
    ("colleague", "outside", "covered", "stopped"),
    [
        (False, True, True, ""),
        (False, True, False, "channel"),
        (False, False, True, "hours"),
        (False, False, False, "hours"),
        (True, True, True, "author"),
        (True, True, False, "author"),
        (True, False, True, "author"),
        (True, False, False, "author"),
    ],
)
def test_only_the_all_true_row_acts_and_the_log_says_which_test_stopped_the_others(
    colleague: bool, outside: bool, covered: bool, stopped: str
) -> None:
    assert after_hours.stopped_by(colleague=colleague, outside=outside, covered=covered) == stopped
    channel = make_channel(make_account(), after_hours=covered)
    make_user(slack_id="U0BO")
    delivery = said(channel, at=EVENING if outside else MORNING, user="U0BO" if colleague else "U0ADA")
    assert Ticket.objects.exists() is (stopped == "")
    assert bool(notices()) is (stopped == "")
    assert verdicts() == ([] if colleague else [stopped])
    assert not colleague or delivery.error_code == "stopped by author: a colleague"


@pytest.mark.ledger("AHR-01")
@pytest.mark.parametrize(
    ("sent", "acts"),
    [
        ("2026-02-03T15:59:59-08:00", False),
        ("2026-02-03T16:00:00-08:00", True),
        ("2026-02-04T06:59:59-08:00", True),
        ("2026-02-04T07:00:00-08:00", False),
        ("2026-02-16T10:00:00-08:00", True),
    ],
    ids=["just before closing", "at closing", "just before opening", "at opening", "on a holiday"],
)
def test_the_messages_own_moment_decides_however_late_it_is_handled(
    clock: Clock, channel: Channel, sent: str, acts: bool
) -> None:
    clock(intake.utc(sent))
    clock.forward(seconds=6)
    said(channel, at=sent)
    assert Ticket.objects.exists() is acts
    assert Thread.objects.unanswered().exists() is not acts


@pytest.mark.ledger("AHR-01", "SLA-18")
def test_outside_hours_in_a_channel_that_is_not_covered_it_waits_four_hours() -> None:
    said(make_channel(make_account()))
    running = Thread.objects.unanswered().get().clocks.get()
    assert running.due_at == intake.utc("2026-02-03T22:30:00.000100-08:00")
    assert not notices()


@pytest.mark.ledger("AHR-02")
def test_a_fresh_channel_gets_no_answer_until_it_is_approved() -> None:
    channel = make_channel(make_account(), slack_id="C0FRESH")
    said(channel)
    assert not notices()
    channel.request_after_hours(by=make_user("csm"))
    said(channel, at="2026-02-03T18:40:00-08:00")
    assert not notices()
    channel.approve_after_hours(by=make_user("zapier_administrator"))
    said(channel, at="2026-02-03T18:50:00-08:00")
    assert len(notices()) == 1


# --- one ticket, one notice ------------------------------------------------------------------------------------------
@pytest.mark.ledger("AHR-03", "AHR-05", "AHR-06", "AHR-10", "INT-01")
def test_two_messages_in_a_thread_make_one_ticket_one_comment_and_one_notice(channel: Channel) -> None:
    said(channel, "All is down!")
    said(channel, "Still down", "2026-02-03T18:35:00-08:00", thread=ts(EVENING))
    ticket = Ticket.objects.get()
    assert list(ticket.messages.order_by("at").values_list("text", flat=True)) == ["All is down!", "Still down"]
    assert (ticket.source, ticket.account, ticket.tier) == ("slack_after_hours", channel.account, "ultimate")
    assert ticket.received_at == intake.utc("2026-02-03T18:30:00.000100-08:00")
    assert len(notices()) == 1
    assert not Effect.objects.filter(kind="sms.escalation").exists()
    assert ticket.thread.permalink.endswith(f"/archives/{channel.slack_id}/p{ts(EVENING).replace('.', '')}")


@pytest.mark.ledger("AHR-06")
def test_a_ticket_from_a_reply_in_an_older_thread_holds_only_that_reply(channel: Channel) -> None:
    said(channel, "It is back", thread=ts(MORNING))
    ticket = Ticket.objects.get()
    assert [message.text for message in ticket.messages.all()] == ["It is back"]
    assert ticket.thread.thread_ts == ts(MORNING)
    assert not Effect.objects.filter(kind="slack.history").exists()


@pytest.mark.ledger("AHR-07")
def test_files_are_noted_and_a_file_alone_is_listed_for_review(channel: Channel) -> None:
    files = [{"id": "F1", "name": "screen.png"}]
    said(channel, "See this", subtype="file_share", files=files)
    assert Ticket.objects.get().messages.get().files_left == 1
    said(channel, "", "2026-02-03T18:40:00-08:00", subtype="file_share", files=files)
    assert Ticket.objects.count() == 1
    assert Thread.objects.unanswered().get().messages.get().files_left == 1
    assert len(notices()) == 1


@pytest.mark.ledger("AHR-12")
def test_the_morning_finds_what_came_overnight(clock: Clock, channel: Channel) -> None:
    said(channel)
    clock("2026-02-04T07:00:00-08:00")
    closing = OpeningHours.objects.calendar().closing_before(intake.utc("2026-02-04T07:00:00-08:00"))
    assert closing
    assert list(Ticket.objects.overnight(closing)) == [Ticket.objects.get()]


@pytest.mark.ledger("AHR-03", "SYS-03")
@pytest.mark.usefixtures("patience")
@pytest.mark.django_db(transaction=True)
def test_five_deliveries_at_once_make_one_ticket(channel: Channel) -> None:
    event = intake.event(channel.slack_id, "U0ADA", "All is down!", ts(EVENING))
    deliveries = [intake.stored(event | {"event_id": f"Ev{n}"}) for n in range(5)]
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(handled, deliveries))
    while inbox.take():
        pass
    assert Ticket.objects.count() == Message.objects.count() == len(notices()) == 1
    assert sorted(inbox.Delivery.objects.values_list("state", flat=True)) == ["done", *["ignored"] * 4]


@pytest.mark.ledger("AHR-03")
@pytest.mark.usefixtures("patience")
@pytest.mark.django_db(transaction=True)
def test_five_messages_of_one_thread_at_once_make_one_ticket(channel: Channel) -> None:
    events = [
        intake.event(channel.slack_id, "U0ADA", f"message {n}", ts(EVENING, 200 + n), thread=ts(EVENING))
        for n in range(5)
    ]
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(handled, [intake.stored(event) for event in events]))
    while inbox.take():
        pass
    assert (Ticket.objects.count(), Message.objects.count(), len(notices())) == (1, 5, 1)


def handled(delivery: inbox.Delivery) -> None:
    try:
        inbox.take_now(delivery)
    finally:
        connection.close()


# --- the text --------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("TPL-05", "AHR-04", "AHR-08")
@pytest.mark.parametrize(("opens", "words"), [("07:00", "(7am - 4pm PT)"), ("06:00", "(6am - 4pm PT)")])
def test_the_notice_names_the_hours_of_the_setting_and_offers_both_priorities(
    channel: Channel, opens: str, words: str
) -> None:
    week = {day: [[opens, "16:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    OpeningHours.objects.update(week=week)
    said(channel)
    thread = Thread.objects.get()
    text = outgoing_notice(thread)
    assert text == SEED.replace("@{username}", "<@U0ADA>").replace("({opens} - {closes} {zone})", words)
    section, actions = with_buttons(text, Ticket.objects.get())
    assert section["text"]["text"] == text
    assert [(each["action_id"], each["value"]) for each in actions["elements"]] == [
        ("escalate_p0", str(Ticket.objects.get().pk)),
        ("escalate_p1", str(Ticket.objects.get().pk)),
    ]


@pytest.mark.ledger("AHR-10")
def test_an_automation_that_is_only_watched_says_what_it_would_say(channel: Channel) -> None:
    said(channel)
    [effect] = notices()
    assert (effect.state, effect.preview) == ("watched", notice(Thread.objects.get()))
    assert Ticket.objects.count() == 1


@pytest.mark.ledger("AHR-04", "AHR-08", "AHR-10", "SYS-03")
@pytest.mark.django_db(transaction=True)
def test_the_notice_stands_once_in_the_thread(channel: Channel, standins: StandIns) -> None:
    act()
    standins.turn("slack", p_lost=1, times=1, only="chat.postMessage")
    said(channel)
    said(channel, "Still down", "2026-02-03T18:35:00-08:00", thread=ts(EVENING))
    send_all()
    [posted] = standins.messages(channel.slack_id)
    assert posted["thread_ts"] == ts(EVENING)
    assert posted["text"].startswith("Hi <@U0ADA>, it's currently outside our support hours. (7am - 4pm PT).")
    ticket = Ticket.objects.get()
    told = ticket.messages.get(by="bot")
    assert (told.public, told.slack_ts) == (True, posted["ts"])
    assert ticket.first_response_at is None
    assert ticket.next_due_at


@pytest.mark.ledger("AHR-11")
@pytest.mark.django_db(transaction=True)
def test_a_colleague_whom_slack_had_to_be_asked_about_gets_no_notice(channel: Channel, standins: StandIns) -> None:
    act()
    make_user(email="u0new@people.example")
    said(channel, user="U0NEW")
    assert len(notices()) == 1
    send_all()
    assert standins.messages(channel.slack_id) == []
    assert notices()[0].state == "cancelled"
    assert Ticket.objects.get().next_due_at is None


# --- the emergency ---------------------------------------------------------------------------------------------------
@pytest.fixture
def vp() -> User:
    return make_user("vp_cs", name="Vera", phone="+1 555 010 0199")


def texts() -> list[Effect]:
    return list(Effect.objects.filter(kind="sms.escalation"))


@pytest.mark.ledger("AHR-09")
def test_a_click_of_somebody_else_does_nothing_and_is_logged(channel: Channel, vp: User) -> None:
    said(channel)
    ticket = Ticket.objects.get()
    said(channel, "me too", "2026-02-03T18:40:00-08:00", thread=ts(EVENING), user="U0EVE")
    delivery = intake.click(ticket.pk, "U0EVE", channel.slack_id)
    ticket.refresh_from_db()
    assert (ticket.priority, ticket.confirmed_at, texts()) == ("P2", None, [])
    assert delivery.note == f"ticket {ticket.pk}: pressed by somebody else"
    assert Event.objects.of(ticket).get(verb="escalation_refused").facts == {"who": "U0EVE", "priority": "P0"}


@pytest.mark.ledger("AHR-09", "AHR-10")
@pytest.mark.django_db(transaction=True)
def test_a_click_of_the_sender_raises_the_ticket_and_texts_the_vp_once(
    channel: Channel, vp: User, standins: StandIns
) -> None:
    act()
    said(channel)
    ticket = Ticket.objects.get()
    for action in ("escalate_p1", "escalate_p0", "escalate_p1"):
        intake.click(ticket.pk, "U0ADA", channel.slack_id, action)
    ticket.refresh_from_db()
    assert (ticket.priority, ticket.confirmed_by) == ("P0", None)
    assert ticket.due_at == intake.utc("2026-02-03T20:30:00.000100-08:00")
    assert ticket.follow_ups.get().kind == "emergency"
    send_all()
    [text] = standins.texts()
    assert text["to"] == "+15550100199"
    assert text["body"].startswith("Brook (Ultimate): http")
    assert text["body"].endswith(f"/{ticket.pk}") or str(ticket.pk) in text["body"]


@pytest.mark.ledger("AHR-09")
@pytest.mark.django_db(transaction=True)
def test_without_a_number_the_text_waits_in_sight_and_goes_out_when_it_is_entered(
    channel: Channel, standins: StandIns
) -> None:
    act()
    holder = make_user("vp_cs")
    said(channel)
    intake.click(Ticket.objects.get().pk, "U0ADA", channel.slack_id)
    for _ in range(4):
        Effect.objects.open().update(next_at=intake.utc("2020-01-01T00:00:00Z"))
        effects.send_page()
    [effect] = texts()
    assert (effect.error_code, list(Effect.objects.struggling())) == ("no_phone", [effect])
    User.objects.filter(pk=holder.pk).update(phone="+15550100199")
    send_all()
    assert len(standins.texts()) == 1


@pytest.mark.parametrize("value", ["", "x", "9" * 30, "-1", "1.5", "٣"])
def test_a_button_with_a_strange_value_does_nothing(channel: Channel, value: str) -> None:
    said(channel)
    assert intake.click(value, "U0ADA", channel.slack_id).state == "ignored"  # type: ignore[arg-type]


def test_a_button_reaches_no_ticket_of_another_channel(channel: Channel, vp: User) -> None:
    said(channel)
    other = make_ticket(make_account())
    assert intake.click(other.pk, "U0ADA", channel.slack_id).error_code == "no ticket of that channel"
    assert intake.click(Ticket.objects.get(thread__channel=channel).pk, "U0ADA", "C0OTHER").state == "ignored"
    assert texts() == []


@pytest.mark.ledger("AHR-09", "AHR-01")
def test_whoever_set_off_the_notice_may_escalate_though_somebody_else_asked_in_the_thread_before(
    channel: Channel, vp: User
) -> None:
    said(channel, "Is it slow for you?", "2026-02-03T15:50:00-08:00", user="U0EVE")
    said(channel, thread=ts("2026-02-03T15:50:00-08:00"))
    thread, ticket = Thread.objects.get(), Ticket.objects.get()
    assert ticket.received_at == intake.utc("2026-02-03T15:50:00.000100-08:00")
    assert outgoing_notice(thread).startswith("Hi <@U0ADA>")
    assert intake.click(ticket.pk, "U0EVE", channel.slack_id).note.endswith("pressed by somebody else")
    assert intake.click(ticket.pk, "U0ADA", channel.slack_id).note == f"ticket {ticket.pk} escalated to P0"


@pytest.mark.ledger("AHR-09")
def test_the_senders_click_counts_when_the_ticket_was_merged_into_a_later_one(channel: Channel, vp: User) -> None:
    said(channel)
    lost = Ticket.objects.get()
    kept = make_ticket(channel.account, received_at=intake.utc("2026-02-03T18:50:00-08:00"))
    merge(lost, kept, by=vp)
    assert intake.click(lost.pk, "U0ADA", channel.slack_id).note == f"ticket {kept.pk} escalated to P0"


@pytest.mark.ledger("AHR-09")
def test_an_emergency_of_the_next_cycle_is_a_task_again(channel: Channel, vp: User) -> None:
    said(channel)
    ticket = Ticket.objects.get()
    intake.click(ticket.pk, "U0ADA", channel.slack_id)
    ticket.follow_ups.get().finish(because="They were called back.", by=vp)
    ticket.resolve(by=vp, outcome="faq_updated")
    intake.click(ticket.pk, "U0ADA", channel.slack_id)
    assert ticket.follow_ups.get(done_at=None).kind == "emergency"
    assert len(texts()) == 2


@pytest.mark.ledger("AHR-09")
def test_a_press_that_is_handled_once_more_begins_no_other_emergency(channel: Channel, vp: User) -> None:
    said(channel)
    ticket = Ticket.objects.get()
    delivery = intake.click(ticket.pk, "U0ADA", channel.slack_id)
    ticket.resolve(by=vp, outcome="faq_updated")
    delivery.replay(by=vp)
    assert inbox.take_now(delivery).note == f"ticket {ticket.pk}: escalated already"
    ticket.refresh_from_db()
    assert ticket.resolved_at
    assert len(texts()) == 1
