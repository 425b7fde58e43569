"""The database is away, cut off or locked: a clear 503 at once, nothing lost, and back by itself (F01, F02, F03, F05).

Real processes serve; the short tests shut the test's own database, the slow ones stop a whole server of their own.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg
import pytest
import requests
from django.conf import settings as configured
from django.db import connection
from django.test import Client

from fleetcs import signed
from fleetcs.local import folders, postgres
from fleetcs.local.processes import until
from fleetcs.models import Delivery
from tests.factories import make_user
from tests.intake import letter

AT_ONCE: Final = 2.0  # seconds
PAGES: Final = ("/", "/tickets/", "/board/", "/me/login/", "/readyz")


class Web:
    """The product's web server in a process of its own."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process, self.url, self.log = process, f"http://127.0.0.1:{port}", log

    def get(self, path: str, cookie: str = "") -> requests.Response:
        cookies = {configured.SESSION_COOKIE_NAME: cookie}
        return requests.get(self.url + path, cookies=cookies, timeout=60, allow_redirects=False)

    def mail(self, raw: bytes) -> requests.Response:
        """A signed mail at the door."""
        at = str(int(time.clock_gettime(time.CLOCK_REALTIME)))
        headers = {signed.TIMESTAMP: at, signed.SIGNATURE: signed.sign(raw, at, os.environ["MAIL_SIGNING_SECRET"])}
        return requests.post(f"{self.url}/email/inbound", raw, headers=headers, timeout=60)


@contextmanager
def web(environment: dict[str, str], folder: Path) -> Iterator[Web]:
    """Start it, wait until it answers, end it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "fleetcs.wsgi",
        "--worker-class",
        "gthread",
        "--threads",
        "4",
        "--bind",
        f"127.0.0.1:{port}",
        "--no-control-socket",
    ]
    log = folder / "web.log"
    with (
        log.open("wb") as out,
        subprocess.Popen(command, cwd=folders.CHECKOUT, env=environment, stdout=out, stderr=out) as it,
    ):
        served = Web(it, port, log)
        try:
            assert until(lambda: answers(served), 60), log.read_text()
            yield served
        finally:
            it.send_signal(signal.SIGTERM)


def answers(served: Web) -> bool:
    try:
        return served.get("/healthz").status_code == 200
    except requests.ConnectionError:
        return False


@pytest.fixture
def served(transactional_db: None, process_environment: dict[str, str], tmp_path: Path) -> Iterator[Web]:
    """The web server on this test's database, with connections that it keeps, as in a real installation."""
    with web({**process_environment, "CONN_MAX_AGE": "60"}, tmp_path) as one:
        yield one


def signed_in() -> str:
    """A cookie of somebody from support."""
    client = Client()
    client.force_login(make_user("vp_cs"))
    return client.cookies[configured.SESSION_COOKIE_NAME].value


def beside(database: str) -> psycopg.Connection:
    """A connection of our own to a database of the tests' server."""
    given = connection.settings_dict
    return psycopg.connect(
        host=given["HOST"],
        port=given["PORT"] or None,
        user=given["USER"],
        password=given["PASSWORD"] or None,
        dbname=database,
        autocommit=True,
    )


@contextmanager
def shut() -> Iterator[None]:
    """The database lets nobody in and has thrown out who was inside."""
    name = connection.settings_dict["NAME"]
    connection.close()
    plain = beside("postgres")
    try:
        plain.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        throw_out(plain, name)
        yield
    finally:
        plain.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        plain.close()


def throw_out(plain: psycopg.Connection, name: str) -> None:
    everybody = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
    plain.execute(everybody, [name])


def timed(ask: Any) -> tuple[requests.Response, float]:
    begun = time.monotonic()
    return ask(), time.monotonic() - begun


def assert_away(answer: requests.Response, seconds: float) -> None:
    assert answer.status_code == 503, answer.text[:300]
    assert int(answer.headers["Retry-After"]) > 0
    assert seconds <= AT_ONCE


def test_without_its_database_it_says_503_at_once_and_comes_back_by_itself(served: Web) -> None:
    cookie, raw = signed_in(), letter()
    assert served.get("/tickets/", cookie).status_code == 200
    with shut():
        for page in PAGES:
            assert_away(*timed(lambda page=page: served.get(page, cookie)))  # type: ignore[misc]
        assert served.get("/healthz").status_code == 200, "the process itself is well"
        assert_away(*timed(lambda: served.mail(raw)))
    assert until(lambda: served.get("/tickets/", cookie).status_code == 200, 10)
    assert not Delivery.objects.exists(), "a mail that was told 503 has left no row"
    assert served.mail(raw).status_code == 200
    assert Delivery.objects.count() == 1
    assert "Traceback" not in served.log.read_text()


def test_connections_that_were_cut_are_replaced_and_no_mail_is_taken_in_without_a_row(served: Web) -> None:
    """F03: whoever is cut off may be told 503, never 2xx for nothing; the next is served."""
    cookie, name, told = signed_in(), connection.settings_dict["NAME"], []
    plain = beside("postgres")
    for number in range(30):
        if number % 5 == 0:
            connection.close()
            throw_out(plain, name)
        told.append(served.mail(letter(text=f"mail {number}")).status_code)
    plain.close()
    assert set(told) <= {200, 503}
    assert served.get("/tickets/", cookie).status_code == 200
    assert Delivery.objects.count() == told.count(200) >= 20


def test_a_table_that_is_locked_is_given_up_on(served: Web) -> None:
    """F05: two seconds are waited for a lock, then a page says when to come back; mail is taken in meanwhile."""
    cookie = signed_in()
    with beside(str(connection.settings_dict["NAME"])) as holder, holder.transaction():
        holder.execute("LOCK TABLE support_ticket IN ACCESS EXCLUSIVE MODE")
        begun = time.monotonic()
        answer = served.get("/tickets/", cookie)
        assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
        assert time.monotonic() - begun < 8
        assert served.get("/healthz").status_code == 200
        assert served.mail(letter()).status_code == 200
    assert served.get("/tickets/", cookie).status_code == 200


@pytest.mark.slow
def test_a_database_that_takes_the_call_and_says_nothing_is_given_up_on(
    process_environment: dict[str, str], tmp_path: Path
) -> None:
    """F01: two seconds, the least that the database's own library waits, and a moment for the page."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = f"postgres://fleetcs:x@127.0.0.1:{silent.getsockname()[1]}/fleetcs"
        with web({**process_environment, "DATABASE_URL": mute}, tmp_path) as one:
            told = {page: timed(lambda page=page: one.get(page, "x" * 32)) for page in PAGES}  # type: ignore[misc]
    assert {answer.status_code for answer, _ in told.values()} == {503}
    assert all("Retry-After" in answer.headers and "X-Request-Id" in answer.headers for answer, _ in told.values())
    assert max(seconds for _, seconds in told.values()) < AT_ONCE + 0.8, "asked once, not once more to say so"


# --- a server of its own, stopped the hard way ------------------------------------------------------------------------
@pytest.fixture
def cluster() -> Iterator[postgres.Cluster]:
    """A PostgreSQL that this test may do anything to, in a folder that its user can reach."""
    folder = folders.server_folder(f"outage-{os.getpid()}")
    own = postgres.Cluster(folder, {**postgres.THROWAWAY, "fsync": "on", "synchronous_commit": "on"})
    own.ensure()
    own.create("fleetcs")
    yield own
    own.stop()
    shutil.rmtree(folder)


@pytest.fixture
def own_web(cluster: postgres.Cluster, tmp_path: Path) -> Iterator[Web]:
    """The web server on that server."""
    with web(migrated(cluster, tmp_path) | {"CONN_MAX_AGE": "60"}, tmp_path) as one:
        yield one


def migrated(cluster: postgres.Cluster, folder: Path) -> dict[str, str]:
    """The environment of a process on that server, which has its tables now."""
    environment = {**os.environ, "DATABASE_URL": cluster.url(), "CLOCK_FILE": str(folder / "clock")}
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, cwd=folders.CHECKOUT, env=environment, check=True)
    return environment


def immediately(cluster: postgres.Cluster) -> None:
    """The power goes: every process of the server is killed."""
    for process in postgres.residents(cluster.data):
        with suppress(psutil.NoSuchProcess):  # gone with the one before
            process.kill()
    until(lambda: not postgres.residents(cluster.data), 10)


def rows(cluster: postgres.Cluster) -> set[str]:
    with cluster.connect("fleetcs") as plain:
        return {row[0] for row in plain.execute("SELECT delivery_id FROM fleetcs_delivery").fetchall()}


@pytest.mark.slow
def test_twenty_mails_a_second_for_thirty_seconds_of_outage(cluster: postgres.Cluster, own_web: Web) -> None:
    """G03: never 2xx without a row; what was told 503 and is sent again is there in the end, once."""
    letters = {number: letter(text=f"mail {number}") for number in range(1_000)}
    told: dict[int, int] = {}
    end = threading.Event()

    def post() -> None:
        for number, raw in letters.items():
            if end.is_set():
                return
            told[number] = own_web.mail(raw).status_code
            end.wait(0.05)

    sender = threading.Thread(target=post)
    sender.start()
    assert until(lambda: len(told) > 40, 60)
    immediately(cluster)
    before, begun = len(told), time.monotonic()
    end.wait(30)
    assert len(told) - before > 100, "the web server went on answering"
    cluster.ensure()
    away = time.monotonic() - begun
    recovered = len(told)
    assert until(lambda: list(told.values())[recovered:].count(200) > 20, 30)
    end.set()
    sender.join()
    assert set(told.values()) <= {200, 503}
    assert list(told.values()).count(503) > 50 < away * 20
    assert len(rows(cluster)) >= list(told.values()).count(200)
    again = [own_web.mail(letters[number]).status_code for number, status in told.items() if status == 503]
    assert set(again) == {200}
    assert len(rows(cluster)) == len(told)


@pytest.mark.slow
def test_a_server_that_is_killed_five_times_costs_no_mail(cluster: postgres.Cluster, own_web: Web) -> None:
    """F01: crashes in the middle of requests."""
    taken = 0
    for turn in range(5):
        results = [own_web.mail(letter(text=f"{turn}.{number}")).status_code for number in range(20)]
        immediately(cluster)
        assert_away(*timed(lambda: own_web.mail(letter(text="lost"))))
        cluster.ensure()
        assert until(lambda: own_web.mail(letter(text="back")).status_code == 200, 20)
        taken += results.count(200) + 1
        assert len(rows(cluster)) >= taken


@pytest.mark.slow
def test_the_pump_waits_for_its_database_without_spinning(cluster: postgres.Cluster, tmp_path: Path) -> None:
    """F02: no crash loop, next to no CPU, and at work again when the database is."""
    environment = migrated(cluster, tmp_path)
    with subprocess.Popen([sys.executable, "manage.py", "pump"], cwd=folders.CHECKOUT, env=environment) as pump:
        try:
            assert until(lambda: beats(cluster) != "", 60)
            immediately(cluster)
            threading.Event().wait(5)  # what it had begun
            process = psutil.Process(pump.pid)
            used, begun = process.cpu_times(), time.monotonic()
            threading.Event().wait(30)
            now = process.cpu_times()
            assert pump.poll() is None, "it lives"
            assert (now.user + now.system - used.user - used.system) / (time.monotonic() - begun) < 0.05
            cluster.ensure()
            last = beats(cluster)
            assert until(lambda: beats(cluster) > last, 60)
        finally:
            pump.terminate()


def beats(cluster: postgres.Cluster) -> str:
    """When anything has last come to its end."""
    with cluster.connect("fleetcs") as plain:
        return str((plain.execute("SELECT max(at) FROM fleetcs_heartbeat").fetchone() or ("",))[0] or "")
