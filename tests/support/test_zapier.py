"""Zapier's flows: let in by their secret only, stored first, done once, and never beside our own flow."""

from typing import Any

import pytest

from fleetcs import effects, inbox
from fleetcs.models import Automation, Delivery, Effect, MessageText
from support.models import DocQuestion, Message, Thread, Ticket
from tests import intake
from tests.conftest import Clock as TestClock
from tests.factories import make_account, make_channel, make_contact, make_user
from tests.intake import ts
from tests.standins import StandIns
from tests.support.desks import SECRET, handled, send, zap

FRIDAY = "2026-01-16T18:30:00-08:00"
DOORS = ("after-hours", "questions", "sms")
every_door = pytest.mark.parametrize("door", DOORS)


@pytest.fixture(autouse=True)
def _secret(request: pytest.FixtureRequest, settings: Any, clock: TestClock) -> None:
    settings.ZAPIER, settings.ZAPIER_SECRETS = True, [SECRET, "the one before, still good"]
    clock("2026-01-16T18:31:00-08:00")


@pytest.fixture
def channel(db: None) -> Any:
    account = make_account("premium", domain="brook.example")
    make_contact(account, slack_id="U0ADA", email="ada@brook.example")
    return make_channel(account, slack_id="C0ROCKET01", after_hours=True)


def switch(code: str, position: str) -> None:
    Automation.objects.get(pk=code).switch(position, by=None)


def after_hours(**fields: Any) -> Delivery:
    """Zapier's flow has answered a message."""
    told = {"channel": "C0ROCKET01", "ts": ts(FRIDAY), "user": "U0ADA", "text": "It is down."}
    assert zap("after-hours", told | fields).status_code == 200
    return handled("zapier_after_hours")


def by_slack(channel: Any) -> None:
    intake.slack(channel.slack_id, "U0ADA", "It is down.", ts(FRIDAY))


# --- the doors -------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SYS-04")
@pytest.mark.django_db
@every_door
@pytest.mark.parametrize("secret", ["", "wrong", SECRET[:-1], SECRET + "x", "é" * 24])
def test_a_wrong_or_missing_secret_gets_403_and_writes_nothing(door: str, secret: str) -> None:
    header = {"Authorization": f"Bearer {secret}".encode().decode("latin-1")} if secret else {}
    assert zap(door, {"question": "?"}, secret="", **header).status_code == 403
    assert not Delivery.objects.exists()


@pytest.mark.ledger("SYS-04")
@pytest.mark.django_db
@every_door
@pytest.mark.parametrize("header", ["{}", "Basic {}", "bearer", "Bearer", "Bearer  ", "Token {}"])
def test_the_secret_is_a_bearers_or_none(door: str, header: str) -> None:
    assert zap(door, {"a": 1}, secret="", Authorization=header.format(SECRET)).status_code == 403
    assert not Delivery.objects.exists()


@pytest.mark.ledger("SYS-04")
@pytest.mark.django_db
@every_door
def test_the_secret_before_is_good_while_it_is_listed(door: str, settings: Any) -> None:
    before = "the one before, still good"
    assert zap(door, {"a": 1}, secret=before).status_code == 200
    settings.ZAPIER_SECRETS = [SECRET]
    assert zap(door, {"a": 2}, secret=before).status_code == 403
    assert Delivery.objects.count() == 1


@pytest.mark.ledger("SYS-04")
@pytest.mark.django_db
@every_door
@pytest.mark.parametrize("secrets", [[], [""]])
def test_without_a_secret_set_nobody_comes_in(door: str, settings: Any, secrets: list[str]) -> None:
    settings.ZAPIER_SECRETS = secrets
    assert zap(door, {"a": 1}).status_code == 403
    assert zap(door, {"a": 1}, secret="", Authorization="Bearer ").status_code == 403
    assert not Delivery.objects.exists()


@pytest.mark.ledger("SYS-04")
@pytest.mark.django_db
@every_door
def test_what_is_asked_twice_is_stored_once(door: str) -> None:
    for _ in range(3):
        assert zap(door, {"id": "zap-1", "question": "a"}).status_code == 200
    assert zap(door, {"id": "zap-1", "question": "a, told differently"}).status_code == 200
    assert Delivery.objects.count() == 1
    for _ in range(3):
        assert zap(door, {"question": "without an id"}).status_code == 200
    assert Delivery.objects.count() == 2


@pytest.mark.django_db
@every_door
def test_what_is_no_json_is_kept_as_unreadable(door: str) -> None:
    assert zap(door, "no object").status_code == 200
    assert Delivery.objects.get().state == "bad"


@pytest.mark.django_db
@every_door
@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"a": ' * 50_000, b'{"id": 7, "text": {}}']
)
def test_no_body_breaks_a_door_or_its_flow(door: str, raw: bytes) -> None:
    assert send(f"/zapier/{door}", raw, Authorization=f"Bearer {SECRET}").status_code == 200
    inbox.take()
    assert Delivery.objects.get().state == "bad"


@pytest.mark.django_db
@every_door
@pytest.mark.parametrize("value", [None, 7, -1.5, [], {}, True, "\0", "x" * 100_000, "\ud800", "' OR 1=1 --"])
def test_no_value_breaks_a_flow(door: str, value: Any) -> None:
    Automation.objects.update(position="act")
    names = ("id", "channel", "ts", "thread_ts", "user", "text", "post", "priority", "question", "answer", "link")
    for name in names:
        told = {"channel": "C0ROCKET01", "ts": ts(FRIDAY), "text": "a", "question": "b"} | {name: value}
        assert zap(door, told).status_code == 200
    inbox.take()
    assert not Delivery.objects.exclude(state__in=["done", "bad", "ignored"]).exists()


# --- after hours -----------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SYS-04", "AHR-01", "AHR-03")
@pytest.mark.parametrize("slack_first", [True, False])
def test_what_zapier_answers_is_one_ticket_and_gets_no_notice_of_ours(
    channel: Any, slack_first: bool, standins: StandIns
) -> None:
    switch("zapier_after_hours", "act")
    switch("after_hours_notice", "act")
    if slack_first:
        by_slack(channel)
    after_hours()
    by_slack(channel)
    one = Ticket.objects.get()
    assert (one.source, Message.objects.count()) == ("slack_after_hours", 1)
    assert one.thread.asker() == Message.objects.get()
    assert not Effect.objects.filter(kind="slack.notice").exclude(state="waiting").exists()


@pytest.mark.ledger("SYS-04", "AHR-08")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("position", "notices"), [("act", 0), ("watch", 1), ("off", 1)])
def test_our_own_flow_and_zapiers_never_both_answer(
    channel: Any, standins: StandIns, position: str, notices: int
) -> None:
    """Whatever Zapier's switch says, ours answers exactly when it does not."""
    from_the_pack()
    switch("zapier_after_hours", position)
    switch("after_hours_notice", "act")
    by_slack(channel)
    after_hours()
    while effects.send_rest():
        continue
    assert len(standins.messages("C0ROCKET01")) == notices


@pytest.mark.ledger("SYS-04")
@pytest.mark.django_db(transaction=True)
def test_what_zapier_has_answered_stays_answered_when_it_is_switched_off(channel: Any, standins: StandIns) -> None:
    from_the_pack()
    switch("zapier_after_hours", "act")
    switch("after_hours_notice", "act")
    by_slack(channel)
    after_hours()
    switch("zapier_after_hours", "off")
    while effects.send_rest():
        continue
    assert standins.messages("C0ROCKET01") == []


def from_the_pack() -> None:
    """The notice has a wording."""
    wording = "Hi {username}, we are closed from {closes} to {opens}."
    MessageText.objects.filter(code="after_hours_notice").update(body=wording)


@pytest.mark.ledger("SYS-04", "AHR-01")
def test_in_watch_it_is_only_written_down(channel: Any) -> None:
    delivery = after_hours()
    assert delivery.state == "done"
    assert delivery.note.startswith("watched: ")
    assert not Ticket.objects.exists()


@pytest.mark.ledger("SYS-04")
def test_switched_off_it_does_nothing(channel: Any) -> None:
    switch("zapier_after_hours", "off")
    assert (after_hours().error_code, Thread.objects.count()) == ("the flow is switched off", 0)


@pytest.mark.ledger("AHR-01", "AHR-11")
def test_a_colleagues_message_is_no_customers_whoever_says_so(channel: Any) -> None:
    make_user(slack_id="U0TESS")
    switch("zapier_after_hours", "act")
    delivery = after_hours(user="U0TESS")
    assert (delivery.state, delivery.error_code) == ("ignored", "stopped by author: a colleague")
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    "fields", [{"channel": ""}, {"channel": 7}, {"ts": "now"}, {"ts": ""}, {"thread_ts": "x"}, {"channel": "c' OR 1"}]
)
def test_a_flow_that_names_no_message_is_unreadable(channel: Any, fields: dict[str, Any]) -> None:
    switch("zapier_after_hours", "act")
    delivery = after_hours(**fields)
    assert (delivery.state, delivery.error_code) == ("bad", "it names no Slack message")


@pytest.mark.ledger("SYS-04", "AHR-01")
@pytest.mark.parametrize(("at", "state"), [("2026-01-16T18:35:00-08:00", "done"), ("2026-01-16T18:37:00-08:00", "bad")])
def test_what_nobody_can_have_said_yet_is_not_heard(channel: Any, at: str, state: str) -> None:
    switch("zapier_after_hours", "act")
    delivery = after_hours(ts=ts(at))
    assert (delivery.state, Message.objects.count()) == (state, state == "done")


# --- questions -------------------------------------------------------------------------------------------------------
def ask(**fields: Any) -> Delivery:
    told = {"question": "How do I move hosts?", "channel": "C0ROCKET01", "link": "https://x.slack.com/archives/C/p1"}
    assert zap("questions", told | fields).status_code == 200
    return handled("zapier_question")


@pytest.mark.ledger("DOC-01", "SYS-04")
def test_a_question_is_kept_with_its_answer_its_place_and_its_account(channel: Any) -> None:
    colleague = make_user(email="tess@lanternfish.example")
    ask(answer="By team.", asked_by="Ada", captured_by="Tess@lanternfish.example")
    one = DocQuestion.objects.get()
    assert (one.question, one.answer, one.asked_by) == ("How do I move hosts?", "By team.", "Ada")
    assert (one.channel, one.account, one.source, one.captured_by) == (channel, channel.account, "zapier", colleague)


@pytest.mark.ledger("DOC-01")
def test_the_same_message_twice_is_kept_once_and_takes_its_answer_along(channel: Any) -> None:
    ask(id="1")
    assert "was here already" in ask(id="2", answer="By team.").note
    assert DocQuestion.objects.get().answer == "By team."
    ask(id="3", link="")
    ask(id="4", link="", question=" how do I  move hosts? ")
    assert DocQuestion.objects.count() == 2


@pytest.mark.ledger("DOC-01")
@pytest.mark.parametrize("fields", [{"account": "Brook"}, {"asked_by": "ada@brook.example"}])
@pytest.mark.django_db
def test_without_a_channel_the_account_is_found_by_name_or_address(fields: dict[str, str]) -> None:
    account = make_account(name="Brook", domain="brook.example")
    ask(channel="", **fields)
    assert DocQuestion.objects.get().account == account


@pytest.mark.ledger("DOC-01")
@pytest.mark.django_db
def test_two_customers_who_ask_the_same_are_two_questions() -> None:
    accounts = [make_account(name="Brook"), make_account(name="Verdigris")]
    for account in accounts:
        ask(channel="", link="", account=account.name)
    ask(channel="", link="", account=accounts[0].name, question="How do I move  HOSTS?")
    assert [one.account for one in DocQuestion.objects.order_by("pk")] == accounts


@pytest.mark.ledger("SYS-04")
@pytest.mark.parametrize(("position", "state"), [("act", "done"), ("watch", "done"), ("off", "ignored")])
def test_questions_are_kept_until_their_flow_is_switched_off(channel: Any, position: str, state: str) -> None:
    switch("zapier_questions", position)
    assert ask().state == state
    assert DocQuestion.objects.count() == (position == "act")


@pytest.mark.django_db
@pytest.mark.parametrize("question", ["", None, 7, "\0"])
def test_a_question_without_words_is_unreadable(question: Any) -> None:
    assert ask(question=question).state == "bad"


# --- text messages ---------------------------------------------------------------------------------------------------
def text(**fields: Any) -> Delivery:
    assert zap("sms", {"text": "Look at the board.", **fields}).status_code == 200
    return handled("zapier_sms")


@pytest.mark.ledger("SYS-04", "SYS-18")
@pytest.mark.django_db(transaction=True)
def test_a_flow_has_a_text_sent_to_whoever_holds_the_post_once(standins: StandIns) -> None:
    make_user("vp_cs", phone="+1 555 010 0199")
    switch("zapier_sms", "act")
    for _ in range(3):
        text(id="zap-7")
    effects.send_page()
    assert [(one["to"], one["body"]) for one in standins.texts()] == [("+15550100199", "Look at the board.")]


@pytest.mark.ledger("SYS-04")
@pytest.mark.django_db(transaction=True)
def test_the_same_words_the_next_day_are_another_text(standins: StandIns, clock: TestClock) -> None:
    make_user("vp_cs", phone="+1 555 010 0199")
    switch("zapier_sms", "act")
    for moment in ("2026-01-16T18:31:00-08:00", "2026-01-16T23:59:00-08:00", "2026-01-17T00:01:00-08:00"):
        clock(moment)
        text()
    effects.send_page()
    assert len(standins.texts()) == 2


@pytest.mark.ledger("SYS-04")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("hours", "texts"), [(11.9, 1), (12.1, 0)])
def test_a_text_that_comes_half_a_day_late_wakes_nobody(
    standins: StandIns, clock: TestClock, hours: float, texts: int
) -> None:
    make_user("vp_cs", phone="+1 555 010 0199")
    switch("zapier_sms", "act")
    text()
    clock.forward(hours=hours)
    effects.send_page()
    assert len(standins.texts()) == texts
    assert Effect.objects.get(kind="sms.requested").state == ("done" if texts else "cancelled")


@pytest.mark.ledger("SYS-04")
@pytest.mark.django_db
@pytest.mark.parametrize(("position", "states"), [("watch", ["watched"]), ("off", [])])
def test_in_watch_no_text_leaves_and_switched_off_none_is_asked_for(position: str, states: list[str]) -> None:
    make_user("vp_cs", name="Vera", phone="+1 555 010 0199")
    switch("zapier_sms", position)
    text()
    found = Effect.objects.filter(kind="sms.requested")
    assert [one.state for one in found] == states
    assert [one.preview for one in found] == ["To Vera: Look at the board."] * len(states)


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{"text": ""}, {"post": "nobody"}, {"text": ["a"]}])
def test_a_text_that_nobody_could_get_is_unreadable(fields: dict[str, Any]) -> None:
    switch("zapier_sms", "act")
    assert text(**fields).state == "bad"


@pytest.mark.ledger("SYS-04", "AHR-09")
def test_an_emergency_by_zapier_counts_from_the_original_sender_only_and_texts_once(channel: Any) -> None:
    switch("zapier_sms", "act")
    by_slack(channel)
    place = {"channel": "C0ROCKET01", "ts": ts(FRIDAY), "priority": "P0"}
    assert "asked for by somebody else" in text(user="U0EVE", **place).note
    assert not Effect.objects.filter(kind="sms.escalation").exists()
    one = Ticket.objects.get()
    text(user="U0ADA", **place)
    intake.click(one.pk, "U0ADA", "C0ROCKET01")
    one.refresh_from_db()
    assert (one.priority, Effect.objects.filter(kind="sms.escalation").count()) == ("P0", 1)


def test_an_emergency_in_watch_is_only_written_down(channel: Any) -> None:
    by_slack(channel)
    assert text(user="U0ADA", channel="C0ROCKET01", ts=ts(FRIDAY)).note.startswith("watched: ")
    assert Ticket.objects.get().priority == "P2"


@pytest.mark.parametrize(("fields", "code"), [({"priority": "P3"}, "an emergency is P0 or P1"), ({}, "")])
def test_an_emergency_of_no_thread_is_left_alone(channel: Any, fields: dict[str, str], code: str) -> None:
    switch("zapier_sms", "act")
    delivery = text(user="U0ADA", channel="C0ROCKET01", ts=ts(FRIDAY), **fields)
    assert delivery.error_code == (code or "no ticket of that thread")
