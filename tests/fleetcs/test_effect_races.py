"""Many senders at once: whose row it is, for how long, and that each goes once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from fleetcs import clock as product_clock
from fleetcs import effects
from fleetcs.clients.http import Unavailable
from fleetcs.effects import send_rest
from fleetcs.models import Effect
from fleetcs.models.effect import CLAIM
from tests.fleetcs import outside
from tests.fleetcs.outside import emitted, outcomes, state, wait

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _senders(monkeypatch: pytest.MonkeyPatch) -> None:
    """The destinations of the tests, listed as an app lists its own."""
    monkeypatch.setattr(apps.get_app_config("fleetcs"), "senders", outside.SENDERS)
    for destination in outside.ALL.values():
        destination.reset()


# --- leases ----------------------------------------------------------------------------------------------------------


def test_a_claimed_row_is_nobody_elses_until_its_lease_is_over(clock: Any) -> None:
    emitted()
    [mine] = effects._claim("rest")
    assert effects._claim("rest") == []
    clock.forward(seconds=46)
    [theirs] = effects._claim("rest")
    assert mine.pk == theirs.pk
    effects.send(mine)
    assert not outside.note.arrived
    effects.send(theirs)
    assert outside.note.arrived == ["once"]


def test_an_answer_after_the_lease_does_not_undo_what_the_next_one_found(clock: Any) -> None:
    """A is slow; B takes over, sends and settles while A still waits for its answer."""
    effect = emitted("test.post")

    def taken_over(_: Effect) -> None:
        clock.forward(seconds=46)
        outside.post.found = {"once"}
        send_rest()

    outside.post.script.append(taken_over)
    send_rest()
    assert (state(effect), effect.external_id, outside.post.settled) == ("done", "found", [("once", "found")])
    assert outcomes(effect) == ["sent", "found"]


def test_who_looks_for_longer_than_the_lease_does_not_send(clock: Any) -> None:
    """A looks slowly; B takes over and sends; A has found nothing and must not send on the strength of that."""
    effect = emitted("test.post")
    outside.post.script.append(Unavailable(ambiguous=True))
    send_rest()
    wait(clock)

    def taken_over(_: Effect) -> None:
        outside.post.probing = None
        clock.forward(seconds=46)
        send_rest()

    outside.post.probing = taken_over
    send_rest()
    assert outside.post.arrived == ["once"]
    assert (state(effect), outcomes(effect)) == ("done", ["later", "not_sent", "sent"])


# --- races -----------------------------------------------------------------------------------------------------------


def together(work: Callable[[], object], workers: int = 8) -> None:
    """Run `work` in so many threads that begin at the same moment, each with a connection of its own."""
    start = Barrier(workers)

    def one() -> None:
        start.wait()
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(one) for _ in range(workers)]:
            done.result()


@pytest.fixture
def many() -> list[str]:
    keys = [f"n{n}" for n in range(150)]
    for key in keys:
        emitted(key=key)
    return keys


@pytest.mark.django_db(transaction=True)
def test_eight_senders_send_each_row_once(many: list[str]) -> None:
    together(send_rest)
    assert sorted(outside.note.arrived) == sorted(many)
    assert set(Effect.objects.values_list("state", "attempts")) == {("done", 1)}


@pytest.mark.django_db(transaction=True)
def test_eight_senders_without_a_claim_would_send_rows_twice(many: list[str]) -> None:
    """The control of the test above: due rows are just read, by all of them before the first one sends."""
    read = Barrier(8)

    def without_claim() -> None:
        due = list(Effect.objects.due(product_clock.now()))[:20]
        read.wait(60)
        for effect in due:
            outside.note.send(effect)
            Effect.objects.filter(pk=effect.pk).update(state="done")

    together(without_claim)
    assert len(outside.note.arrived) == 8 * 20


@pytest.mark.django_db(transaction=True)
def test_eight_senders_keep_the_order() -> None:
    for n in range(60):
        emitted(key=f"{n % 3}:{n:03}", order=f"ticket:{n % 3}")
    together(lambda: [send_rest() for _ in range(60)])
    for ticket in "012":
        steps = [key for key in outside.note.arrived if key.startswith(ticket)]
        assert steps == sorted(steps)
    assert len(outside.note.arrived) == 60


@pytest.mark.django_db(transaction=True)
def test_eight_emitters_of_one_reason_make_one_row() -> None:
    together(lambda: [emitted(key=f"r{n}") for n in range(20)])
    assert Effect.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_a_deadlock_while_settling_is_tried_again(clock: Any) -> None:
    """The destination has it; only our own bookkeeping lost to another transaction (F04)."""
    one, two = emitted("test.letter", key="one"), emitted("test.letter", key="two")
    lost = Barrier(2)

    def cross(effect: Effect) -> None:
        with connection.cursor() as cursor:
            mine, theirs = (1, 2) if effect.key == "one" else (2, 1)
            cursor.execute("SET LOCAL lock_timeout = 0")  # the server ends the deadlock, however slow the machine is
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [mine])
            if not outside.letter.settled and not lost.broken and lost.n_waiting < 2:
                lost.wait(60)
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [theirs])
            lost.abort()

    outside.letter.settling = cross
    claimed = iter(effects._claim("rest"))
    rows = [next(claimed), next(claimed)]
    together(lambda: effects.send(rows.pop()), workers=2)
    assert (state(one), state(two)) == ("done", "done")
    assert sorted(outside.letter.arrived) == ["one", "two"]


def test_a_long_queue_is_claimed_through_its_indexes() -> None:
    """Without them each claim would compare every waiting row with every other."""
    for open_one, state_ in ((False, "done"), (True, "waiting")):
        Effect.objects.bulk_create(
            Effect(key=f"{state_}{n}", kind="test.note", destination="notes", state=state_, order_key=f"t{n % 500}")
            for n in range(2_000 if open_one else 10_000)
        )
    given = {"lane": "rest", "now": product_clock.now(), "until": product_clock.now(), "size": 10, "token": None}
    given |= {"paced": ["github.label"]}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE fleetcs_effect")
        cursor.execute(f"EXPLAIN {CLAIM}", given)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "using effect_due" in plan
    assert "using effect_in_order" in plan
    assert "Seq Scan on fleetcs_effect" not in plan
