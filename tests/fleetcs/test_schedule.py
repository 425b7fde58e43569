"""The clocks of the product: beat rings, a worker or the pump looks, and nobody depends on being heard."""

import inspect
import signal
import subprocess
import sys
from concurrent.futures import Future

import pytest
from django.core.management import call_command
from django.utils.module_loading import import_string

from fleetcs.celery import SCHEDULE, app, queue
from fleetcs.local.folders import CHECKOUT
from fleetcs.local.processes import until
from fleetcs.management.commands.pump import Pump
from fleetcs.models import Heartbeat
from tests.worker import Worker

OFTEN = {name for name, duty in SCHEDULE.items() if duty.every <= 5}


@pytest.mark.parametrize("name", SCHEDULE)
def test_a_duty_is_a_function_that_needs_nothing(name: str) -> None:
    assert not inspect.signature(import_string(SCHEDULE[name].runs)).parameters


@pytest.mark.parametrize("name", SCHEDULE)
def test_beat_rings_for_every_duty_and_a_ring_nobody_hears_is_forgotten(name: str) -> None:
    entry = app.conf.beat_schedule[name]
    assert entry["args"] == [name]
    assert entry["schedule"] == SCHEDULE[name].every
    assert entry["options"] == {"queue": queue(SCHEDULE[name].lane).name, "expires": max(SCHEDULE[name].every, 5)}


def test_lanes_do_not_hear_each_other() -> None:
    page, rest = queue("page"), queue("rest")
    assert (page.exchange.name, page.routing_key) != (rest.exchange.name, rest.routing_key)


def test_a_poke_carries_words_only_and_keeps_no_result() -> None:
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_ignore_result
    assert app.conf.result_backend is None


def beating() -> set[str]:
    return set(Heartbeat.objects.values_list("name", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_does_the_duty_it_is_poked_for(celery_worker_process: Worker) -> None:
    for name in ("take", "send_page"):
        celery_worker_process.poke(name)
    assert until(lambda: {"take", "send_page"} <= beating(), 20), celery_worker_process.log.read_text()


@pytest.mark.django_db
def test_the_pump_does_every_duty_once_and_says_what_moved(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("pump", once=True)
    said = dict(line.split(": ") for line in capsys.readouterr().out.splitlines())
    assert set(said) == set(SCHEDULE) == beating()
    assert all(moved.isdigit() for moved in said.values())


@pytest.mark.django_db(transaction=True)
def test_the_pump_keeps_the_product_going_without_a_broker(process_environment: dict[str, str]) -> None:
    environment = process_environment | {"REDIS_URL": ""}
    with subprocess.Popen([sys.executable, "manage.py", "pump"], cwd=CHECKOUT, env=environment) as pump:
        assert until(lambda: beating() >= OFTEN, 30)
        pump.send_signal(signal.SIGTERM)
        assert pump.wait(20) == 0


def test_a_duty_is_due_again_after_its_time_and_never_twice_at_once() -> None:
    pump = Pump()
    assert set(pump.ripe(100)) == set(SCHEDULE)
    running: Future[int] = Future()
    pump.running["take"] = running
    assert pump.ripe(100.5) == []
    assert set(pump.ripe(101)) == {name for name, duty in SCHEDULE.items() if duty.every == 1} - {"take"}
    running.set_result(0)
    assert "take" in pump.ripe(101.1)


def test_a_duty_that_fails_is_logged_and_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    pump = Pump()
    failed: Future[int] = Future()
    failed.set_exception(ValueError("what a customer wrote"))
    pump.running["take"] = failed
    assert set(pump.ripe(100)) == set(SCHEDULE)
    assert "the duty take failed" in caplog.text
