"""Alerts of clocks: late rather than never, never twice, whoever sweeps, whatever the clock does (F20 to F25)."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.apps import apps
from django.db import connections, transaction
from structlog.testing import capture_logs

from fleetcs import clock as product_clock
from fleetcs.models import Automation, Effect, Heartbeat
from support.models import Alert, Clock, Ticket
from support.tasks import remind, sweep_clocks
from tests.factories import make_account, make_channel, make_message, make_thread, make_ticket, make_user

TUESDAY = datetime(2026, 1, 13, 18, 0, tzinfo=UTC)  # Tuesday 10:00 in the company's zone
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def people(db: None) -> dict[str, Any]:
    """Somebody in every post that hears of alerts, and the automation allowed to act."""
    Automation.objects.filter(pk="sla_alerts").update(position="act")
    return {post: make_user(post, slack_id=f"U{post.upper()}") for post in ("cse", "manager_cse_csa", "vp_cs")}


def ultimate(priority: str = "P0", **fields: Any) -> Ticket:
    """An Ultimate ticket received on Tuesday at ten: P0 is due at 11:00, P1 at 12:00."""
    return make_ticket(make_account("ultimate"), received_at=TUESDAY, priority=priority, **fields)


def contract(ticket: Ticket) -> Clock:
    return ticket.clocks.filter(kind="response").latest("generation")


def states(clock: Clock) -> dict[str, str]:
    return dict(clock.alerts.values_list("threshold", "state"))


def told(clock: Clock) -> list[tuple[str, str]]:
    """(threshold, Slack id) of everybody who was told about a clock."""
    found = []
    for effect in Effect.objects.filter(automation="sla_alerts").order_by("pk"):
        alert = Alert.objects.get(pk=effect.args["alert"])
        if alert.clock_id == clock.pk:
            found.append((alert.threshold, effect.key.rsplit(":", 1)[1]))
    return found


@pytest.mark.ledger("SLA-21", "SLA-24")
def test_nothing_rings_before_its_moment(clock: Any) -> None:
    ticket = ultimate()
    clock(TUESDAY + 44 * MINUTE)
    assert sweep_clocks() == 0
    assert set(states(contract(ticket)).values()) == {"armed"}


@pytest.mark.ledger("SLA-03", "SLA-07")
def test_at_three_quarters_whoever_works_on_it_is_told_once(clock: Any, people: dict[str, Any]) -> None:
    ticket, somebody = ultimate(), make_user("cse", slack_id="U1")
    ticket.assign(somebody, by=somebody)
    clock(TUESDAY + 46 * MINUTE)
    assert sweep_clocks() == 2  # the contract's clock, and the internal target of the message
    assert sweep_clocks() == 0
    assert told(contract(ticket)) == [("at_risk", str(somebody.pk))]
    assert states(contract(ticket)) == {"at_risk": "fired", "missed": "armed"}


def test_a_ticket_of_nobody_is_told_to_those_who_hold_the_post(clock: Any, people: dict[str, Any]) -> None:
    ticket = ultimate()
    clock(TUESDAY + 46 * MINUTE)
    sweep_clocks()
    assert told(contract(ticket)) == [("at_risk", str(people["cse"].pk))]


@pytest.mark.ledger("SLA-07", "SLA-21")
def test_a_miss_is_recorded_and_told_to_the_manager_and_later_to_the_vp(clock: Any, people: dict[str, Any]) -> None:
    ticket = ultimate()
    clock(TUESDAY + 61 * MINUTE)
    sweep_clocks()
    missed = contract(ticket)
    assert missed.missed
    assert states(missed) == {"at_risk": "superseded", "missed": "fired", "escalate_1": "armed"}
    clock(TUESDAY + 121 * MINUTE)
    sweep_clocks()
    assert told(missed) == [("missed", str(people["manager_cse_csa"].pk)), ("escalate_1", str(people["vp_cs"].pk))]


@pytest.mark.ledger("SLA-05")
def test_what_is_not_urgent_is_not_taken_to_the_vp(clock: Any) -> None:
    ticket = ultimate("P2")
    clock(TUESDAY + timedelta(days=5))
    sweep_clocks()
    assert states(contract(ticket)) == {"at_risk": "superseded", "missed": "fired"}


@pytest.mark.ledger("SLA-21")
def test_after_two_hours_without_a_sweep_the_highest_threshold_rings_and_says_how_late(clock: Any) -> None:
    ticket = ultimate()
    clock(TUESDAY + 3 * HOUR)
    sweep_clocks()
    rung = contract(ticket).alerts.get(state="fired")
    assert rung.threshold == "escalate_1"
    assert states(contract(ticket)) == {"at_risk": "superseded", "missed": "superseded", "escalate_1": "fired"}
    assert HOUR <= rung.late_by < HOUR + MINUTE
    assert [threshold for threshold, _ in told(contract(ticket))] == ["escalate_1"]


def test_an_answer_takes_the_alerts_back(clock: Any) -> None:
    ticket, somebody = ultimate(), make_user("cse")
    clock(TUESDAY + 30 * MINUTE)
    ticket.log_reply("call", "We are on it.", at=TUESDAY + 20 * MINUTE, by=somebody)
    clock(TUESDAY + 5 * HOUR)
    assert sweep_clocks() == 0
    assert set(states(contract(ticket)).values()) == {"cancelled"}


@pytest.mark.ledger("SLA-18")
def test_a_thread_that_is_no_ticket_rings_too(clock: Any, people: dict[str, Any]) -> None:
    thread = make_thread(make_channel(make_account("premium")))
    message = make_message(None, thread=thread, kind="slack", at=TUESDAY)
    thread.hear(message)
    clock(TUESDAY + 61 * MINUTE)
    assert sweep_clocks() == 1
    internal = thread.clocks.get()
    assert internal.missed
    assert told(internal) == [("missed", str(people["manager_cse_csa"].pk))]


@pytest.mark.ledger("SLA-24")
def test_a_reopened_ticket_rings_again_in_its_next_cycle(clock: Any, people: dict[str, Any]) -> None:
    ticket, somebody = ultimate(), make_user("cse")
    clock(TUESDAY + 61 * MINUTE)
    sweep_clocks()
    ticket.resolve(by=somebody, outcome="faq_updated")
    clock(TUESDAY + 2 * HOUR)
    ticket.reopen(by=somebody, reason="It came back.")
    clock(TUESDAY + 3 * HOUR + MINUTE)
    sweep_clocks()
    first, second = ticket.clocks.filter(kind="response").order_by("generation")
    assert [threshold for threshold, _ in told(first)] == ["missed"]
    assert [threshold for threshold, _ in told(second)] == ["missed"]
    assert first.missed
    assert first.withdrawn_at


@pytest.mark.ledger("SLA-24")
def test_a_clock_that_jumps_an_hour_forth_and_back_loses_no_alert_and_rings_none_twice(clock: Any) -> None:
    ticket = ultimate()
    clock(TUESDAY + HOUR + MINUTE)  # an hour ahead
    sweep_clocks()
    clock(TUESDAY + MINUTE)  # and back
    assert sweep_clocks() == 0
    clock(TUESDAY + HOUR + 2 * MINUTE)
    sweep_clocks()
    clock(TUESDAY + 2 * HOUR + MINUTE)
    sweep_clocks()
    assert [threshold for threshold, _ in told(contract(ticket))] == ["missed", "escalate_1"]


def test_a_clock_that_was_put_back_is_warned_of(clock: Any) -> None:
    Heartbeat.objects.create(name="sweep_clocks", at=TUESDAY + HOUR)
    clock(TUESDAY)
    with capture_logs() as logs:
        sweep_clocks()
    assert [entry["seconds"] // 60 for entry in logs if entry["event"] == "clock_jump"] == [59.0]


@pytest.mark.ledger("SLA-24")
def test_a_lower_priority_takes_back_what_had_not_rung(clock: Any) -> None:
    ticket, somebody = ultimate(), make_user("cse")
    clock(TUESDAY + 50 * MINUTE)
    sweep_clocks()
    ticket.set_priority("P2", by=somebody, reason="One user only.")
    clock(TUESDAY + 70 * MINUTE)
    sweep_clocks()
    assert states(contract(ticket)) == {"at_risk": "fired", "missed": "armed"}
    assert not contract(ticket).missed


@pytest.mark.ledger("SLA-06", "SLA-24")
def test_a_threshold_that_no_longer_exists_does_not_ring(clock: Any) -> None:
    ticket, somebody = make_ticket(make_account("premium"), received_at=TUESDAY, priority="P3"), make_user("cse")
    clock(TUESDAY + MINUTE)
    ticket.set_priority("P2", by=somebody)
    assert states(contract(ticket)) == {"at_risk": "armed", "target": "cancelled", "missed": "armed"}
    ticket.set_priority("P3", by=somebody, reason="A question after all.")
    assert states(contract(ticket)) == {"at_risk": "armed", "target": "armed", "missed": "armed"}


@pytest.mark.ledger("SLA-24")
def test_a_miss_that_was_swept_survives_a_change_of_priority_that_had_read_before_it(clock: Any) -> None:
    ticket, somebody = ultimate(), make_user("cse")
    stale = Ticket.objects.get(pk=ticket.pk)
    clock(TUESDAY + 61 * MINUTE)
    sweep_clocks()
    stale.set_priority("P3", by=somebody, reason="Only a question.")
    after = contract(ticket)
    assert after.missed
    assert after.due_at == TUESDAY + HOUR
    assert after.state(TUESDAY + 61 * MINUTE) == "late"


def test_a_row_that_fails_does_not_hold_up_the_others(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(apps.get_app_config("support").senders, "mail.alert")
    broken, fine, by_mail = ultimate(), ultimate(), make_user(None)
    broken.assign(by_mail, by=by_mail)
    clock(TUESDAY + 46 * MINUTE)
    assert sweep_clocks() == 2
    assert states(contract(broken)) == {"at_risk": "armed", "missed": "armed"}
    assert states(contract(fine)) == {"at_risk": "fired", "missed": "armed"}


@pytest.mark.ledger("SLA-21", "SLA-24")
def test_unconfirmed_tickets_are_told_of_once_when_the_internal_target_has_passed(
    clock: Any, people: dict[str, Any]
) -> None:
    waiting, confirmed = ultimate(None), ultimate("P2")
    clock(TUESDAY + 59 * MINUTE)
    assert remind() == 0
    clock(TUESDAY + 61 * MINUTE)
    assert remind() == 1
    assert remind() == 0
    assert told(contract(waiting)) == [("unconfirmed", str(people["cse"].pk))]
    assert told(contract(confirmed)) == []


def test_outside_hours_unconfirmed_tickets_have_four_hours(clock: Any) -> None:
    evening = TUESDAY + 10 * HOUR
    make_ticket(make_account("premium"), received_at=evening)
    clock(evening + 2 * HOUR)
    assert remind() == 0
    clock(evening + 4 * HOUR + MINUTE)
    assert remind() == 1


# Races, with real transactions


def at_once(*works: Any) -> list[Any]:
    """Do each in a thread and connection of its own, starting together."""
    start = Barrier(len(works))

    def run(work: Any) -> Any:
        try:
            start.wait()
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.mark.usefixtures("patience")
@pytest.mark.django_db(transaction=True)
@pytest.mark.ledger("SLA-21")
def test_two_sweepers_ring_each_clock_once(clock: Any) -> None:
    tickets = [ultimate() for _ in range(12)]
    clock(TUESDAY + 61 * MINUTE)
    at_once(*[sweep_clocks] * 4)
    sweep_clocks()
    for ticket in tickets:
        assert [threshold for threshold, _ in told(contract(ticket))] == ["missed"]


@pytest.mark.usefixtures("patience")
@pytest.mark.django_db(transaction=True)
@pytest.mark.ledger("SLA-24")
def test_a_priority_that_changes_at_the_very_threshold_rings_by_the_old_or_the_new_but_never_both(clock: Any) -> None:
    somebody, tickets = make_user("cse"), [ultimate() for _ in range(6)]
    clock(TUESDAY + 46 * MINUTE)
    changes = [lambda one=one: one.set_priority("P2", by=somebody, reason="One user only.") for one in tickets]
    at_once(sweep_clocks, sweep_clocks, *changes)
    sweep_clocks()
    for ticket in tickets:
        one = contract(ticket)
        assert one.alerts.get(threshold="at_risk").state in {"fired", "armed"}
        assert len(told(one)) == len(set(told(one)))
        assert {threshold for threshold, _ in told(one)} <= {"at_risk"}
        assert one.priority == "P2"
        assert not one.missed
        assert one.alerts.get(threshold="missed").due_at == one.due_at > TUESDAY + HOUR


@pytest.mark.django_db(transaction=True)
def test_a_clock_that_is_just_being_answered_is_left_alone_and_rings_if_it_was_not(clock: Any) -> None:
    ticket = ultimate()
    clock(TUESDAY + 61 * MINUTE)
    with transaction.atomic():
        list(Clock.objects.select_for_update().filter(ticket=ticket))
        assert at_once(sweep_clocks) == [0]
    assert sweep_clocks() == 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.ledger("SLA-21", "SLA-24")
def test_a_storm_of_sweepers_answers_reopenings_and_jumps_rings_each_threshold_once_and_forgets_none(
    clock: Any,
) -> None:
    dice, by = random.Random(4), make_user("cse")
    tickets = [ultimate(dice.choice(["P0", "P1", "P2"])) for _ in range(60)]
    for minutes in (20, 50, 61, 1, 70, 121, 200, 1500, 1450, 3000):  # one jump back, one outage
        clock(TUESDAY + minutes * MINUTE)
        acts = [lambda one=one: upset(one, dice.random(), by) for one in dice.sample(tickets, 4)]
        at_once(*[sweep_clocks] * 8, *acts)
    sweep_clocks()
    for one in Clock.objects.all():
        rung = [threshold for threshold, _ in told(one)]
        assert len(told(one)) == len(set(told(one)))
        assert sorted(set(rung)) == sorted(one.alerts.filter(state="fired").values_list("threshold", flat=True))
        assert not one.alerts.filter(state="armed", due_at__lt=product_clock.now()).exists() or not one.is_running
        assert one.missed == (one.is_past_due(one.stopped_at or one.withdrawn_at or product_clock.now()) or one.missed)
        if one.is_running and one.is_past_due(product_clock.now()):
            assert one.missed
            assert one.alerts.filter(threshold="missed", state__in=["fired", "superseded"]).exists()


def upset(ticket: Ticket, chance: float, by: Any) -> None:
    """One thing that may happen to a ticket at any moment."""
    one = Ticket.objects.get(pk=ticket.pk)
    if one.resolved_at:
        one.reopen(by=by, reason="Again")
    elif chance < 0.4:
        one.set_priority("P0" if chance < 0.2 else "P3", by=by, reason="As it turns out")
    elif chance < 0.7:
        one.log_reply("call", "Hello", at=product_clock.now(), by=by)
    else:
        one.resolve(by=by, outcome="faq_updated")
