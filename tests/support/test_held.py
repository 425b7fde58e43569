"""Two at one ticket: each acts on what the other has written, and neither waits for the other for good."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event as Signal
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test import Client

from fleetcs.local.processes import until
from support.models import Batch, Clock, Recount, SlaPolicy, Thread, Ticket, hold, merge
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
LONG = 120


@pytest.fixture(autouse=True)
def _monday(clock: Any) -> None:
    clock(MONDAY_MORNING)


def test_a_verb_on_a_ticket_that_was_read_before_keeps_what_others_have_written_since() -> None:
    by, ticket = make_user(), make_ticket(make_account())
    early, late = Ticket.objects.get(pk=ticket.pk), Ticket.objects.get(pk=ticket.pk)
    early.set_priority("P1", by=by)
    early.describe({"server_version": "4.62"}, by=by)
    late.assign(by, by=by)
    late.refresh_from_db()
    assert (late.priority, late.assignee, late.details) == ("P1", by, {"server_version": "4.62"})
    assert late.version == early.version + 1


def test_a_verb_decides_on_what_is_true_now() -> None:
    by, ticket = make_user(), make_ticket(make_account())
    stale = Ticket.objects.get(pk=ticket.pk)
    ticket.resolve(by=by, outcome="faq_updated")
    with pytest.raises(Exception, match="resolved already"):
        stale.resolve(by=by, outcome="not_possible", note="x")


def test_what_reaches_a_merged_ticket_keeps_what_was_done_to_the_other_meanwhile() -> None:
    account, by = make_account(), make_user()
    lost, kept = make_ticket(account), make_ticket(account)
    merge(lost, kept, by=by)
    lost = Ticket.objects.select_related("merged_into").get(pk=lost.pk)
    Ticket.objects.get(pk=kept.pk).assign(by, by=by)
    lost.hear(make_message(lost))
    assert Ticket.objects.get(pk=kept.pk).assignee == by


def together(*works: Any) -> None:
    """Do each in a thread and connection of its own; what one raises is raised here."""

    def run(work: Any) -> None:
        try:
            with transaction.atomic():
                work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(run, work) for work in works]:
            done.result(LONG)


@pytest.mark.usefixtures("patience")
@pytest.mark.django_db(transaction=True)
def test_an_answer_and_a_message_in_the_same_thread_do_not_wait_for_each_other_for_good() -> None:
    account, by = make_account(), make_user()
    channel = make_channel(account)
    ticket = make_ticket(account, channel=channel)
    thread = make_thread(channel, ticket=ticket)
    working, listening = Signal(), Signal()

    def answer() -> None:
        held = Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
        working.set()
        listening.wait(10)
        held.answer("Hello", by=by)

    def listen() -> None:
        working.wait(10)
        Thread.objects.locked(channel, thread.thread_ts, thread.last_at)
        listening.set()
        answered = Ticket.objects.held(ticket.pk)
        assert answered
        assert answered.last_reply_at

    together(answer, listen)


@pytest.mark.usefixtures("patience")
@pytest.mark.django_db(transaction=True)
def test_a_recount_and_an_answer_take_hold_in_the_same_order() -> None:
    by, ticket = make_user(), make_ticket(make_account(), priority="P1")
    policy = SlaPolicy.objects.in_force(MONDAY_MORNING)
    policy.rules.filter(tier="premium", priority="P1").update(inside=6, outside=6)
    with transaction.atomic():
        job = Recount.order_for(policy, by=by)
    working, counting = Signal(), Signal()

    def answer() -> None:
        held = Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
        working.set()
        counting.wait(1)
        held.assign(by, by=by)
        held.answer("Hello", by=by)

    def count() -> None:
        working.wait(10)
        counting.set()
        job.go_on()

    together(answer, count)
    ticket.refresh_from_db()
    assert ticket.assignee == by
    assert not Clock.objects.running().exists()


def let_go_at_once(rows: list[Ticket], *works: Any) -> None:
    """Do the works at the same instant: each begins while these rows are held, and goes on when they are let go."""
    with ThreadPoolExecutor(len(works)) as pool:
        with transaction.atomic():
            list(Ticket.objects.select_for_update().filter(pk__in=[row.pk for row in rows]))
            begun = [pool.submit(alone, work) for work in works]
            assert until(lambda: waiting_for_rows() == len(works), LONG)
        for one in begun:
            one.result(LONG)


def alone(work: Any) -> None:
    """In a connection of its own."""
    try:
        work()
    finally:
        connections.close_all()


def waiting_for_rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return int(cursor.fetchone()[0])


def deadlocks() -> int:
    """How many the database has had to end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


@pytest.mark.usefixtures("patience")
@pytest.mark.django_db(transaction=True)
def test_two_people_who_merge_the_same_tickets_in_opposite_directions_do_not_wait_for_each_other_for_good() -> None:
    account, by, before = make_account(), make_user(), deadlocks()
    one, other = make_ticket(account), make_ticket(account)
    answers: list[int] = []

    def join(lost: Ticket, kept: Ticket) -> None:
        client = Client()
        client.force_login(by)
        answers.append(client.post(f"/tickets/{lost.pk}/merge/", {"into": kept.pk}).status_code)

    let_go_at_once([one, other], lambda: join(one, other), lambda: join(other, one))
    assert sorted(answers) == [302, 422]
    assert Ticket.objects.filter(merged_into__in=[one, other]).count() == 1
    assert deadlocks() == before


@pytest.mark.usefixtures("patience")
@pytest.mark.django_db(transaction=True)
def test_two_people_who_change_the_same_tickets_in_opposite_order_do_not_wait_for_each_other_for_good() -> None:
    account, by = make_account(), make_user()
    one, other = make_ticket(account), make_ticket(account)
    batches = [
        Batch.objects.create(by=by, act="priority", change={"priority": "P1"}, left=pks)
        for pks in ([one.pk, other.pk], [other.pk, one.pk])
    ]
    let_go_at_once([one, other], *(batch.go_on for batch in batches))
    assert [effect["ticket"] for effect in Batch.objects.get(pk=batches[1].pk).effects] == [other.pk, one.pk]
    assert all(ticket.priority == "P1" for ticket in Ticket.objects.all())


@pytest.mark.usefixtures("patience")
@pytest.mark.django_db(transaction=True)
def test_a_merge_and_a_message_in_the_thread_do_not_wait_for_each_other_for_good() -> None:
    account, by, before = make_account(), make_user(), deadlocks()
    channel = make_channel(account)
    lost, kept = make_ticket(account, channel=channel), make_ticket(account)
    thread = make_thread(channel, ticket=lost)
    merging, listening = Signal(), Signal()

    def join() -> None:
        with transaction.atomic():
            hold(lost.pk, kept.pk)
            merging.set()
            listening.wait(1)
            merge(lost, kept, by=by)

    def listen() -> None:
        merging.wait(10)
        with transaction.atomic():
            listening.set()
            found = Thread.objects.locked(channel, thread.thread_ts, thread.last_at)
            assert found.ticket_id == kept.pk

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(alone, work) for work in (join, listen)]:
            done.result(LONG)
    assert deadlocks() == before
