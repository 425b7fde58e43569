"""Emptying the database after a test, while a page that nobody looks at any more still asks for something."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from django.db import OperationalError, connection

from fleetcs.local.processes import until
from fleetcs.models import User
from tests import emptying

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def crossing() -> Iterator[None]:
    """A late request: it holds the table that is emptied last, and wants the first one as soon as somebody waits."""
    first, last = emptying.tables()[0], emptying.tables()[-1]
    given = connection.get_connection_params()
    told = {name: given[name] for name in ("dbname", "user", "password", "host", "port") if given.get(name)}
    with psycopg.connect(**told) as late, ThreadPoolExecutor(1) as pool:
        late.execute("SET LOCAL deadlock_timeout = '5min'")  # the other one is ended
        late.execute("SET LOCAL lock_timeout = 0")
        late.execute(f'LOCK TABLE "{last}" IN ROW SHARE MODE')
        asks = pool.submit(_want, late, first)
        yield
        asks.result()


def _want(late: psycopg.Connection, table: str) -> None:
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
    database = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    asked = f"{waits} AND {database}"
    assert until(lambda: bool((late.execute(asked).fetchone() or [0])[0]), 60)
    late.execute(f'LOCK TABLE "{table}" IN ROW SHARE MODE')
    late.commit()


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")
    yield
    connection.close()  # the next test has the limit again


def emptied(way: Callable[[], None]) -> bool:
    User.objects.create_user("ada@lanternfish.example", name="Ada")
    with crossing():
        way()
    return not User.objects.exists()


def test_a_late_request_does_not_keep_the_tables_from_being_emptied() -> None:
    assert emptied(emptying.empty)


def test_without_asking_again_the_late_request_would_win() -> None:
    with pytest.raises(OperationalError, match="deadlock"):
        emptied(emptying.truncate)
