"""The servers of one run of the tests: started by the controller, found by its workers in the environment.

The run has databases of its own, named after the controller's pid; a template that already holds the
migrations is copied for each worker and kept for the next run while no source file has changed.
"""

import atexit
import hashlib
import io
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from importlib.metadata import distributions

import psutil
import psycopg
from django.db import connection
from psycopg import sql

from fleetcs.local import environment, folders, postgres, valkey

APPS = ("fleetcs", "accounts", "opportunities", "support")


def is_controller() -> bool:
    """Whether this process starts the servers: it does unless pytest-xdist started it as a worker."""
    return "PYTEST_XDIST_WORKER" not in os.environ


def prepare_environment() -> None:
    """Fill the environment before settings are read; workers inherit it."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "fleetcs.settings"
    if not is_controller():
        return
    folder = tempfile.mkdtemp(prefix="fleetcs-run-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ |= {
        "FLEETCS_MODE": "test",
        "FLEETCS_TEST_FOLDER": folder,
        "ATTACHMENT_DIR": f"{folder}/attachments",
        "CLOCK_FILE": f"{folder}/clock",
        "STATIC_ROOT": tempfile.mkdtemp(prefix="static-", dir=folder),
        "CONN_MAX_AGE": "0",
        **{name: f"test-{secrets.token_urlsafe(32)}" for name in environment.SECRETS},
    }
    if "DATABASE_URL" not in os.environ:
        os.environ["DATABASE_URL"] = postgres.for_tests().url(f"run_{os.getpid()}_{secrets.token_hex(3)}")
        os.environ["FLEETCS_TEST_TEMPLATE"] = template_name()
    if "REDIS_URL" not in os.environ:
        os.environ["REDIS_URL"] = valkey.for_tests().url


@contextmanager
def running() -> Iterator[None]:
    """Start what the environment promises; stop it when this run is the last that uses it. Raises Unusable."""
    with ExitStack() as stack:
        broker, cluster = valkey.for_tests(), postgres.for_tests()
        if os.environ["REDIS_URL"] == broker.url:
            stack.enter_context(broker.running())
        if "FLEETCS_TEST_TEMPLATE" in os.environ:
            stack.enter_context(cluster.joined())
            stack.callback(_sweep, cluster)
            _sweep(cluster)
            _build_template(cluster, os.environ["FLEETCS_TEST_TEMPLATE"])
        yield


def template_name() -> str:
    """The template's name follows everything that migrations can depend on, so that it is never stale."""
    digest = hashlib.sha256()
    for app in APPS:
        for path in sorted(p for p in (folders.CHECKOUT / app).rglob("*") if p.suffix in {".py", ".yaml", ".sql"}):
            digest.update(str(path).encode() + path.read_bytes())
    digest.update(repr(sorted((d.name, d.version) for d in distributions())).encode())
    return f"template_{digest.hexdigest()[:16]}"


def _build_template(cluster: postgres.Cluster, name: str) -> None:
    with folders.locked(cluster.home / "template.lock"):
        if name in _databases(cluster):
            return
        settings, mine = connection.settings_dict, connection.settings_dict["NAME"]
        cluster.drop(f"{name}_new")
        settings["TEST"]["NAME"] = f"{name}_new"
        with redirect_stdout(io.StringIO()):
            connection.creation.create_test_db(verbosity=0, autoclobber=True)
        connection.close()
        settings["TEST"]["NAME"], settings["NAME"] = None, mine
        with cluster.connect() as plain:
            plain.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(f"{name}_new"), sql.Identifier(name))
            )


def _sweep(cluster: postgres.Cluster) -> None:
    """Remove what runs that are over have left behind, and all but the newest templates."""
    names = _databases(cluster)
    runs = [name for name in names if (match := re.match(r"(?:test_)?run_(\d+)_", name)) and _over(int(match[1]))]
    for name in runs:
        cluster.drop(name)
    for name in [name for name in names if name.startswith("template_")][4:]:
        with cluster.connect() as plain:
            _drop_if_idle(plain, name)


def _over(pid: int) -> bool:
    return pid == os.getpid() or not psutil.pid_exists(pid)


def _drop_if_idle(plain: psycopg.Connection, name: str) -> None:
    try:
        plain.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
    except psycopg.errors.ObjectInUse:
        return  # another run is copying it


def _databases(cluster: postgres.Cluster) -> list[str]:
    """The databases there, newest first."""
    with cluster.connect() as plain:
        rows = plain.execute("SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY oid DESC")
        return [name for (name,) in rows]
