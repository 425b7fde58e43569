"""Processes are killed, paused and cut off in the middle of a call: nothing is lost, nothing is sent twice.

Each promise has its control beside it: the same fault with the safeguard taken out must do harm.
"""

import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

from fleetcs.effects import emit
from fleetcs.inbox import receive
from fleetcs.local.folders import CHECKOUT
from fleetcs.local.processes import until
from fleetcs.models import Delivery, Effect
from tests.fleetcs import faulty
from tests.standins import StandIns

pytestmark = pytest.mark.django_db(transaction=True)

Start = Callable[..., subprocess.Popen[bytes]]
LEASE = 1.5


@pytest.fixture(autouse=True)
def _senders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps.get_app_config("fleetcs"), "senders", faulty.SENDERS)


@pytest.fixture
def pump(standins: StandIns, process_environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Starts pumps; `pump("--once")` looks once and ends."""
    values = {**process_environment, **standins.environment, "EFFECT_LEASE_SECONDS": str(LEASE)}
    started: list[subprocess.Popen[bytes]] = []

    def start(*options: str, **more: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.fleetcs.faulty", *options]
        with (tmp_path / "pump.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=CHECKOUT, env={**values, **more}, stdout=log, stderr=log)
        started.append(process)
        return process

    yield start
    for process in started:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(10)


def emitted(kind: str, *keys: str) -> None:
    with transaction.atomic():
        for key in keys:
            emit(f"fault.{kind}", key=key, args={})


def numbers(kind: str, count: int) -> list[str]:
    return [f"{kind}-{n:03}" for n in range(count)]


def all_done(wait: float = 30) -> bool:
    return until(lambda: not Effect.objects.open().exists(), wait)


def posted(standins: StandIns) -> Counter[str]:
    """How often each text stands in the channel."""
    return Counter(message["text"] for message in standins.messages(faulty.CHANNEL))


# --- F06, F07, F51: killed in the middle of a call -------------------------------------------------------------------


@pytest.mark.ledger("SYS-03")
def test_killed_before_it_was_applied_it_is_sent_once_by_the_next(standins: StandIns, pump: Start) -> None:
    standins.turn("slack", hang=True, times=1, only="chat.postMessage")
    emitted("post", "one")
    first = pump()
    assert until(lambda: bool(standins.journal("slack", "chat.postMessage")), 20)
    kill(first)
    pump()
    assert all_done()
    assert posted(standins) == {"one": 1}


def killed_after_it_was_applied(kind: str, standins: StandIns, pump: Start) -> None:
    standins.turn("slack", applied_then_hold=True, times=1, only="chat.postMessage")
    emitted(kind, "one")
    first = pump()
    assert until(lambda: posted(standins)["one"] == 1, 20)
    kill(first)
    standins.release()
    pump()
    assert all_done()


@pytest.mark.ledger("SYS-03")
def test_killed_after_it_was_applied_it_is_found_and_not_sent_again(standins: StandIns, pump: Start) -> None:
    killed_after_it_was_applied("post", standins, pump)
    assert posted(standins) == {"one": 1}
    assert Effect.objects.get().external_id == standins.messages(faulty.CHANNEL)[0]["ts"]
    assert [attempt.outcome for attempt in Effect.objects.get().tries_made.all()] == ["started", "found"]


def test_without_the_probe_it_would_be_sent_twice(standins: StandIns, pump: Start) -> None:
    """The control of the test above."""
    killed_after_it_was_applied("blind", standins, pump)
    assert posted(standins) == {"one": 2}


def test_a_mail_whose_answer_was_cut_off_is_found_and_not_sent_again(standins: StandIns, pump: Start) -> None:
    standins.turn("mailgun", close_midway=True, times=1, only="/messages")
    emitted("letter", "one")
    pump()
    assert all_done()
    assert len(standins.mails()) == 1
    assert Effect.objects.get().attempts == 2


def test_a_page_whose_answer_was_lost_comes_rather_twice_than_never(standins: StandIns, pump: Start) -> None:
    standins.turn("sms", p_lost=1, times=1)
    emitted("page", "wake up")
    pump()
    assert all_done()
    assert [text["body"] for text in standins.texts()] == ["wake up", "wake up"]


# --- F09: paused for longer than the lease ---------------------------------------------------------------------------


def paused_past_its_lease(standins: StandIns, pump: Start, *bugs: str) -> Counter[str]:
    """A claims five rows and sleeps in its first call; B takes over; A wakes up with four rows still in hand."""
    standins.turn("slack", applied_then_hold=True, times=1, only="chat.postMessage")
    emitted("post", *numbers("row", 5))
    sleeper = pump("--once", *bugs)
    assert until(lambda: posted(standins).total() == 1, 20)
    os.kill(sleeper.pid, signal.SIGSTOP)
    standins.release()
    pump()
    assert all_done()
    os.kill(sleeper.pid, signal.SIGCONT)
    assert sleeper.wait(30) == 0
    return posted(standins)


@pytest.mark.slow
def test_a_pump_that_wakes_up_after_its_lease_sends_nothing_more(standins: StandIns, pump: Start) -> None:
    assert paused_past_its_lease(standins, pump) == dict.fromkeys(numbers("row", 5), 1)


@pytest.mark.slow
def test_without_taking_hold_again_it_would_send_its_whole_batch_twice(standins: StandIns, pump: Start) -> None:
    """The control of the test above."""
    sent = paused_past_its_lease(standins, pump, "--careless")
    assert sent == {"row-000": 1, "row-001": 2, "row-002": 2, "row-003": 2, "row-004": 2}


# --- F08: killed again and again -------------------------------------------------------------------------------------


def under_fire(kind: str, count: int, rounds: int, standins: StandIns, pump: Start) -> Counter[str]:
    """Two pumps, killed together again and again, at a Slack that fails and loses answers."""
    standins.turn("slack", p_fail=0.02, p_lost=0.02, seed=7, only="chat.postMessage")
    emitted(kind, *numbers(kind, count))
    for turn in range(1, rounds + 1):
        pumps = [pump(), pump()]
        part = count * turn // (rounds + 1)
        assert until(lambda part=part: posted(standins).total() >= part, 60)  # type: ignore[misc]
        for process in pumps:
            kill(process)
    pumps = [pump(), pump()]
    assert all_done(120)
    return posted(standins)


@pytest.mark.slow
def test_pumps_that_are_killed_twice_lose_and_double_nothing(standins: StandIns, pump: Start) -> None:
    keys = numbers("post", 60)
    assert under_fire("post", 60, 2, standins, pump) == dict.fromkeys(keys, 1)
    assert Effect.objects.filter(state="done").count() == 60


@pytest.mark.slow
def test_pumps_that_are_killed_five_times_lose_and_double_nothing(standins: StandIns, pump: Start) -> None:
    keys = numbers("post", 600)
    assert under_fire("post", 600, 5, standins, pump) == dict.fromkeys(keys, 1)


@pytest.mark.slow
def test_pumps_that_are_killed_without_a_probe_double_some(standins: StandIns, pump: Start) -> None:
    """The control of the test above."""
    sent = under_fire("blind", 600, 5, standins, pump)
    assert set(sent) == set(numbers("blind", 600))
    assert sent.total() > 600


# --- F03: connections cut --------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_pumps_whose_connections_are_cut_go_on(standins: StandIns, pump: Start) -> None:
    standins.turn("slack", latency=0.02)
    emitted("post", *numbers("post", 60))
    pump()
    for part in (5, 15, 25, 35):
        assert until(lambda part=part: posted(standins).total() >= part, 30)  # type: ignore[misc]
        cut_connections()
    assert all_done()
    assert posted(standins) == dict.fromkeys(numbers("post", 60), 1)


def cut_connections() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


# --- F11: a row that takes its process down --------------------------------------------------------------------------


@pytest.mark.slow
def test_a_row_that_kills_every_process_is_given_up_and_the_others_go_out(standins: StandIns, pump: Start) -> None:
    emitted("abort", "poison")
    emitted("post", "healthy")
    assert aborted(pump) == 3
    assert Effect.objects.get(key="poison").error_code == "crashed"
    assert posted(standins) == {"healthy": 1}


@pytest.mark.slow
def test_a_delivery_that_kills_every_process_is_given_up_and_the_others_pass(standins: StandIns, pump: Start) -> None:
    receive("abort", "poison", b"", {})
    receive("fine", "healthy", b"", {})
    assert aborted(pump) == 3
    assert set(Delivery.objects.values_list("source", "state")) == {("abort", "dead"), ("fine", "done")}


def aborted(pump: Start) -> int:
    """How many processes aborted that were started, one after the other, until nothing was left to do."""
    ends: list[int] = []

    def idle() -> bool:
        ends.append(pump("--once").wait(30))
        return not Effect.objects.open().exists() and not Delivery.objects.filter(state="new").exists()

    assert until(idle, 60, pause=LEASE / 2)
    return ends.count(-signal.SIGABRT)


# --- F40, G07: told to wait ------------------------------------------------------------------------------------------


def too_early(standins: StandIns, pump: Start, *bugs: str) -> int:
    """How many calls came although Slack had just asked to wait for a second."""
    standins.turn("slack", rate_limit=[8, 1], retry_after=1, only="chat.postMessage")
    emitted("post", *numbers("post", 40))
    pump(*bugs)
    assert all_done(60)
    assert posted(standins) == dict.fromkeys(numbers("post", 40), 1)
    calls = [(datetime.fromisoformat(entry["at"]), entry["status"]) for entry in standins.journal("slack", "chat.post")]
    refused = [at for at, status in calls if status == 429]
    assert refused
    return sum(any(at < later < at + timedelta(seconds=1) for at in refused) for later, _ in calls)


@pytest.mark.slow
def test_nobody_calls_while_slack_has_asked_to_wait(standins: StandIns, pump: Start) -> None:
    assert too_early(standins, pump) == 0


@pytest.mark.slow
def test_without_the_gate_somebody_would(standins: StandIns, pump: Start) -> None:
    """The control of the test above."""
    assert too_early(standins, pump, "--open-gates") > 0


# --- F13, F14: without a broker --------------------------------------------------------------------------------------


@pytest.fixture
def deaf_broker() -> Iterator[socket.socket]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


def test_effects_move_while_the_broker_hangs_and_nobody_asks_it(
    standins: StandIns, pump: Start, deaf_broker: socket.socket
) -> None:
    emitted("post", "one")
    receive("fine", "d1", b"", {})
    pump(REDIS_URL=f"redis://127.0.0.1:{deaf_broker.getsockname()[1]}/0")
    assert all_done(10)
    assert until(lambda: Delivery.objects.get().state == "done", 10)
    with pytest.raises(BlockingIOError):
        deaf_broker.accept()


def test_effects_move_through_a_real_worker(standins: StandIns, request: Any) -> None:
    """The worker of the product knows only the product's own senders: an unknown kind shows that it has looked."""
    emitted("post", "one")
    worker = request.getfixturevalue("celery_worker_process")
    worker.poke("send_rest")
    assert until(lambda: Effect.objects.get().error_code == "LookupError", 20)
