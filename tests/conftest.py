"""What every test stands on: servers of the run's own, a movable clock, a worker and a browser that are real."""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from _pytest.nodeid import coerce_node_id
from django.db import connection
from pytest_django.plugin import blocking_manager_key

from fleetcs import clock as product_clock
from fleetcs.local.folders import Unusable
from tests import emptying, servers

servers.prepare_environment()
emptying.install()

pytest_plugins = ["tests.standins", "tests.worker", "tests.browser"]

RUNNING = pytest.StashKey[ExitStack]()
FLUSHED = pytest.StashKey[bool]()

LEDGER_ID = re.compile(r"[A-Z]{3}-\d{2}")
TRANSACTIONAL = {"transactional_db", "live_server", "django_db_reset_sequences"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--leak-operations", default="1000", help="how many operations the leak machine makes (G10)")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """The controller starts the servers before it starts its workers."""
    if servers.is_controller():
        session.config.stash[RUNNING] = ExitStack()
        try:
            with session.config.stash[blocking_manager_key].unblock():
                session.config.stash[RUNNING].enter_context(servers.running())
        except Unusable as problem:
            pytest.exit(str(problem), returncode=3)


def pytest_unconfigure(config: pytest.Config) -> None:
    """It stops them when the last worker is gone."""
    if RUNNING in config.stash:
        config.stash[RUNNING].close()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Each worker's database is a copy of the template."""
    if template := os.environ.get("FLEETCS_TEST_TEMPLATE"):
        connection.settings_dict["TEST"]["TEMPLATE"] = template


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ledger ids are checked for their form; browser tests share one worker, since two browsers fight for two cores.

    Those that look at page after page for minutes name a group of their own.
    """
    for item in items:
        for row in (row for mark in item.iter_markers("ledger") for row in mark.args):
            if not LEDGER_ID.fullmatch(row):
                raise pytest.UsageError(f"{item.nodeid}: {row!r} is no row of the ledger (AAA-NN)")
        if item.get_closest_marker("browser") and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group("browser"))
        if (group := item.get_closest_marker("xdist_group")) and item.config.getoption("loadgroup", False):
            # pytest 9.2 composes the id, and what xdist 3.8 writes beside it has no effect any more
            item._id = coerce_node_id(f"{item.nodeid}@{group.args[0]}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """The test before has wiped what migrations had loaded: this one finds it again."""
    if item.session.stash.get(FLUSHED, False):
        item.session.stash[FLUSHED] = False
        with item.config.stash[blocking_manager_key].unblock():
            emptying.restore()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Take note of the tests that end with a flush."""
    if _flushes(item):
        item.session.stash[FLUSHED] = True


def _flushes(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("django_db")
    asked = mark is not None and mark.kwargs.get("transaction", False)
    return asked or bool(TRANSACTIONAL & set(getattr(item, "fixturenames", ())))


@pytest.fixture(autouse=True)
def _test_settings(settings: Any, tmp_path: Path) -> None:
    """Each test has its own clock; passwords are hashed fast, since no test is about their strength."""
    settings.CLOCK_FILE = str(tmp_path / "clock")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


class Clock:
    """The product's clock in a test's hand: `clock("2026-01-23T15:30:00-08:00")`, `clock.forward(hours=1)`."""

    def __call__(self, moment: str | datetime) -> datetime:
        moment = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        product_clock.set_to(moment)
        return moment

    def forward(self, **by: float) -> datetime:
        return self(product_clock.now() + timedelta(**by))


@pytest.fixture
def clock() -> Clock:
    """Set what time it is for this test; the clock runs on from there."""
    return Clock()


@pytest.fixture
def patience(transactional_db: None) -> Iterator[None]:
    """Every connection, one opened anew too, waits for its turn: how slow the machine is, is not what is tested."""
    options = connection.settings_dict["OPTIONS"]
    usual = options["options"]
    connection.close()
    options["options"] = re.sub(r"_timeout=\d+", "_timeout=600000", usual)
    yield
    options["options"] = usual
    connection.close()
