"""A real Celery worker on this test's database and on queues of its own."""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from fleetcs import celery
from fleetcs.local import folders
from fleetcs.local.processes import until
from tests.standins import StandIns

type Start = Callable[[], subprocess.Popen[bytes]]


class Worker:
    """The worker process; `poke` rings for one duty as beat would."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log

    def poke(self, name: str) -> None:
        duty = celery.SCHEDULE[name]
        celery.app.send_task("fleetcs.poke", args=[name], queue=celery.queue(duty.lane), expires=30)


def database_of_this_test() -> str:
    """This worker's database in the form DATABASE_URL takes, for processes that a test starts."""
    values = connection.settings_dict
    if values["HOST"].startswith("/"):
        return f"postgres://{values['USER']}@/{values['HOST']}/{values['NAME']}"
    return f"postgres://{values['USER']}:{values['PASSWORD']}@{values['HOST']}:{values['PORT']}/{values['NAME']}"


@pytest.fixture
def process_environment(settings: Any) -> dict[str, str]:
    """The environment for a process of the product that works beside the test: same database, clock and broker."""
    return {
        **os.environ,
        "DATABASE_URL": database_of_this_test(),
        "CLOCK_FILE": settings.CLOCK_FILE,
        "CELERY_QUEUE_PREFIX": settings.CELERY_QUEUE_PREFIX,
    }


@pytest.fixture
def celery_worker_process(transactional_db: None, settings: Any, tmp_path: Path, request: Any) -> Iterator[Worker]:
    """A started worker that takes pokes; it ends with the test."""
    settings.CELERY_QUEUE_PREFIX = f"{secrets.token_hex(4)}-"
    lanes = ",".join(celery.queue(lane).name for lane in ("page", "rest"))
    command = [sys.executable, "-m", "celery", "-A", "fleetcs", *celery.WORKER, "-Q", lanes, "-c", "1", "-l", "info"]
    log = tmp_path / "worker.log"
    values = request.getfixturevalue("process_environment")
    with (
        log.open("wb") as out,
        subprocess.Popen(
            command, cwd=folders.CHECKOUT, env=values, stdout=out, stderr=out, start_new_session=True
        ) as process,
    ):
        try:
            assert until(lambda: b" ready." in log.read_bytes() or process.poll() is not None, 30), log.read_text()
            assert process.poll() is None, log.read_text()
            yield Worker(process, log)
        finally:
            process.terminate()


@pytest.fixture
def pump(standins: StandIns, process_environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Starts the product's own pump (inbox, senders, sweep, tallies) in a process that may be killed; what it has
    claimed is soon free again."""
    values = {**process_environment, **standins.environment, "EFFECT_LEASE_SECONDS": "1.5"}
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        with (tmp_path / "pump.log").open("ab") as log:
            command = [sys.executable, "manage.py", "pump"]
            started.append(subprocess.Popen(command, cwd=folders.CHECKOUT, env=values, stdout=log, stderr=log))
        return started[-1]

    yield start
    for process in started:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End it the hard way."""
    process.kill()
    process.wait(10)
