"""Writes that have to be apart: one at a time, a second after the last, so many a minute and an hour, for everybody."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps

from fleetcs import clock as product_clock
from fleetcs.effects import send_rest
from fleetcs.models import Effect, Gate
from fleetcs.pace import Pace
from tests.fleetcs import outside
from tests.fleetcs.outside import emitted

pytestmark = pytest.mark.django_db(transaction=True)

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
PACE = Pace(SECOND, ((80, MINUTE), (500, HOUR)))
NOON = datetime(2026, 1, 12, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _senders(monkeypatch: pytest.MonkeyPatch, clock: Any) -> Iterator[None]:
    monkeypatch.setattr(apps.get_app_config("fleetcs"), "senders", outside.SENDERS)
    for each in outside.ALL.values():
        each.reset()
    outside.note.pace = PACE
    clock(NOON)
    yield
    outside.note.pace = None


# --- the rule ---------------------------------------------------------------------------------------------------------
def test_a_turn_is_free_until_so_many_have_been_taken() -> None:
    minute = [NOON - MINUTE + SECOND * n / 2 for n in range(79)]
    assert PACE.next_turn(minute, NOON) == NOON
    assert PACE.next_turn([NOON - MINUTE / 2, *minute][:80], NOON) >= NOON


def test_the_hour_counts_beside_the_minute() -> None:
    turns = [NOON - HOUR + timedelta(seconds=7 * n + 1) for n in range(500)]
    assert PACE.next_turn(turns, NOON) == NOON + SECOND
    assert PACE.next_turn(turns[1:], NOON) == NOON


def test_what_is_longer_ago_than_every_window_is_forgotten() -> None:
    assert PACE.remembered([NOON - HOUR, NOON - HOUR + SECOND], NOON) == [NOON - HOUR + SECOND]
    assert Pace(SECOND).remembered([NOON], NOON) == []


# --- what it does to effects ------------------------------------------------------------------------------------------
def test_of_many_that_are_due_one_leaves_and_the_others_wait_a_second() -> None:
    rows = [emitted(key=f"n{n}") for n in range(25)]
    send_rest()
    assert outside.note.arrived == [rows[0].key]
    assert set(Effect.objects.exclude(pk=rows[0].pk).values_list("state", "attempts")) == {("waiting", 0)}
    assert send_rest() == 0  # they are not even claimed


def test_they_leave_one_after_the_other_in_their_order(clock: Any) -> None:
    for n in range(4):
        emitted(key=f"n{n}")
    for _ in range(4):
        send_rest()
        clock.forward(seconds=1.1)
    assert outside.note.arrived == ["n0", "n1", "n2", "n3"]


def test_what_has_no_pace_does_not_wait_for_what_has() -> None:
    emitted(key="a"), emitted(key="b")
    outside.other.destination = "notes"
    emitted("test.other", key="c"), emitted("test.other", key="d")
    send_rest()
    outside.other.destination = "elsewhere"
    assert (outside.note.arrived, sorted(outside.other.arrived)) == (["a"], ["c", "d"])


def test_while_one_process_writes_no_other_does(clock: Any) -> None:
    now = product_clock.now()
    assert Gate.objects.take_turn("notes", PACE, now=now, until=now + MINUTE)
    emitted(key="a")
    assert (send_rest(), outside.note.arrived) == (0, [])
    Gate.objects.give_turn_back("notes", PACE, now=now, until=now + MINUTE)
    clock.forward(seconds=1.1)
    send_rest()
    assert outside.note.arrived == ["a"]


def test_a_process_that_never_came_back_holds_the_turn_no_longer_than_its_lease(clock: Any) -> None:
    now = product_clock.now()
    Gate.objects.take_turn("notes", PACE, now=now, until=now + MINUTE)
    emitted(key="a")
    clock.forward(seconds=61)
    send_rest()
    assert outside.note.arrived == ["a"]


def test_who_was_too_slow_gives_back_nobody_elses_turn() -> None:
    now = product_clock.now()
    Gate.objects.take_turn("notes", PACE, now=now, until=now + SECOND)
    later = now + timedelta(seconds=2)
    assert Gate.objects.take_turn("notes", PACE, now=later, until=later + MINUTE)
    Gate.objects.give_turn_back("notes", PACE, now=later, until=now + SECOND)
    assert Gate.objects.get(pk="notes").turn_at == later + MINUTE


def test_never_more_than_eighty_a_minute_and_five_hundred_an_hour() -> None:
    quick, begun, now = Pace(timedelta(), PACE.at_most), list[datetime](), NOON
    while now < NOON + HOUR:
        if Gate.objects.take_turn("notes", quick, now=now, until=now):
            begun.append(now)
        now += SECOND / 5 if len(begun) < 80 else timedelta(seconds=3)
    assert len(begun) == 500
    assert all(sum(at <= other < at + MINUTE for other in begun) <= 80 for at in begun[:100])


def test_a_closed_gate_keeps_what_is_paced_too(clock: Any) -> None:
    Gate.objects.close("notes", until=product_clock.now() + MINUTE, reason="ratelimited")
    emitted(key="a")
    assert send_rest() == 0
    clock.forward(seconds=61)
    send_rest()
    assert outside.note.arrived == ["a"]


def test_what_fails_gives_its_turn_back(clock: Any) -> None:
    outside.note.script.append(RuntimeError("broken"))
    emitted(key="a"), emitted(key="b")
    send_rest()
    Effect.objects.filter(key="a").update(next_at=product_clock.now() + MINUTE)
    clock.forward(seconds=1.1)
    send_rest()
    assert outside.note.arrived == ["b"]
