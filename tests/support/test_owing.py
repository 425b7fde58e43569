"""Since when a customer is owed an answer: the oldest message that waits decides, however late we hear of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from support.models import Clock, Message, Thread, Ticket, merge, sort_as
from support.models.stranger import introduce
from support.models.thread import Said
from support.models.writer import Writer
from support.tasks import remind, sweep_clocks
from tests import intake
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
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _three_hours_later(clock: Any) -> None:
    clock(MONDAY_MORNING + 3 * HOUR)


def internal(of: Ticket | Thread) -> Any:
    """The running internal target, or None."""
    return of.clocks.running().filter(kind="acknowledge").first()


def said_in(thread: Thread, at: datetime) -> Message:
    return Message.objects.create(thread=thread, kind="slack", by="customer", public=True, at=at, text="Hello")


def contract(ticket: Ticket) -> Clock:
    return ticket.clocks.filter(kind="response").latest("pk")


def hears(ticket: Ticket, after: timedelta, **fields: Any) -> Message:
    message = make_message(ticket, at=MONDAY_MORNING + after, **fields)
    ticket.hear(message)
    return message


def call(ticket: Ticket, after: timedelta) -> None:
    ticket.log_reply("call", "Hello", at=MONDAY_MORNING + after, by=make_user())


# What is said late


@pytest.mark.ledger("SLA-18", "SLA-19")
def test_a_call_that_is_logged_later_leaves_what_was_asked_after_it_waiting() -> None:
    ticket = make_ticket(make_account())
    hears(ticket, HOUR)
    call(ticket, 30 * MINUTE)
    assert internal(ticket).started_at == MONDAY_MORNING + HOUR
    ticket.refresh_from_db()
    assert ticket.acknowledge_by == MONDAY_MORNING + 2 * HOUR


@pytest.mark.ledger("SLA-18")
def test_a_message_that_comes_after_a_later_one_is_the_oldest_that_waits() -> None:
    ticket = make_ticket(make_account("ultimate"), priority="P0")
    hears(ticket, -10 * MINUTE)
    assert internal(ticket).started_at == contract(ticket).started_at == MONDAY_MORNING - 10 * MINUTE
    assert ticket.due_at == MONDAY_MORNING + 50 * MINUTE
    thread = make_thread(make_channel(make_account()))
    for minutes in (10, 0):
        at = MONDAY_MORNING + minutes * MINUTE
        thread.hear(said_in(thread, at))
    assert internal(thread).started_at == MONDAY_MORNING


@pytest.mark.ledger("SLA-19")
def test_an_answer_in_time_that_is_heard_of_late_was_no_miss() -> None:
    ticket = make_ticket(make_account("ultimate"), priority="P0")
    sweep_clocks()
    assert contract(ticket).missed
    call(ticket, 59 * MINUTE)
    assert contract(ticket).state(MONDAY_MORNING + 3 * HOUR) == "kept"


@pytest.mark.ledger("SLA-24")
def test_a_miss_that_a_correction_has_left_standing_stands_after_the_answer() -> None:
    ticket = make_ticket(make_account("ultimate"), priority="P0")
    ticket.set_priority("P3", by=make_user(), reason="A question")
    call(ticket, 2 * HOUR)
    assert contract(ticket).missed


def test_words_of_a_colleague_that_come_last_take_nothing_up_again() -> None:
    channel, bo = make_channel(make_account()), make_user(slack_id="U0BO")
    intake.slack(channel.slack_id, "U0ADA", "Offline", root := intake.ts("2026-01-12T10:00:00-08:00"))
    thread = Thread.objects.get()
    ticket = thread.become_ticket("staff_flag", by=bo)
    intake.slack(channel.slack_id, "U0ADA", "Still", intake.ts("2026-01-12T10:10:00-08:00"), thread=root)
    Ticket.objects.get().answer("Done", by=bo)
    ticket.refresh_from_db()
    ticket.resolve(by=bo, outcome="faq_updated")
    intake.slack(channel.slack_id, "U0BO", "Looking", intake.ts("2026-01-12T10:05:00-08:00"), thread=root)
    ticket.refresh_from_db()
    assert ticket.resolved_at
    assert not ticket.clocks.running().exists()


@pytest.mark.ledger("INT-03", "SLA-18")
def test_a_history_that_is_brought_in_starts_the_internal_target_too() -> None:
    thread = make_thread(make_channel(make_account()))
    ticket = thread.become_ticket("staff_flag", by=make_user())
    thread.bring_in([Said("1768240800.000100", MONDAY_MORNING, "Offline", Writer.in_slack("U0ADA"))])
    assert internal(ticket).started_at == MONDAY_MORNING


@pytest.mark.ledger("INT-03", "SLA-19")
def test_an_answer_found_in_the_history_ends_what_was_asked_before_it() -> None:
    make_user(slack_id="U0BO")
    thread = make_thread(make_channel(make_account()))
    for minutes in (0, 20):
        at = MONDAY_MORNING + minutes * MINUTE
        thread.hear(said_in(thread, at))
    ticket = thread.become_ticket("staff_flag", by=make_user())
    thread.bring_in([Said("1768241400.000100", MONDAY_MORNING + 10 * MINUTE, "Hello", Writer.in_slack("U0BO"))])
    assert internal(ticket).started_at == contract(ticket).started_at == MONDAY_MORNING + 20 * MINUTE


@pytest.mark.ledger("AHR-11", "SLA-19")
def test_a_stranger_who_turns_out_to_be_a_colleague_has_answered_and_asked_nothing() -> None:
    channel = make_channel(make_account())
    intake.slack(channel.slack_id, "U0ADA", "Offline", root := intake.ts("2026-01-12T10:00:00-08:00"))
    intake.slack(channel.slack_id, "U0BO", "Looking", intake.ts("2026-01-12T10:10:00-08:00"), thread=root)
    thread = Thread.objects.get()
    introduce("U0BO", "Bo", "bo@lanternfish.example", ["lanternfish.example"])
    assert not internal(thread)
    assert thread.clocks.get().stopped_at == intake.utc("2026-01-12T10:10:00.000100-08:00")


@pytest.mark.ledger("AHR-11", "SLA-18")
def test_what_a_colleague_whom_nobody_knew_adds_to_an_answer_starts_nothing() -> None:
    channel, _ = make_channel(make_account()), make_user(slack_id="U0MO")
    intake.slack(channel.slack_id, "U0ADA", "Offline", root := intake.ts("2026-01-12T10:00:00-08:00"))
    intake.slack(channel.slack_id, "U0MO", "Looking", intake.ts("2026-01-12T10:05:00-08:00"), thread=root)
    intake.slack(channel.slack_id, "U0BO", "Me too", intake.ts("2026-01-12T10:10:00-08:00"), thread=root)
    introduce("U0BO", "Bo", "bo@lanternfish.example", ["lanternfish.example"])
    assert not internal(Thread.objects.get())


# What ends, begins again, or becomes something else


@pytest.mark.ledger("SLA-18")
def test_what_waited_when_it_was_resolved_waits_for_nothing_afterwards() -> None:
    account, by = make_account(), make_user()
    ticket = make_ticket(account)
    ticket.resolve(by=by, outcome="faq_updated")
    hears(ticket, 2 * HOUR)
    merge(make_ticket(account, received_at=MONDAY_MORNING + 2 * HOUR), ticket, by=by)
    ticket.refresh_from_db()
    assert contract(ticket).started_at == internal(ticket).started_at == MONDAY_MORNING + 2 * HOUR


@pytest.mark.ledger("SLA-18", "INT-10")
def test_what_is_sorted_back_to_support_has_its_internal_target_again() -> None:
    ticket, by = make_ticket(make_account()), make_user()
    sort_as(ticket, "job_application", by=by)
    assert not internal(ticket)
    sort_as(ticket, "support", by=by)
    assert internal(ticket).started_at == MONDAY_MORNING
    sort_as(ticket, "support", by=by)
    assert ticket.clocks.running().count() == 2


@pytest.mark.ledger("INT-10")
def test_a_ticket_that_was_reopened_and_is_sorted_counts_from_the_reopening() -> None:
    ticket, by = make_ticket(make_account()), make_user()
    ticket.answer("Hello", by=by)
    ticket.resolve(by=by, outcome="faq_updated")
    hears(ticket, 4 * HOUR)
    sort_as(ticket, "department_request", by=by)
    assert ticket.clocks.running().get().started_at == MONDAY_MORNING + 4 * HOUR


def test_merging_counts_the_promise_on_the_day_it_now_began() -> None:
    account = make_account()
    first = make_ticket(account, received_at=MONDAY_MORNING - timedelta(days=3))
    later = make_ticket(account)
    merge(first, later, by=make_user())
    assert str(contract(later).received_on) == "2026-01-09"


# Sorting late never hides a miss


@pytest.mark.ledger("SLA-24")
def test_the_priority_of_an_answered_ticket_judges_the_answer_anew() -> None:
    ticket, by = make_ticket(make_account("ultimate")), make_user()
    ticket.answer("Hello", by=by)
    assert not contract(ticket).missed
    ticket.set_priority("P0", by=by)
    one = contract(ticket)
    assert (one.missed, one.priority, one.due_at) == (True, "P0", MONDAY_MORNING + HOUR)
    assert not one.alerts.armed().exists()


@pytest.mark.ledger("SLA-24")
def test_an_impact_that_grew_after_the_answer_does_not_judge_it() -> None:
    ticket, by = make_ticket(make_account("ultimate"), priority="P2"), make_user()
    call(ticket, HOUR)
    ticket.set_priority("P0", by=by, worsened_at=MONDAY_MORNING + 2 * HOUR)
    assert (contract(ticket).missed, contract(ticket).priority) == (False, "P2")


@pytest.mark.ledger("SLA-01")
def test_an_account_linked_after_the_answer_brings_its_promise_to_it() -> None:
    ticket, by = make_ticket(None, priority="P0"), make_user()
    ticket.answer("Hello", by=by)
    ticket.link_account(make_account("ultimate"), by=by)
    assert (contract(ticket).tier, contract(ticket).missed) == ("ultimate", True)


@pytest.mark.ledger("SLA-24")
def test_no_impact_grows_before_the_request_came() -> None:
    ticket = make_ticket(make_account("ultimate"), priority="P2")
    with pytest.raises(ValidationError, match="before the request came"):
        ticket.set_priority("P0", by=make_user(), worsened_at=MONDAY_MORNING - MINUTE)


@pytest.mark.ledger("SLA-24")
def test_what_was_missed_stays_so_where_nothing_turns_out_to_be_promised() -> None:
    ticket = make_ticket(make_account("ultimate"), priority="P0")
    ticket.link_account(make_account(None), by=make_user())
    assert contract(ticket).state(MONDAY_MORNING + 3 * HOUR) == "late"
    assert ticket.due_at == MONDAY_MORNING + HOUR


@pytest.mark.ledger("SLA-18")
def test_the_internal_target_rings_by_the_priority_of_today() -> None:
    ticket = make_ticket(make_account("ultimate"))
    ticket.set_priority("P0", by=make_user())
    assert (internal(ticket).priority, internal(ticket).due_at) == ("P0", MONDAY_MORNING + HOUR)


@pytest.mark.ledger("SLA-19", "INT-11")
def test_an_answer_that_could_go_nowhere_stops_nothing() -> None:
    ticket = make_ticket(make_account(), source="manual", sender="")
    with pytest.raises(ValidationError, match="cannot be replied to"):
        ticket.answer("Hello", by=make_user())
    assert ticket.clocks.running().count() == 2


def test_a_thread_that_has_become_a_ticket_is_waved_through_no_more(client: Client) -> None:
    thread, by = make_thread(make_channel(make_account())), make_user()
    thread.hear(said_in(thread, MONDAY_MORNING))
    stale = Thread.objects.get(pk=thread.pk)
    ticket = thread.become_ticket("staff_flag", by=by)
    with pytest.raises(ValidationError, match="has become a ticket"):
        stale.needs_no_reply(by=by)
    client.force_login(by)
    assert client.post(f"/threads/{thread.pk}/no-reply/")["Location"] == f"/threads/{thread.pk}/"
    assert internal(ticket)


# What turns out later about what was asked, answered or taken back


def asked_twice(tier: str = "ultimate") -> Thread:
    """A thread in which a customer wrote on Monday morning and again two days later."""
    thread = make_thread(make_channel(make_account(tier)))
    for hours in (0, 46):
        at = MONDAY_MORNING + hours * HOUR
        thread.hear(said_in(thread, at))
    return thread


def answer_of(after: timedelta, ts: str = "1768241400.000100") -> Said:
    return Said(ts, MONDAY_MORNING + after, "Hello", Writer.in_slack("U0BO"))


@pytest.mark.ledger("INT-03", "SLA-19")
def test_a_flagged_thread_was_not_missed_for_what_its_history_shows_answered(clock: Any) -> None:
    make_user(slack_id="U0BO")
    thread = asked_twice()
    clock(MONDAY_MORNING + 48 * HOUR)
    ticket = thread.become_ticket("staff_flag", by=make_user())
    sweep_clocks()
    assert contract(ticket).missed
    thread.bring_in([answer_of(10 * MINUTE)])
    one = contract(ticket)
    assert (one.started_at, one.missed) == (MONDAY_MORNING + 46 * HOUR, False)
    assert one.due_at == MONDAY_MORNING + timedelta(days=2, hours=22)
    assert dict(one.alerts.values_list("threshold", "state")) == {"at_risk": "armed", "missed": "armed"}


@pytest.mark.ledger("SLA-24")
def test_nobody_is_asked_twice_to_confirm_a_thread_whose_clock_moves_on(clock: Any) -> None:
    make_user(slack_id="U0BO")
    thread = asked_twice()
    clock(MONDAY_MORNING + 48 * HOUR)
    ticket = thread.become_ticket("staff_flag", by=make_user())
    assert remind() == 1
    thread.bring_in([answer_of(10 * MINUTE)])
    assert contract(ticket).started_at == MONDAY_MORNING + 46 * HOUR
    assert remind() == 0


@pytest.mark.ledger("INT-03", "SLA-18")
def test_of_several_answers_in_the_history_the_first_ends_the_internal_target(clock: Any) -> None:
    make_user(slack_id="U0BO")
    thread = asked_twice()
    clock(MONDAY_MORNING + 48 * HOUR)
    ticket = thread.become_ticket("staff_flag", by=make_user())
    thread.bring_in([answer_of(20 * MINUTE), answer_of(5 * HOUR, "1768258800.000100")])
    first = ticket.clocks.filter(kind="acknowledge").earliest("pk")
    assert (first.stopped_at, first.missed) == (MONDAY_MORNING + 20 * MINUTE, False)
    assert internal(ticket).started_at == MONDAY_MORNING + 46 * HOUR


@pytest.mark.ledger("AHR-06", "SLA-19")
def test_an_answer_that_is_found_in_a_thread_made_a_ticket_after_hours_is_its_first_response(clock: Any) -> None:
    make_user(slack_id="U0BO")
    thread = asked_twice()
    clock(MONDAY_MORNING + 48 * HOUR)
    ticket = thread.become_ticket("slack_after_hours")
    thread.bring_in([answer_of(20 * MINUTE)])
    one = contract(ticket)
    assert (one.started_at, one.stopped_at) == (MONDAY_MORNING, MONDAY_MORNING + 20 * MINUTE)
    assert internal(ticket).started_at == MONDAY_MORNING + 46 * HOUR


@pytest.mark.ledger("INT-03", "SLA-01")
def test_flagging_a_reopened_ticket_again_leaves_its_receipt_alone(clock: Any) -> None:
    channel, bo = make_channel(make_account()), make_user(slack_id="U0BO")
    intake.slack(channel.slack_id, "U0ADA", "Offline", root := intake.ts("2026-01-12T10:00:00-08:00"))
    Thread.objects.get().become_ticket("staff_flag", by=bo)
    Ticket.objects.get().answer("Done", by=bo)
    Ticket.objects.get().resolve(by=bo, outcome="faq_updated")
    received_at = Ticket.objects.get().received_at
    clock(MONDAY_MORNING + 24 * HOUR)
    intake.slack(channel.slack_id, "U0ADA", "Again", intake.ts("2026-01-13T10:00:00-08:00"), thread=root)
    Thread.objects.get().bring_in(
        [Said("1768240900.000100", MONDAY_MORNING + 2 * MINUTE, "More", Writer.in_slack("U0ADA"))]
    )
    ticket = Ticket.objects.get()
    assert (ticket.generation, ticket.received_at) == (2, received_at)
    assert contract(ticket).started_at == intake.utc("2026-01-13T10:00:00.000100-08:00")


@pytest.mark.ledger("AHR-11", "SLA-19")
def test_a_ticket_that_began_with_a_colleagues_words_counts_from_the_customers(clock: Any) -> None:
    clock("2026-01-12T21:00:00-08:00")
    channel = make_channel(make_account("ultimate"), after_hours=True)
    intake.slack(channel.slack_id, "U0BO", "We saw errors", root := intake.ts("2026-01-12T20:00:00-08:00"))
    intake.slack(channel.slack_id, "U0ADA", "Offline", intake.ts("2026-01-12T20:10:00-08:00"), thread=root)
    introduce("U0BO", "Bo", "bo@lanternfish.example", ["lanternfish.example"])
    one = contract(Ticket.objects.get())
    assert (one.started_at, one.stopped_at) == (intake.utc("2026-01-12T20:10:00.000100-08:00"), None)


@pytest.mark.ledger("SLA-18")
def test_a_question_that_is_taken_back_asks_for_nothing_any_more() -> None:
    channel = make_channel(make_account())
    intake.slack(channel.slack_id, "U0ADA", "Offline", root := intake.ts("2026-01-12T10:00:00-08:00"))
    intake.slack(channel.slack_id, "U0ADA", "Still", later := intake.ts("2026-01-12T10:20:00-08:00"), thread=root)
    take_back(channel.slack_id, root)
    thread = Thread.objects.get()
    assert internal(thread).started_at == intake.utc("2026-01-12T10:20:00.000100-08:00")
    take_back(channel.slack_id, later)
    assert not Thread.objects.unanswered().exists()
    assert thread.clocks.get().withdrawn_reason == "what was asked was taken back"


@pytest.mark.ledger("SLA-18")
def test_a_question_that_is_taken_back_leaves_the_promise_of_its_ticket() -> None:
    channel = make_channel(make_account())
    intake.slack(channel.slack_id, "U0ADA", "Offline", root := intake.ts("2026-01-12T10:00:00-08:00"))
    ticket = Thread.objects.get().become_ticket("staff_flag", by=make_user())
    take_back(channel.slack_id, root)
    ticket.refresh_from_db()
    assert (internal(ticket), ticket.acknowledge_by) == (None, None)
    assert ticket.next_due_at == contract(ticket).due_at


def take_back(channel: str, ts: str) -> None:
    intake.slack(channel, "", "", ts, subtype="message_deleted", deleted_ts=ts, previous_message={"ts": ts})


@pytest.mark.ledger("SLA-19")
def test_a_call_in_time_that_is_logged_once_it_is_resolved_was_the_answer(clock: Any) -> None:
    ticket, by = make_ticket(make_account("ultimate"), priority="P0"), make_user()
    sweep_clocks()
    ticket.resolve(by=by, outcome="faq_updated")
    assert contract(ticket).state(MONDAY_MORNING + 3 * HOUR) == "missed"
    call(ticket, 40 * MINUTE)
    assert {one.state(MONDAY_MORNING + 3 * HOUR) for one in ticket.clocks.all()} == {"kept"}
    ticket.refresh_from_db()
    assert (ticket.first_response_at, ticket.next_due_at) == (MONDAY_MORNING + 40 * MINUTE, None)


def test_a_call_after_it_was_resolved_does_not_undo_that(clock: Any) -> None:
    ticket, by = make_ticket(make_account(), priority="P2"), make_user()
    ticket.resolve(by=by, outcome="faq_updated")
    clock(MONDAY_MORNING + 5 * HOUR)
    call(ticket, 4 * HOUR)
    assert contract(ticket).withdrawn_reason == "resolved"


@pytest.mark.ledger("SLA-24")
def test_no_impact_grows_before_the_cycle_that_is_counted(clock: Any) -> None:
    ticket, by = make_ticket(make_account("ultimate"), priority="P2"), make_user()
    ticket.answer("Hello", by=by)
    ticket.resolve(by=by, outcome="faq_updated")
    clock(MONDAY_MORNING + 24 * HOUR)
    hears(ticket, 24 * HOUR)
    with pytest.raises(ValidationError, match="before the request came"):
        ticket.set_priority("P0", by=by, worsened_at=MONDAY_MORNING + 2 * HOUR)


@pytest.mark.ledger("SLA-24")
def test_merging_takes_back_no_grace_of_an_impact_that_grew() -> None:
    account, by = make_account("ultimate"), make_user()
    first = make_ticket(account, priority="P2")
    later = make_ticket(account, priority="P2", received_at=MONDAY_MORNING + HOUR)
    later.set_priority("P0", by=by, worsened_at=MONDAY_MORNING + 3 * HOUR)
    merge(first, later, by=by)
    one = contract(later)
    assert (one.started_at, one.due_at, one.missed) == (MONDAY_MORNING, MONDAY_MORNING + 4 * HOUR, False)


def test_counting_anew_leaves_a_cause_that_somebody_has_just_written_down(clock: Any) -> None:
    ticket = make_ticket(make_account("ultimate"), priority="P0")
    sweep_clocks()
    one = contract(ticket)
    contract(ticket).explain_miss("seen_late", "Nobody looked", by=make_user())
    one.recount(one.rule)
    assert contract(ticket).cause == "seen_late"


@pytest.mark.ledger("INT-10", "SLA-21")
@pytest.mark.parametrize(
    ("kind", "clock_kind"), [("job_application", "application"), ("department_request", "request")]
)
def test_what_is_reopened_is_counted_as_what_it_is(kind: str, clock_kind: str) -> None:
    ticket, by = make_ticket(make_account()), make_user()
    sort_as(ticket, kind, by=by)
    ticket.clocks.all().withdraw("resolved")
    Ticket.objects.filter(pk=ticket.pk).update(resolved_at=MONDAY_MORNING, next_due_at=None)
    ticket.reopen(by=by, reason="Not done")
    assert ticket.clocks.running().get().kind == clock_kind


@pytest.mark.ledger("AHR-09")
def test_what_is_taken_up_again_waits_for_us() -> None:
    ticket, by = make_ticket(make_account()), make_user()
    ticket.answer("Hello", by=by)
    ticket.resolve(by=by, outcome="faq_updated")
    ticket.reopen(by=None, reason="escalated by the sender")
    assert ticket.turn == "next"
    assert Ticket.objects.waiting_for_us().get() == ticket
