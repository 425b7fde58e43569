"""What comes in is stored first, answered at once, handled once, and never lost or looped over."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.apps import apps
from django.db import OperationalError, connection, transaction
from django.test import Client
from psycopg.errors import DeadlockDetected

from fleetcs import inbox
from fleetcs.inbox import Bad, Ignored, receive, take, take_now
from fleetcs.models import Delivery, Event, User
from tests.fleetcs import doors

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps.get_app_config("fleetcs"), "handlers", doors.HANDLERS, raising=False)
    doors.script.clear()
    doors.broken.clear()


def received(delivery_id: str = "d1") -> Delivery:
    return receive("test", delivery_id, b"raw", {"X-A": "b"}, "knock")[0]


def fresh(delivery: Delivery) -> Delivery:
    delivery.refresh_from_db()
    return delivery


def together(work: Callable[[], object], workers: int = 8) -> None:
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


# --- storing ---------------------------------------------------------------------------------------------------------


def test_a_delivery_is_stored_as_it_came() -> None:
    delivery, is_new = receive("test", "d1", b"\x00\xff raw", {"X-Kind": "knock"}, "knock")
    assert is_new
    stored = fresh(delivery)
    assert (bytes(stored.raw), stored.headers, stored.event) == (b"\x00\xff raw", {"X-Kind": "knock"}, "knock")
    assert stored.state == "new"


def test_the_same_delivery_id_is_stored_once() -> None:
    first, _ = receive("test", "d1", b"one", {})
    second, is_new = receive("test", "d1", b"two", {})
    assert (second.pk, is_new, bytes(second.raw)) == (first.pk, False, b"one")


def test_the_same_id_from_another_source_is_another_delivery() -> None:
    receive("test", "d1", b"", {})
    assert receive("other", "d1", b"", {})[1]


@pytest.mark.parametrize("odd", ["a\0b", "\ud800", "x" * 5_000, ""])
def test_odd_ids_headers_and_events_are_stored(odd: str) -> None:
    delivery, is_new = receive("test", odd, b"", {odd or "X": odd}, odd)
    assert is_new
    assert receive("test", odd, b"", {}) == (delivery, False)


@pytest.mark.usefixtures("patience")
@pytest.mark.django_db(transaction=True)
def test_fifty_copies_at_once_make_one_row() -> None:
    together(lambda: [received() for _ in range(7)])
    assert Delivery.objects.count() == 1


# --- handling --------------------------------------------------------------------------------------------------------


def test_a_new_delivery_is_handled_once() -> None:
    delivery = received()
    assert (take(), take()) == (1, 0)
    assert fresh(delivery).state == "done"
    assert delivery.note.startswith("person ")
    assert (delivery.attempts, delivery.crashes) == (1, 0)
    assert delivery.handled_at is not None


def test_what_a_handler_ignores_leaves_nothing_but_the_reason() -> None:
    delivery = received()
    doors.script.append(Ignored("no_account"))
    take()
    assert (fresh(delivery).state, delivery.error_code) == ("ignored", "no_account")
    assert not User.objects.exists()


def test_what_a_handler_cannot_read_is_bad() -> None:
    delivery = received()
    doors.script.append(Bad("no_sender"))
    take()
    assert (fresh(delivery).state, delivery.error_code) == ("bad", "no_sender")


def test_a_command_has_its_delivery_handled_at_once() -> None:
    assert take_now(received()).state == "done"


def test_a_failure_undoes_everything_and_comes_again_later(clock: Any) -> None:
    delivery = received()
    doors.script.append(KeyError("a customer's words"))
    take()
    assert (fresh(delivery).state, delivery.error_code, delivery.crashes) == ("new", "KeyError", 0)
    assert not User.objects.exists()
    assert take() == 0
    clock.forward(seconds=5)
    take()
    assert (fresh(delivery).state, delivery.attempts) == ("done", 2)


def test_one_bad_row_in_a_hundred_is_given_up_and_the_others_pass(clock: Any) -> None:
    rows = [received(f"d{n}") for n in range(100)]
    doors.broken.add(rows[0].delivery_id)
    for _ in range(5):
        take()
        clock.forward(hours=2)
    assert take() == 0
    assert (fresh(rows[0]).state, rows[0].attempts, rows[0].error_code) == ("dead", 5, "KeyError")
    assert Delivery.objects.filter(state="done").count() == 99


def test_after_the_repair_a_delivery_is_replayed(clock: Any) -> None:
    robin = User.objects.create_user("robin@lanternfish.example", name="Robin Okafor")
    delivery = received()
    Delivery.objects.update(state="dead", attempts=5, error_code="KeyError")
    assert delivery.replay(by=robin)
    assert not delivery.replay(by=robin)
    take()
    assert (fresh(delivery).state, delivery.attempts) == ("done", 1)
    assert Event.objects.of(delivery).get(verb="replayed").by == robin


def test_a_delivery_that_kills_its_process_is_given_up_after_three_times(clock: Any) -> None:
    poison, healthy = received("poison"), received("healthy")
    Delivery.objects.filter(pk=healthy.pk).update(state="done")
    for _ in range(3):
        assert inbox._claim()
        clock.forward(minutes=1)
    take()
    assert (fresh(poison).state, poison.error_code) == ("dead", "crashed")
    assert not Event.objects.filter(verb="knocked").exists()


def test_two_crashes_are_forgiven_when_it_works_at_last(clock: Any) -> None:
    """The control of the test above."""
    delivery = received()
    for _ in range(2):
        assert inbox._claim()
        clock.forward(minutes=1)
    take()
    assert (fresh(delivery).state, delivery.crashes) == ("done", 0)


def test_a_source_that_nobody_handles_is_given_up_where_people_see_it(clock: Any) -> None:
    delivery, _ = receive("nobody", "d1", b"", {})
    for _ in range(5):
        take()
        clock.forward(hours=2)
    assert (fresh(delivery).state, delivery.error_code) == ("dead", "LookupError")


def deadlock() -> OperationalError:
    error = OperationalError("deadlock detected")
    error.__cause__ = DeadlockDetected()
    return error


def test_a_deadlock_is_tried_again_at_once() -> None:
    delivery = received()
    doors.script.extend([deadlock(), deadlock()])
    take()
    assert (fresh(delivery).state, delivery.attempts) == ("done", 1)


def test_a_deadlock_that_does_not_end_is_a_failure_like_others() -> None:
    delivery = received()
    doors.script.extend([deadlock()] * 3)
    take()
    assert (fresh(delivery).state, delivery.error_code) == ("new", "OperationalError")


@pytest.mark.usefixtures("patience")
@pytest.mark.django_db(transaction=True)
def test_eight_takers_handle_each_delivery_once() -> None:
    for n in range(100):
        received(f"d{n}")

    def take_all() -> None:
        while take():  # on a busy machine one round is not enough
            pass

    together(take_all)
    assert set(Delivery.objects.values_list("state", "attempts", "error_code")) == {("done", 1, "")}
    assert Event.objects.filter(verb="knocked").count() == 100


@pytest.mark.usefixtures("patience")
@pytest.mark.django_db(transaction=True)
def test_eight_takers_without_a_claim_would_handle_some_twice() -> None:
    """The control of the test above."""
    for n in range(40):
        received(f"d{n}")

    looked = Barrier(8, timeout=600)

    def without_claim() -> None:
        rows = list(Delivery.objects.filter(state="new"))
        looked.wait()
        for delivery in rows:
            Event.objects.create(subject=delivery, verb="knocked")
            Delivery.objects.filter(pk=delivery.pk).update(state="done")

    together(without_claim)
    assert Event.objects.filter(verb="knocked").count() > 40


@pytest.mark.django_db(transaction=True)
def test_nothing_is_handled_inside_a_transaction_of_somebody_else() -> None:
    received()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        take()


# --- the door --------------------------------------------------------------------------------------------------------

knocking = pytest.mark.urls("tests.fleetcs.doors")


def knock(body: object, *, sign: bool = True, raw: bytes | None = None, **headers: str) -> Any:
    raw = json.dumps(body).encode() if raw is None else raw
    headers |= {"X-Signature": doors.signature(raw)} if sign else {}
    return Client(enforce_csrf_checks=True).post("/knock", raw, content_type="application/json", headers=headers)


@knocking
def test_a_signed_call_is_a_row_and_gets_its_answer() -> None:
    assert knock({"id": "e1", "type": "hello"}, **{"X-Retry": "1", "Cookie": "a=b"}).status_code == 200
    delivery = Delivery.objects.get()
    assert (delivery.source, delivery.delivery_id, delivery.event) == ("test", "e1", "hello")
    assert delivery.headers["X-Retry"] == "1"
    assert not {"Cookie", "X-Signature"} & set(delivery.headers)


@knocking
def test_a_repeated_call_is_one_row_and_the_same_answer() -> None:
    assert [knock({"id": "e1"}).status_code for _ in range(5)] == [200] * 5
    assert Delivery.objects.count() == 1


@knocking
@pytest.mark.parametrize("headers", [{}, {"X-Signature": ""}, {"X-Signature": "0" * 64}])
def test_an_unsigned_call_is_401_and_no_row(headers: dict[str, str]) -> None:
    assert knock({"id": "e1"}, sign=False, **headers).status_code == 401
    assert not Delivery.objects.exists()


@knocking
@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch", "options"])
def test_other_methods_are_405(method: str) -> None:
    assert getattr(Client(), method)("/knock").status_code == 405


@knocking
def test_a_call_that_is_too_large_is_413_and_no_row() -> None:
    assert knock({"id": "e1", "text": "x" * 10_000}).status_code == 413
    assert not Delivery.objects.exists()


@knocking
def test_a_challenge_is_answered_and_not_stored() -> None:
    assert knock({"challenge": "abc"}).content == b"abc"
    assert not Delivery.objects.exists()


@knocking
@pytest.mark.parametrize(
    "raw",
    [b"", b"no json", b"[]", b"{}", b"null", b'{"id": null}', b'{"id": 5}', b'"\xff"', b"[" * 9_000, b"[1,2]", b"NaN"],
)
def test_a_signed_call_that_nobody_can_read_is_kept_as_bad_and_still_answered(raw: bytes) -> None:
    assert knock(None, raw=raw).status_code == 200
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error_code, bytes(delivery.raw)) == ("bad", "unreadable", raw)
    assert take() == 0


@knocking
@pytest.mark.parametrize("odd", ["a\0b", "\ud800x", "y" * 3_000])
def test_odd_ids_in_a_call_are_stored(odd: str) -> None:
    assert knock({"id": odd, "type": odd}).status_code == 200
    assert Delivery.objects.get().state == "new"


@knocking
def test_without_the_database_the_sender_is_told_to_come_again(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
    answer = in_a_thread_of_its_own(lambda: knock({"id": "e1"}))
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def in_a_thread_of_its_own(work: Callable[[], Any]) -> Any:
    """Where the test's open connection is not at hand."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


@knocking
def test_a_call_costs_one_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        knock({"id": "e1"})
