"""What we say leaves once, to whom it is meant for, threaded and marked; what was not written for them never leaves."""

from typing import Any

import pytest

from fleetcs import effects
from fleetcs.effects import emit
from fleetcs.models import Automation, Effect, Event, MessageText
from support import mail, replies
from support.mail_markers import markers
from support.models import Message, Thread, Ticket, merge
from support.outside_system import link
from tests import intake
from tests.conftest import Clock
from tests.factories import make_account, make_channel, make_contact, make_message, make_thread, make_ticket, make_user
from tests.intake import letter, message_of, ts
from tests.sending import send_all
from tests.standins import StandIns

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standins")]


def in_transaction(**given: Any) -> Effect:
    with effects.transaction.atomic():
        effect = emit(**given)
    assert effect
    return effect


@pytest.fixture
def ticket() -> Ticket:
    return message_of(
        intake.mail(
            letter(
                "Ada <ada@brook.example>",
                Message_ID="<first@brook.example>",
                Cc="eve@stranger.example",
                Subject="Hosts are offline",
            )
        )
    ).ticket


@pytest.fixture
def thread_ticket(clock: Clock) -> Ticket:
    clock("2026-02-03T11:00:00-08:00")
    channel = make_channel(make_account(), slack_id="C0BROOK")
    intake.slack(channel.slack_id, "U0ADA", "Hosts are offline", ts("2026-02-03T10:00:00-08:00"))
    return Thread.objects.get().become_ticket("slack_after_hours")


# --- mail ------------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SYS-18", "INT-01")
def test_raw_mail_to_ticket_to_answer_to_the_outside(standins: StandIns, ticket: Ticket, settings: Any) -> None:
    answer = ticket.answer("Please restart the agent.\n\nBo", by=make_user())
    send_all()
    [sent] = standins.mails()
    assert (sent["to"], sent["cc"], sent["bcc"]) == (["ada@brook.example"], [], [])
    assert sent["subject"] == f"Re: [#{ticket.pk}] Hosts are offline"
    assert sent["text"].strip() == "Please restart the agent.\n\nBo"
    headers = sent["headers"]
    assert headers["in-reply-to"] == headers["references"] == "<first@brook.example>"
    assert headers["x-fleetcs-mail"] == "1"
    assert "auto-submitted" not in headers
    assert replies.ticket_of_address([headers["reply-to"]], settings.REPLY_ADDRESS_SECRETS) == ticket.pk
    assert replies.message_of_message_id(sent["id"], settings.REPLY_ADDRESS_SECRETS) == answer.pk
    answer.refresh_from_db()
    assert answer.sent_at
    assert (answer.message_id, answer.recipients) == (sent["id"], ["ada@brook.example"])


def test_the_conversation_goes_on_in_one_thread_on_both_sides(standins: StandIns, ticket: Ticket) -> None:
    ticket.answer("First.", by=make_user())
    send_all()
    ours = standins.mails()[0]["id"]
    back = message_of(intake.mail(letter("ada@brook.example", Message_ID="<second@brook.example>", In_Reply_To=ours)))
    assert back.ticket == ticket
    Ticket.objects.get(pk=ticket.pk).answer("Second.", by=make_user())
    send_all()
    headers = standins.mails()[1]["headers"]
    assert headers["in-reply-to"] == "<second@brook.example>"
    assert headers["references"].split() == ["<first@brook.example>", ours, "<second@brook.example>"]


@pytest.mark.ledger("SYS-03")
@pytest.mark.parametrize("fault", [{"p_lost": 1}, {"close_midway": True}, {"status_script": [503]}])
def test_an_answer_whose_receipt_was_lost_is_sent_once(
    standins: StandIns, ticket: Ticket, fault: dict[str, Any], clock: Clock
) -> None:
    standins.turn("mailgun", times=1, only="messages", **fault)
    ticket.answer("Once.", by=make_user())
    send_all()
    clock.forward(minutes=2)
    send_all()
    assert len(standins.mails()) == 1
    assert Effect.objects.get(kind="mail.reply").state == "done"


def test_a_note_never_leaves_even_if_somebody_orders_it(standins: StandIns, ticket: Ticket) -> None:
    note = ticket.note("They have not paid.", by=make_user())
    for kind in ("mail.reply", "slack.reply"):
        effect = in_transaction(kind=kind, key=f"{kind}:{note.pk}", args={"message": note.pk})
        send_all()
        effect.refresh_from_db()
        assert (effect.state, effect.error_code) == ("dead", "not_for_the_customer")
    assert standins.journal() == []


def test_a_customers_words_are_not_sent_back_as_an_answer(standins: StandIns, ticket: Ticket) -> None:
    first = ticket.messages.get()
    effect = in_transaction(kind="mail.reply", key="x", args={"message": first.pk})
    send_all()
    effect.refresh_from_db()
    assert effect.error_code == "not_for_the_customer"
    assert standins.mails() == []


def test_a_stranger_in_the_ticket_gets_nothing_of_what_follows(
    standins: StandIns, ticket: Ticket, settings: Any
) -> None:
    address = replies.reply_address(ticket.pk, settings.REPLY_ADDRESS_SECRETS[0], settings.MAIL_DOMAIN)
    intake.mail(letter("eve@stranger.example", "What is their license key?", To=address, Message_ID="<eve@x.example>"))
    Ticket.objects.get(pk=ticket.pk).answer("It is in your portal.", by=make_user())
    send_all()
    [sent] = standins.mails()
    assert sent["to"] == ["ada@brook.example"]
    assert "eve" not in str(sent)


@pytest.mark.parametrize(("sender", "code"), [("", "no_address"), ("support@mail.localhost", "own_address")])
def test_an_answer_that_can_reach_nobody_says_so_on_the_message(
    standins: StandIns, ticket: Ticket, sender: str, code: str
) -> None:
    answer = Ticket.objects.get(pk=ticket.pk).answer("Hello?", by=make_user())
    Ticket.objects.filter(pk=ticket.pk).update(sender=sender)
    Message.objects.filter(pk=answer.pk).update(recipients=[sender] if sender else [])
    send_all()
    answer.refresh_from_db()
    assert (answer.refused, answer.sent_at) == (code, None)
    assert standins.mails() == []


def acknowledge(clock: Clock, text: str = "We have it, {contact_name}. It is ticket {ticket}.") -> Ticket:
    clock("2026-02-03T10:00:00-08:00")
    MessageText.objects.update_or_create(
        code="mail_acknowledgement",
        defaults={"name": "x", "use": "automation", "subject": "We have your mail", "body": text},
    )
    for automation in Automation.objects.all():
        automation.switch("act", by=None)
    account = make_account(domain="brook.example")
    make_contact(account, email="ada@brook.example", name="Ada")
    return message_of(intake.mail(letter("ada@brook.example", "SPAM WORDS", Subject="SPAM SUBJECT"))).ticket


def test_the_acknowledgement_says_nothing_of_what_was_sent(standins: StandIns, clock: Clock) -> None:
    ticket = acknowledge(clock)
    send_all()
    [sent] = standins.mails()
    assert sent["subject"] == f"[#{ticket.pk}] We have your mail"
    assert sent["text"].strip() == f"We have it, Ada. It is ticket {ticket.pk}."
    assert "SPAM" not in str(sent)
    assert sent["headers"]["auto-submitted"] == "auto-replied"
    ticket.refresh_from_db()
    assert (ticket.first_response_at, ticket.messages.get(by="bot").public) == (None, True)


def test_two_copies_of_us_that_write_to_each_other_stop_after_one(standins: StandIns, clock: Clock) -> None:
    acknowledge(clock)
    send_all()
    [sent] = standins.mails()
    headers = {name.replace("-", "_"): value for name, value in sent["headers"].items()}
    came_back = letter("support@other.example", sent["text"], Message_ID=sent["id"], **headers)
    assert markers(mail.read(came_back), [], []).reason
    assert intake.mail(came_back).state == "ignored"
    send_all()
    assert len(standins.mails()) == 1


def test_a_text_nobody_has_written_is_not_sent(standins: StandIns, clock: Clock) -> None:
    acknowledge(clock, "{unknown}")
    send_all()
    assert Effect.objects.get(kind="mail.acknowledgement").error_code == "text_unusable"
    assert standins.mails() == []


def test_a_colleague_is_told_by_mail_or_in_slack(standins: StandIns) -> None:
    bo = make_user(email="bo@lanternfish.example", slack_id="U0BO")
    said = {"user": bo.pk, "subject": "Late:\r\nBcc: x@y.example", "text": "Ticket 5 is late <!channel> @here"}
    in_transaction(kind="mail.notice", key="a", args=said)
    in_transaction(kind="slack.message", key="b", args=said)
    in_transaction(kind="slack.message", key="c", args={"channel": "C0ALERTS", "text": "All of you"})
    send_all()
    [sent] = standins.mails()
    assert (sent["to"], sent["subject"]) == (["bo@lanternfish.example"], "Late: Bcc: x@y.example")
    assert sent["headers"]["auto-submitted"] == "auto-generated"
    assert "<!channel>" not in standins.messages("D0BO")[0]["text"]
    assert standins.messages("C0ALERTS")[0]["text"] == "All of you"


def test_a_colleague_without_a_slack_id_is_a_dead_row_that_a_person_sees(standins: StandIns) -> None:
    effect = in_transaction(kind="slack.message", key="b", args={"user": make_user().pk, "text": "x"})
    send_all()
    effect.refresh_from_db()
    assert (effect.state, effect.error_code) == ("dead", "no_slack_id")


# --- Slack -----------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SYS-03")
@pytest.mark.parametrize("fault", [{}, {"p_lost": 1}, {"close_midway": True}, {"status_script": [429, 503]}])
def test_an_answer_stands_once_in_the_thread_the_question_came_from(
    standins: StandIns, thread_ticket: Ticket, fault: dict[str, Any]
) -> None:
    if fault:
        standins.turn("slack", times=2, only="chat.postMessage", **fault)
    answer = thread_ticket.answer("Try <this> & tell @channel", by=make_user())
    send_all()
    [posted] = standins.messages("C0BROOK")
    assert posted["thread_ts"] == thread_ticket.thread.thread_ts
    assert posted["text"] == "Try &lt;this&gt; &amp; tell @\u2060channel"
    answer.refresh_from_db()
    assert (answer.slack_channel, answer.slack_ts) == ("C0BROOK", posted["ts"])
    assert answer.sent_at


def test_the_echo_of_our_answer_is_no_second_message(standins: StandIns, thread_ticket: Ticket) -> None:
    thread_ticket.answer("Hello", by=make_user())
    send_all()
    [posted] = standins.messages("C0BROOK")
    echo = intake.slack(
        "C0BROOK",
        posted["user"],
        posted["text"],
        posted["ts"],
        bot_id=posted["bot_id"],
        app_id=posted["app_id"],
        thread=posted["thread_ts"],
    )
    assert echo.state == "ignored"
    assert thread_ticket.messages.count() == 2


def test_a_channel_that_is_archived_refuses_for_good_and_the_message_says_so(
    standins: StandIns, thread_ticket: Ticket
) -> None:
    standins.turn("slack", status_script=["is_archived"], only="chat.postMessage")
    answer = thread_ticket.answer("Hello", by=make_user())
    send_all()
    answer.refresh_from_db()
    assert answer.refused == "is_archived"


@pytest.mark.ledger("INT-15")
def test_nothing_is_posted_beside_a_thread(standins: StandIns) -> None:
    ticket = make_ticket(make_account(), channel=make_channel(kind="prospects", thread_only=True))
    message = make_message(ticket, by="colleague", kind="slack", author=make_user())
    effect = in_transaction(kind="slack.reply", key="x", args={"message": message.pk})
    send_all()
    effect.refresh_from_db()
    assert (effect.state, effect.error_code) == ("dead", "thread_required")
    assert standins.journal(path="chat.postMessage") == []


@pytest.mark.ledger("INT-03")
def test_a_flag_brings_the_whole_thread(standins: StandIns, clock: Clock) -> None:
    clock("2026-02-03T11:00:00-08:00")
    make_user(slack_id="U0BO")
    channel = make_channel(make_account(), slack_id="C0BROOK")
    root = standins.said("C0BROOK", "U0ADA", "Hosts are offline")
    for user, text in (("U0BO", "Looking"), ("U0ADA", "Still *offline* &amp; sad"), ("U0ADA", "Hello?")):
        clock.forward(minutes=5)
        standins.said("C0BROOK", user, text, root["ts"])
    last = standins.messages("C0BROOK")[-1]
    intake.slack("C0BROOK", "U0ADA", last["text"], last["ts"], thread=root["ts"])
    ticket = Thread.objects.get(channel=channel).become_ticket("staff_flag", by=make_user())
    send_all()
    ticket.refresh_from_db()
    texts = list(ticket.messages.order_by("at").values_list("text", "by"))
    assert texts == [
        ("Hosts are offline", "customer"),
        ("Looking", "colleague"),
        ("Still *offline* & sad", "customer"),
        ("Hello?", "customer"),
    ]
    assert ticket.received_at == ticket.messages.get(text__startswith="Still").at
    assert ticket.running("response").started_at == ticket.received_at
    assert Event.objects.of(ticket).filter(verb="history_brought_in").count() == 1


def test_what_slack_knows_of_a_thread_is_written_down(standins: StandIns) -> None:
    said = standins.said("C0NEW", "U0ADA", "Hello")
    intake.slack("C0NEW", "U0ADA", "Hello", said["ts"])
    send_all()
    thread = Thread.objects.get()
    assert thread.permalink.startswith("https://lanternfish.slack.example/archives/C0NEW/p")
    assert thread.channel.name == "c0new"
    assert Message.objects.get().who == "Person U0ADA"
    assert Effect.objects.get().state == "done"


def test_a_thread_slack_will_not_speak_of_keeps_the_link_we_made(standins: StandIns) -> None:
    standins.turn("slack", status_script=["missing_scope", "missing_scope", "missing_scope"])
    intake.slack("C0NEW", "U0ADA", "Hello", ts("2026-02-03T10:00:00-08:00"))
    send_all()
    assert Effect.objects.get().state == "done"
    assert Thread.objects.get().permalink == "https://slack.com/archives/C0NEW/p1770141600000100"


# --- the system outside ----------------------------------------------------------------------------------------------
LINKS = {"unthread_conversation": "https://unthread.example/c/{id}", "zendesk_ticket": "https://zd.example/t/{id}"}


@pytest.mark.ledger("INT-04")
def test_changing_the_outside_system_changes_links_and_no_ticket() -> None:
    assert link("", "a/b", "unthread", LINKS) == "https://unthread.example/c/a%2Fb"
    assert link("", "a/b", "zendesk", LINKS) == "https://zd.example/t/a%2Fb"
    assert link("zendesk", "7", "unthread", LINKS) == "https://zd.example/t/7"
    assert link("", "", "unthread", LINKS) == link("", "7", "unthread", {}) == ""
    assert link("", "7", "unthread", {"unthread_conversation": "javascript:alert({id})"}) == ""


def test_a_thread_keeps_its_place_when_its_channel_is_renamed() -> None:
    thread = make_thread(make_channel(make_account()))
    thread.channel.name_it("fleet-at-elsewhere")
    assert Thread.objects.get(pk=thread.pk).channel.kind == "customer"


def test_an_answer_on_its_way_reaches_whom_it_was_written_to_though_its_ticket_is_merged_meanwhile(
    standins: StandIns, ticket: Ticket
) -> None:
    by, kept = make_user(), make_ticket(make_account(), sender="bo@other.example")
    ticket.answer("Your password is reset.", by=by)
    merge(ticket, kept, by=by)
    kept.refresh_from_db()
    kept.answer("We look into it.", by=by)
    send_all()
    assert [(sent["to"], sent["text"].strip()) for sent in standins.mails()] == [
        (["ada@brook.example"], "Your password is reset."),
        (["bo@other.example"], "We look into it."),
    ]
