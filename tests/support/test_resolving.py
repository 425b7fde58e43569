"""Resolving: what must be done before, what becomes of the clocks, and how two tickets become one."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from fleetcs.models import Event, MessageText
from support.models import Clock, Draft, Ticket, merge
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
    client.force_login(make_user("cse"))
    return client


def resolve(desk: Client, ticket: Ticket, **given: Any) -> Any:
    answer = desk.post(f"/tickets/{ticket.pk}/resolve/", given)
    ticket.refresh_from_db()
    return answer


@pytest.mark.ledger("DOC-03")
@pytest.mark.parametrize("outcome", ["faq_updated", "new_article"])
def test_one_key_resolves_it_and_says_what_became_of_the_documentation(desk: Client, outcome: str) -> None:
    ticket = make_ticket(make_account())
    assert resolve(desk, ticket, outcome=outcome).status_code == 302
    assert (ticket.turn, ticket.outcome) == ("done", outcome)
    assert not ticket.clocks.running().exists()


@pytest.mark.ledger("DOC-03")
def test_resolving_without_an_answer_is_refused_and_not_possible_asks_why(desk: Client) -> None:
    ticket = make_ticket(make_account())
    assert resolve(desk, ticket).status_code == 422
    refused = resolve(desk, ticket, outcome="not_possible")
    assert refused.status_code == 422
    assert "Say why it could not be documented." in refused.content.decode()
    assert resolve(desk, ticket, outcome="not_possible", note="Their own proxy").status_code == 302


@pytest.mark.ledger("INT-09")
def test_a_ticket_from_a_direct_message_needs_its_summary_in_the_channel_or_a_reason(desk: Client) -> None:
    ticket = make_ticket(make_account(), from_dm=True)
    assert resolve(desk, ticket, outcome="faq_updated").status_code == 422
    task = ticket.follow_ups.get()
    assert desk.post(f"/follow-ups/{task.pk}/", {"link": "", "because": ""}).status_code == 422
    assert desk.post(f"/follow-ups/{task.pk}/", {"link": "https://chat.example/p1"}).status_code == 302
    assert resolve(desk, ticket, outcome="faq_updated").status_code == 302


@pytest.mark.ledger("INT-10")
def test_an_application_is_due_in_four_business_hours_and_done_with_title_and_copy_only(
    desk: Client, clock: Any
) -> None:
    copy = make_user("head_of_people", email="people@lanternfish.example")
    friday = MONDAY_MORNING - timedelta(days=3) + timedelta(hours=5, minutes=30)
    ticket = make_ticket(None, kind="job_application", source="contact_form", received_at=friday)
    assert ticket.clocks.get(kind="application").due_at == MONDAY_MORNING + timedelta(minutes=30)
    clock(friday + timedelta(minutes=30))
    assert "The title of the position is missing." in resolve(desk, ticket).content.decode()
    form = desk.get(f"/tickets/{ticket.pk}/log/").content.decode()
    assert copy.email in form
    mail = {"kind": "logged_mail", "at": "2026-01-09T15:45", "text": "Thank you.", "to": "a@b.example", "which": ""}
    assert desk.post(f"/tickets/{ticket.pk}/log/", mail | {"cc": copy.email}).status_code == 422
    assert desk.post(f"/tickets/{ticket.pk}/log/", mail | {"position_title": "Keeper"}).status_code == 422
    done = mail | {"position_title": "Lighthouse keeper", "cc": copy.email}
    assert desk.post(f"/tickets/{ticket.pk}/log/", done).status_code == 302
    assert resolve(desk, ticket).status_code == 302


@pytest.mark.ledger("INT-10", "TPL-04")
def test_the_template_for_applicants_asks_for_the_position_and_fills_the_log(desk: Client) -> None:
    body = {"name": "Applying", "body": "Thank you for applying as {position_title}.", "required": ["position_title"]}
    MessageText.objects.update_or_create(code="job_application", defaults=body)
    ticket = make_ticket(None, kind="job_application", source="contact_form")
    asked = desk.get(f"/tickets/{ticket.pk}/templates/?template=job_application").content.decode()
    assert "Nothing to put in: position_title" in asked
    query = "?template=job_application&v_position_title=Lighthouse+keeper"
    preview = desk.get(f"/tickets/{ticket.pk}/templates/{query}").content.decode()
    assert f'action="/tickets/{ticket.pk}/log/#reply"' in preview
    form = desk.get(f"/tickets/{ticket.pk}/log/{query}").content.decode()
    assert "Thank you for applying as Lighthouse keeper." in form
    assert 'value="Lighthouse keeper"' in form


@pytest.mark.ledger("INT-10")
def test_a_contact_form_that_turns_out_to_be_an_application_gets_its_clock_from_receipt(desk: Client) -> None:
    ticket = make_ticket(None, source="contact_form")
    desk.post(f"/tickets/{ticket.pk}/kind/", {"kind": "job_application"})
    running = Clock.objects.running().get(ticket=ticket)
    assert (running.kind, running.started_at) == ("application", MONDAY_MORNING)


def test_a_resolved_ticket_is_reopened_with_a_reason_and_starts_a_new_cycle(desk: Client) -> None:
    ticket = make_ticket(make_account())
    resolve(desk, ticket, outcome="faq_updated")
    assert desk.post(f"/tickets/{ticket.pk}/reopen/", {"reason": ""}).status_code == 422
    desk.post(f"/tickets/{ticket.pk}/reopen/", {"reason": "It came back"})
    ticket.refresh_from_db()
    assert (ticket.generation, ticket.resolved_at) == (2, None)
    assert Event.objects.filter(verb="reopened").count() == 1


def test_nothing_waits_while_the_customer_does(desk: Client) -> None:
    ticket = make_ticket(make_account())
    assert desk.post(f"/tickets/{ticket.pk}/wait/", {"reason": "A log"}).status_code == 422
    ticket.answer("Hello", by=make_user("cse"))
    assert desk.post(f"/tickets/{ticket.pk}/wait/", {"reason": "A log"}).status_code == 302
    ticket.refresh_from_db()
    assert ticket.turn == "paused"


def test_a_missed_promise_is_given_its_cause_by_one_key(desk: Client, clock: Any) -> None:
    ticket = make_ticket(make_account(), priority="P0")
    clock(MONDAY_MORNING + timedelta(hours=5))
    ticket.answer("Hello", by=make_user("cse"))
    missed = ticket.clocks.get(kind="response")
    assert "First response missed" in desk.get(f"/tickets/{ticket.pk}/").content.decode()
    desk.post(f"/clocks/{missed.pk}/cause/", {"cause": "seen_late", "back": f"/tickets/{ticket.pk}/"})
    missed.refresh_from_db()
    assert missed.cause == "seen_late"


def test_merging_moves_the_messages_and_both_histories_say_so(desk: Client) -> None:
    account, user = make_account(), make_user("cse")
    lost, kept = make_ticket(account, text="Me too"), make_ticket(account)
    merge(lost, kept, by=user)
    merge(lost, kept, by=user)
    lost.refresh_from_db()
    assert sorted(kept.messages.values_list("text", flat=True)) == ["It does not work.", "Me too"]
    assert not lost.clocks.running().exists()
    assert Event.objects.of(lost).filter(verb="merged").count() == 1
    assert Event.objects.of(kept).filter(verb="took_over").count() == 1


def test_the_ticket_that_goes_on_is_due_by_what_the_customer_wrote_first(desk: Client) -> None:
    account = make_account()
    first = make_ticket(account, priority="P1")
    later = make_ticket(account, priority="P1", received_at=MONDAY_MORNING + timedelta(hours=2))
    merge(first, later, by=make_user("cse"))
    later.refresh_from_db()
    assert later.due_at == MONDAY_MORNING + timedelta(hours=4)
    assert later.acknowledge_by == MONDAY_MORNING + timedelta(hours=1)


def test_a_reply_to_a_merged_ticket_reaches_the_one_that_goes_on(clock: Any) -> None:
    clock(MONDAY_MORNING + timedelta(hours=1))
    account = make_account()
    lost, kept = make_ticket(account), make_ticket(account)
    kept.answer("Hello", by=make_user("cse"))
    merge(lost, kept, by=make_user("cse"))
    lost = Ticket.objects.get(pk=lost.pk)
    lost.hear(make_message(lost, text="Still broken", at=MONDAY_MORNING + timedelta(days=1)))
    assert kept.messages.filter(text="Still broken").exists()
    assert Ticket.objects.get(pk=kept.pk).turn == "next"
    assert Ticket.objects.get(pk=lost.pk).resolved_at


def test_a_thread_comes_along_where_there_is_room_for_it(desk: Client) -> None:
    account = make_account()
    channel = make_channel(account)
    lost, kept = make_ticket(account, channel=channel), make_ticket(account)
    thread = make_thread(channel, ticket=lost)
    merge(lost, kept, by=make_user("cse"))
    thread.refresh_from_db()
    assert thread.ticket == kept


def test_tickets_of_two_customers_are_never_merged() -> None:
    one, other = make_ticket(make_account()), make_ticket(make_account())
    with pytest.raises(ValidationError, match="different accounts"):
        merge(one, other, by=make_user("cse"))
    with pytest.raises(ValidationError, match="itself"):
        merge(one, one, by=make_user("cse"))


def test_merging_needs_the_right_on_both_ends(client: Client) -> None:
    user = make_user("csm")
    mine = make_ticket(make_account(csm=user))
    foreign = make_ticket(make_account())
    client.force_login(user)
    refused = client.post(f"/tickets/{mine.pk}/merge/", {"into": foreign.pk})
    absent = client.post(f"/tickets/{mine.pk}/merge/", {"into": 999_999})
    assert refused.status_code == absent.status_code == 422
    assert all("No ticket of this number that you may work on." in one.content.decode() for one in (refused, absent))


def test_what_was_typed_and_not_sent_goes_on_with_the_ticket() -> None:
    account, one, other = make_account(), make_user(), make_user()
    lost, kept = make_ticket(account), make_ticket(account)
    for person, ticket, text in ((one, lost, "Half"), (other, lost, "below"), (other, kept, "above")):
        Draft.objects.create(user=person, ticket=ticket, text=text)
    merge(lost, kept, by=one)
    assert {draft.user: draft.text for draft in kept.drafts.all()} == {one: "Half", other: "above\n\nbelow"}
    assert not lost.drafts.exists()


@pytest.mark.ledger("INT-09")
def test_a_task_that_is_still_open_is_not_lost_where_the_other_ticket_has_done_its_own() -> None:
    account, by = make_account(), make_user()
    lost, kept = make_ticket(account, from_dm=True), make_ticket(account, from_dm=True)
    kept.follow_ups.get().finish(because="It was said in the channel.", by=by)
    merge(lost, kept, by=by)
    assert kept.follow_ups.get(done_at=None).kind == "dm_summary"


def test_a_note_written_while_the_ticket_was_merged_is_on_the_one_that_goes_on(desk: Client) -> None:
    account = make_account()
    lost, kept = make_ticket(account), make_ticket(account)
    merge(lost, kept, by=make_user())
    desk.post(f"/tickets/{lost.pk}/note/", {"text": "Their proxy is old."})
    assert kept.messages.get(kind="note").text == "Their proxy is old."
