"""Answers, notes, calls: what is said goes out once, stops what runs, and two people do not talk over each other."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from fleetcs.models import Effect
from support.models import Draft, Message, Ticket
from tests.factories import (
    MONDAY_MORNING,
    make_account,
    make_channel,
    make_message,
    make_thread,
    make_ticket,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client) -> Client:
    """A support engineer at their desk."""
    client.force_login(make_user("cse", name="Mara Lindqvist"))
    return client


def reply(desk: Client, ticket: Ticket, text: str = "We look into it.", **more: Any) -> Any:
    return desk.post(f"/tickets/{ticket.pk}/reply/", {"text": text, "version": ticket.version, "seen": "0.0"} | more)


@pytest.mark.ledger("SLA-19", "INT-01")
def test_an_answer_goes_out_by_mail_and_stops_both_clocks(desk: Client) -> None:
    ticket = make_ticket(make_account(), priority="P1")
    assert reply(desk, ticket).status_code == 302
    ticket.refresh_from_db()
    assert not ticket.clocks.running().exists()
    assert Effect.objects.filter(kind="mail.reply").count() == 1
    assert ticket.turn == "customer"


def test_an_answer_to_a_slack_thread_goes_into_the_thread(desk: Client) -> None:
    account = make_account()
    channel = make_channel(account)
    ticket = make_ticket(account, channel=channel)
    make_thread(channel, ticket=ticket)
    reply(desk, ticket)
    assert Effect.objects.get(kind="slack.reply")
    assert ticket.messages.get(by="colleague").kind == "slack"


def test_sending_and_waiting_is_one_action_with_its_reason(desk: Client) -> None:
    ticket = make_ticket(make_account())
    reply(desk, ticket, then="wait", wait="The log of one host")
    ticket.refresh_from_db()
    assert (ticket.turn, ticket.paused_reason) == ("paused", "The log of one host")


def test_an_internal_note_stops_nothing_and_leaves_nowhere(desk: Client) -> None:
    ticket = make_ticket(make_account(), priority="P1")
    desk.post(f"/tickets/{ticket.pk}/note/", {"text": "They run their own CA."})
    assert ticket.clocks.running().count() == 2
    assert not Effect.objects.exists()
    assert ticket.messages.get(kind="note").public is False


def test_the_same_form_sent_five_times_sends_one_answer(desk: Client) -> None:
    ticket = make_ticket(make_account())
    answers = [reply(desk, ticket, form_token="one") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer.url for answer in answers}) == 1
    assert ticket.messages.filter(by="colleague").count() == 1


def test_the_same_form_with_other_words_is_refused_and_sends_nothing(desk: Client) -> None:
    ticket = make_ticket(make_account())
    reply(desk, ticket, form_token="one")
    again = reply(desk, ticket, "Other words", form_token="one")
    assert again.status_code == 409
    assert "used before" in again.content.decode()
    assert ticket.messages.filter(by="colleague").count() == 1


@pytest.mark.usefixtures("patience")
@pytest.mark.django_db(transaction=True)
def test_a_double_click_at_the_same_instant_sends_one_answer() -> None:
    ticket, user = make_ticket(make_account()), make_user("cse")

    def click(_: int) -> int:
        client = Client()
        client.force_login(user)
        try:
            return reply(client, ticket, form_token="one").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as people:
        assert set(people.map(click, range(3))) == {302}
    assert ticket.messages.filter(by="colleague").count() == 1
    assert Effect.objects.filter(kind="mail.reply").count() == 1


def test_a_stale_form_shows_both_texts_and_goes_out_by_one_click(desk: Client) -> None:
    ticket = make_ticket(make_account())
    before = ticket.version
    ticket.answer("A colleague was faster.", by=make_user("cse"))
    stale = reply(desk, ticket, "My own words", version=before)
    html = stale.content.decode()
    assert stale.status_code == 409
    assert "A colleague was faster." in html
    assert "My own words" in html
    assert ticket.messages.filter(by="colleague").count() == 1
    reply(desk, Ticket.objects.get(pk=ticket.pk), "My own words")
    assert ticket.messages.filter(by="colleague").count() == 2


def test_a_stale_form_of_fields_shows_what_stands_there_now(desk: Client) -> None:
    ticket = make_ticket(make_account())
    before = ticket.version
    ticket.describe({"server_version": "4.62"}, by=make_user("cse"))
    stale = desk.post(f"/tickets/{ticket.pk}/details/", {"server_version": "4.61", "version": before, "seen": "0.0"})
    assert stale.status_code == 409
    assert "yours “4.61”, now “4.62”" in stale.content.decode()
    ticket.refresh_from_db()
    assert ticket.details["server_version"] == "4.62"


def test_after_sending_from_the_queue_the_next_due_ticket_opens(desk: Client) -> None:
    account = make_account()
    ticket = make_ticket(account, priority="P1")
    make_ticket(account, priority="P3", received_at=MONDAY_MORNING)
    sooner = make_ticket(account, priority="P0", received_at=MONDAY_MORNING - timedelta(minutes=30))
    assert reply(desk, ticket, next="queue").url == f"/tickets/{sooner.pk}/?next=queue"


def test_what_is_typed_is_kept_until_it_is_sent(desk: Client) -> None:
    ticket = make_ticket(make_account())
    assert desk.post(f"/tickets/{ticket.pk}/draft/", {"text": "Half a sent"}).status_code == 204
    assert "Half a sent</textarea>" in desk.get(f"/tickets/{ticket.pk}/").content.decode()
    other = Client()
    other.force_login(make_user("cse"))
    assert "Half a sent" not in other.get(f"/tickets/{ticket.pk}/").content.decode()
    reply(desk, ticket)
    assert not Draft.objects.exists()


@pytest.mark.parametrize("text", ["", " ", "x" * 1_000_000, "a\0b"])
def test_words_that_cannot_be_sent_are_refused_and_stay_in_the_field(desk: Client, text: str) -> None:
    ticket = make_ticket(make_account())
    answer = reply(desk, ticket, text)
    assert answer.status_code in {400, 422}
    assert not ticket.messages.filter(by="colleague").exists()


def test_blanks_that_nobody_filled_are_asked_about_before_they_go_out(desk: Client) -> None:
    ticket = make_ticket(make_account())
    refused = reply(desk, ticket, "Hello [first name], we look into it.")
    assert refused.status_code == 422
    assert "[first name]" in refused.content.decode()
    assert reply(desk, ticket, "Hello [first name], we look into it.", as_is="on").status_code == 302


def log(desk: Client, ticket: Ticket, **given: Any) -> Any:
    return desk.post(f"/tickets/{ticket.pk}/log/", {"kind": "call", "text": "Explained it.", "which": ""} | given)


@pytest.mark.ledger("INT-11", "SLA-19")
def test_a_call_that_is_logged_stops_the_clock_at_its_own_moment(desk: Client, clock: Any) -> None:
    ticket = make_ticket(make_account(), priority="P1")
    clock(MONDAY_MORNING + timedelta(hours=2))
    assert log(desk, ticket, at="2026-01-12T10:30").status_code == 302
    ticket.refresh_from_db()
    assert ticket.first_response_at == MONDAY_MORNING + timedelta(minutes=30)


def test_a_call_before_the_customers_last_message_does_not_answer_it(desk: Client, clock: Any) -> None:
    ticket = make_ticket(make_account(), priority="P1")
    ticket.answer("Hello", by=make_user("cse"))
    ticket.hear(make_message(ticket, at=MONDAY_MORNING + timedelta(hours=1)))
    clock(MONDAY_MORNING + timedelta(hours=2))
    log(desk, ticket, at="2026-01-12T10:30")
    assert ticket.clocks.running().count() == 1


def test_a_moment_to_come_is_refused(desk: Client, clock: Any) -> None:
    ticket = make_ticket(make_account())
    clock(MONDAY_MORNING)
    refused = log(desk, ticket, at="2026-01-12T10:01")
    assert refused.status_code == 422
    assert "That moment has not come yet." in refused.content.decode()


@pytest.mark.ledger("SLA-13")
def test_the_hour_that_happens_twice_is_asked_about_and_the_one_that_does_not_exist_refused(
    desk: Client, clock: Any
) -> None:
    ticket = make_ticket(make_account(), received_at=MONDAY_MORNING - timedelta(days=100))
    clock("2026-11-05T10:00:00-08:00")
    asked = log(desk, ticket, at="2026-11-01T01:30")
    assert asked.status_code == 422
    assert "Which of the two?" in asked.content.decode()
    assert log(desk, ticket, at="2026-11-01T01:30", which="1").status_code == 302
    assert ticket.messages.get(kind="call").at.isoformat() == "2026-11-01T09:30:00+00:00"
    assert "does not exist" in log(desk, ticket, at="2026-03-08T02:30").content.decode()


@pytest.mark.ledger("INT-11")
def test_a_contact_form_is_answered_by_a_mail_that_is_logged(desk: Client, clock: Any) -> None:
    ticket = make_ticket(make_account(), source="contact_form", sender="ada@company.example")
    clock(MONDAY_MORNING + timedelta(hours=1))
    form = desk.get(f"/tickets/{ticket.pk}/log/").content.decode()
    assert "mailto:ada@company.example" in form
    log(desk, ticket, kind="logged_mail", at="2026-01-12T10:40", to="ada@company.example")
    logged = Message.objects.get(kind="logged_mail")
    assert (logged.recipients, logged.public) == (["ada@company.example"], True)
    assert not ticket.clocks.running().exists()
    assert not Effect.objects.exists()


def test_a_field_that_is_not_of_the_form_changes_nothing(desk: Client) -> None:
    ticket = make_ticket(make_account())
    more = {"tier": "ultimate", "assignee": "999", "by": "customer", "priority": "P0", "recipients": "x@evil.example"}
    reply(desk, ticket, public="", **more)
    ticket.refresh_from_db()
    assert (ticket.tier, ticket.priority) == ("premium", "P2")
    assert ticket.messages.get(by="colleague").recipients == [ticket.sender]
