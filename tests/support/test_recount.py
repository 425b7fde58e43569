"""Recounting open clocks after a correction: visible, in batches, resumable, and what was missed stays missed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fleetcs import recounts
from fleetcs.models import Holiday, OpeningHours, User
from support import sla
from support.models import Clock, Recount, SlaPolicy, Ticket
from support.models import recount as job_of
from support.models.recount import affected_by
from support.tasks import recount_clocks, sweep_clocks
from tests.factories import make_account, make_channel, make_message, make_thread, make_ticket, make_user
from tests.support.test_sweep import at_once

pytestmark = pytest.mark.django_db

TUESDAY = datetime(2026, 1, 13, 18, 0, tzinfo=UTC)  # Tuesday 10:00 in the company's zone
HOUR = timedelta(hours=1)
EARLY = {day: [["06:00", "16:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
P1 = ("premium", "P1")


def current() -> SlaPolicy:
    return SlaPolicy.objects.get(superseded=False)


def hours() -> OpeningHours:
    return OpeningHours.objects.get()


def premium(priority: str = "P1", at: datetime = TUESDAY, **fields: Any) -> Ticket:
    return make_ticket(make_account("premium"), received_at=at, priority=priority, **fields)


def contract(ticket: Ticket) -> Clock:
    return ticket.clocks.get(kind="response")


def allow(amount: int) -> dict[tuple[str, str], sla.Rule]:
    """The cell of Premium P1 with so many business hours."""
    rule = current().rule(*P1).as_rule()
    return {P1: sla.Rule(rule.tier, rule.priority, "business", sla.in_hours(amount), sla.in_hours(amount))}


@transaction.atomic
def correct(amount: int, by: User | None = None) -> Recount:
    by = by or make_user("vp_cs")
    current().correct(allow(amount), by=by)
    return Recount.order_for(current(), by=by)


@transaction.atomic
def correct_week(week: dict[str, Any], by: User) -> list[Recount]:
    correction = recounts.of_week(hours(), week)
    hours().correct(week, by=by)
    return recounts.order(correction, by=by)


@transaction.atomic
def close_on(day: date, by: User) -> list[Recount]:
    correction = recounts.of_holiday(day, "Founders' Day")
    Holiday.objects.create(on=day, name="Founders' Day")
    return recounts.order(correction, by=by)


# A policy


@pytest.mark.ledger("SLA-24")
def test_a_correction_moves_open_tickets_their_alerts_and_their_lists(clock: Any) -> None:
    clock(TUESDAY)
    ticket = premium()
    job = correct(6)
    assert (job.total, job.done, job.percent) == (1, 0, 0)
    assert recount_clocks() == 1
    job.refresh_from_db()
    ticket.refresh_from_db()
    assert (job.done, job.moved, job.percent, job.finished_at is not None) == (1, 1, 100, True)
    assert contract(ticket).due_at == ticket.due_at
    assert ticket.due_at == TUESDAY + 6 * HOUR
    assert contract(ticket).alerts.get(threshold="missed").due_at == ticket.due_at
    assert recount_clocks() == 0


@pytest.mark.ledger("SLA-24")
def test_what_was_missed_stays_missed(clock: Any) -> None:
    clock(TUESDAY)
    late, open_ = premium(), premium(at=TUESDAY + 3 * HOUR)
    clock(TUESDAY + 5 * HOUR)
    correct(8)
    recount_clocks()
    assert (contract(late).missed, contract(late).due_at) == (True, TUESDAY + 4 * HOUR)
    assert (contract(open_).missed, contract(open_).due_at) == (False, TUESDAY + 26 * HOUR)
    assert contract(late).state(TUESDAY + 5 * HOUR) == "late"


@pytest.mark.ledger("SLA-24")
def test_closed_tickets_keep_what_was_recorded(clock: Any) -> None:
    clock(TUESDAY)
    kept, by = premium(), make_user("cse")
    clock(TUESDAY + 4 * HOUR)
    kept.log_reply("call", "Hello", at=TUESDAY + 3 * HOUR, by=by)
    assert affected_by(current(), allow(2)) == 0
    assert correct(2).total == 0
    recount_clocks()
    assert (contract(kept).missed, contract(kept).due_at) == (False, TUESDAY + 4 * HOUR)


@pytest.mark.ledger("SLA-24")
def test_a_promise_made_shorter_may_be_missed_by_now(clock: Any) -> None:
    clock(TUESDAY)
    ticket = premium()
    clock(TUESDAY + 3 * HOUR)
    correct(2)
    recount_clocks()
    assert contract(ticket).due_at == TUESDAY + 2 * HOUR
    assert sweep_clocks() > 0
    assert contract(ticket).missed


def test_how_many_it_moves_is_exactly_how_many_are_moved(clock: Any) -> None:
    clock(TUESDAY)
    for priority in ("P0", "P1", "P1", "P2"):
        premium(priority)
    expected = affected_by(current(), allow(5))
    job = correct(5)
    recount_clocks()
    job.refresh_from_db()
    assert expected == job.moved == 2


@pytest.mark.ledger("SLA-16")
def test_a_policy_switched_off_withdraws_its_clocks_and_keeps_their_history(clock: Any) -> None:
    clock(TUESDAY)
    by, first = make_user("vp_cs"), current()
    heir = first.succeed(code="next", name="Next", in_force_from=TUESDAY + HOUR, rules=list(first.rules.all()), by=by)
    old, late = premium(), premium(at=TUESDAY + 2 * HOUR, priority="P0")
    clock(TUESDAY + 7 * HOUR)
    running = premium(at=TUESDAY + 6 * HOUR)
    with transaction.atomic():
        heir.switch_off(by=by)
        Recount.order_for(heir, by=by, off=True)
    recount_clocks()
    assert contract(old).withdrawn_at is None
    assert contract(running).withdrawn_reason == "the policy was switched off"
    assert set(contract(running).alerts.values_list("state", flat=True)) == {"cancelled"}
    assert (contract(late).missed, contract(late).state(TUESDAY + 7 * HOUR)) == (True, "missed")
    running.refresh_from_db()
    assert running.next_due_at == running.acknowledge_by  # the internal target goes on


@pytest.mark.ledger("SLA-16")
def test_a_promise_that_was_taken_back_is_late_on_no_list(clock: Any) -> None:
    clock(TUESDAY)
    by, first = make_user("vp_cs"), current()
    heir = first.succeed(code="next", name="Next", in_force_from=TUESDAY - HOUR, rules=list(first.rules.all()), by=by)
    ticket = premium("P0")
    with transaction.atomic():
        heir.switch_off(by=by)
        Recount.order_for(heir, by=by, off=True)
    recount_clocks()
    clock(TUESDAY + timedelta(hours=3, minutes=50))
    ticket.refresh_from_db()
    assert (ticket.due_at, ticket.at_risk_at, ticket.next_due_at) == (None, None, TUESDAY + HOUR)
    assert not Ticket.objects.at_risk(TUESDAY + timedelta(hours=3, minutes=50)).exists()
    client = Client()
    client.force_login(by)
    assert "internal · no promise" in client.get("/tickets/").content.decode()
    ticket.resolve(by=by, outcome="faq_updated")
    assert ticket.due_at is None


@pytest.mark.django_db(transaction=True)
def test_while_a_policy_is_recounted_new_tickets_are_counted_by_its_rules(clock: Any) -> None:
    clock(TUESDAY)
    premium()
    correct(6)
    with transaction.atomic():
        Recount.objects.select_for_update().get().go_on()
        assert at_once(rules_that_are_free) == [current().rules.count()]


def rules_that_are_free() -> int:
    """How many rules a clock could be tied to right now."""
    with transaction.atomic():
        return len(current().rules.select_for_update(no_key=True, skip_locked=True))


@pytest.mark.ledger("SLA-16")
def test_a_policy_switched_off_costs_no_more_for_many_clocks(clock: Any) -> None:
    clock(TUESDAY)
    by, first = make_user("vp_cs"), current()
    counts = []
    for number in (1, 12):
        heir = first.succeed(
            code=f"next{number}", name="Next", in_force_from=TUESDAY + HOUR, rules=list(first.rules.all()), by=by
        )
        for _ in range(number):
            premium(at=TUESDAY + 2 * HOUR)
        with transaction.atomic():
            heir.switch_off(by=by)
            Recount.order_for(heir, by=by, off=True)
        counts.append(asked())
        assert not Clock.objects.running().filter(rule__policy=heir).exists()
        assert recount_clocks() == 0
    assert counts[0] == counts[1]


# Hours and holidays


@pytest.mark.ledger("SLA-13", "SLA-14")
def test_a_correction_of_the_hours_in_force_moves_what_was_counted_with_them(clock: Any) -> None:
    clock(TUESDAY)
    friday = datetime(2026, 1, 16, 23, 30, tzinfo=UTC)
    ticket, by = premium(at=friday), make_user("bizops")
    assert ticket.due_at == datetime(2026, 1, 19, 18, 30, tzinfo=UTC)
    correction = recounts.of_week(hours(), EARLY)
    assert recounts.affected(correction) == 1
    (job,) = correct_week(EARLY, by)
    assert (job.cause, job.total) == ("calendar", 2)
    recount_clocks()
    ticket.refresh_from_db()
    assert ticket.due_at == datetime(2026, 1, 19, 17, 30, tzinfo=UTC)


@pytest.mark.ledger("SLA-13", "SLA-14")
def test_hours_with_a_date_touch_only_what_is_received_later(clock: Any) -> None:
    clock(TUESDAY)
    ticket = premium("P2")
    OpeningHours.objects.create(week=EARLY, in_force_from=TUESDAY + 2 * HOUR)
    assert recount_clocks() == 0
    ticket.refresh_from_db()
    assert ticket.due_at == TUESDAY + timedelta(days=1)


@pytest.mark.ledger("SLA-15")
def test_a_late_holiday_moves_what_it_delays_and_nothing_else(clock: Any) -> None:
    clock(TUESDAY)
    low, high, by = premium("P2"), premium("P1", at=TUESDAY + 5 * HOUR), make_user("bizops")
    before = high.due_at
    assert recounts.affected(recounts.of_holiday(date(2026, 1, 14), "Founders' Day")) == 1
    close_on(date(2026, 1, 14), by)
    recount_clocks()
    low.refresh_from_db()
    high.refresh_from_db()
    assert low.due_at == TUESDAY + timedelta(days=2)
    assert high.due_at == before


@pytest.mark.ledger("SLA-15", "SLA-18", "SLA-21")
def test_a_holiday_added_late_turns_its_day_into_outside_hours(clock: Any) -> None:
    clock(TUESDAY)
    thread = make_thread(make_channel(make_account()))
    thread.hear(make_message(None, thread=thread, kind="slack", at=TUESDAY))
    ticket = premium("P0")
    close_on(date(2026, 1, 13), make_user("bizops"))
    recount_clocks()
    internal = thread.clocks.get()
    assert (internal.due_at, internal.inside) == (TUESDAY + 4 * HOUR, False)
    assert (contract(ticket).due_at, contract(ticket).inside) == (TUESDAY + 4 * HOUR, False)


@pytest.mark.ledger("SLA-15")
def test_a_holiday_taken_out_again_moves_them_back(clock: Any) -> None:
    clock(TUESDAY)
    ticket, by = premium("P2"), make_user("bizops")
    close_on(date(2026, 1, 14), by)
    recount_clocks()
    with transaction.atomic():
        correction = recounts.without_holiday(date(2026, 1, 14))
        assert recounts.affected(correction) == 1
        Holiday.objects.filter(on=date(2026, 1, 14)).update(is_active=False)
        recounts.order(correction, by=by)
    recount_clocks()
    ticket.refresh_from_db()
    assert ticket.due_at == TUESDAY + timedelta(days=1)


@pytest.mark.ledger("SLA-24")
def test_grace_after_a_worsened_impact_survives_a_recount(clock: Any) -> None:
    clock(TUESDAY)
    ticket, by = premium("P2"), make_user("cse")
    clock(TUESDAY + 2 * HOUR)
    ticket.set_priority("P1", by=by, reason="Worse", worsened_at=TUESDAY + 2 * HOUR)
    assert ticket.due_at == TUESDAY + 6 * HOUR
    correct(5)
    recount_clocks()
    assert contract(ticket).worsened_at == TUESDAY + 2 * HOUR
    assert contract(ticket).due_at == datetime(2026, 1, 14, 16, 0, tzinfo=UTC)  # five business hours from noon


# The job


def test_a_job_goes_on_where_it_stopped(clock: Any) -> None:
    clock(TUESDAY)
    tickets = [premium() for _ in range(5)]
    job = correct(6)
    for expected in (2, 4, 5):
        with transaction.atomic():
            Recount.objects.select_for_update().get().go_on(2)
        job.refresh_from_db()
        assert (job.done, job.finished_at) == (expected, None)
    assert recount_clocks() == 0
    job.refresh_from_db()
    assert job.finished_at
    assert {contract(ticket).due_at for ticket in tickets} == {TUESDAY + 6 * HOUR}


def test_a_batch_that_fails_leaves_the_job_where_it_was(clock: Any) -> None:
    clock(TUESDAY)
    ticket = premium()
    job = correct(6)
    with transaction.atomic():
        Recount.objects.select_for_update().get().go_on(2)
        transaction.set_rollback(True)
    job.refresh_from_db()
    assert (job.done, contract(ticket).due_at) == (0, TUESDAY + 4 * HOUR)
    recount_clocks()
    assert contract(ticket).due_at == TUESDAY + 6 * HOUR


@pytest.mark.ledger("SLA-24")
def test_jobs_are_done_one_after_the_other(clock: Any) -> None:
    clock(TUESDAY)
    ticket, by = premium(), make_user("vp_cs")
    first, second = correct(6, by), correct(3, by)
    recount_clocks()
    recount_clocks()
    assert all(job.finished_at for job in Recount.objects.filter(pk__in=[first.pk, second.pk]))
    assert contract(ticket).due_at == TUESDAY + 3 * HOUR


def test_the_page_shows_how_far_it_is_to_everybody(clock: Any) -> None:
    clock(TUESDAY)
    premium()
    job = correct(6)
    client = Client()
    client.force_login(make_user(None))
    under_way = client.get(job.get_absolute_url()).content.decode()
    assert "0 of 1 open clocks looked at" in under_way
    assert "hx-trigger" in under_way
    assert job.get_absolute_url() in client.get("/policies/").content.decode()
    recount_clocks()
    polled = client.get(job.get_absolute_url(), headers={"HX-Request": "true", "HX-Target": "main"}).content.decode()
    assert "<h1" in polled, "what is put in the place of the page has its head"
    assert "Finished" in polled
    assert "<html" not in polled
    assert 'hx-trigger="every' not in client.get(job.get_absolute_url()).content.decode()


def test_a_batch_asks_no_more_for_more_clocks_that_do_not_move(clock: Any) -> None:
    clock(TUESDAY)
    premium()
    correct(4)
    few = asked()
    for _ in range(10):
        premium()
    correct(4)
    assert asked() == few


def asked() -> int:
    with CaptureQueriesContext(connection) as found:
        Recount.objects.step()
    return len(found)


@pytest.mark.django_db(transaction=True)
@pytest.mark.ledger("SLA-24")
def test_two_workers_do_one_job_once_while_colleagues_answer(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_of, "BATCH", 2)
    clock(TUESDAY + HOUR)
    by, tickets = make_user("cse"), [premium() for _ in range(8)]
    job = correct(6)
    answers = [lambda one=one: one.log_reply("call", "Hi", at=TUESDAY + HOUR, by=by) for one in tickets[:2]]
    at_once(recount_clocks, recount_clocks, sweep_clocks, *answers)
    while recount_clocks():
        pass
    job.refresh_from_db()
    assert job.finished_at
    for ticket in tickets[2:]:
        assert contract(ticket).due_at == TUESDAY + 6 * HOUR
    assert Clock.objects.promised().filter(stopped_at__isnull=False, missed=False).count() == 2
