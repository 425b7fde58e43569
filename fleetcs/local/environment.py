"""What a process on one machine finds in its environment, before settings are read.

Nothing here runs in production: there the environment is given, and settings refuse to start without it.
"""

import os
import secrets
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import django
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from fleetcs.local import folders, postgres
from fleetcs.local.processes import RunFile

SECRETS = (
    "SECRET_KEY",
    "SLACK_SIGNING_SECRET",
    "MAIL_SIGNING_SECRET",
    "CONTACT_SIGNING_SECRET",
    "REPLY_ADDRESS_SECRET",
    "GITHUB_WEBHOOK_SECRET",
    "ZAPIER_SECRET",
    "UNTHREAD_SIGNING_SECRET",
    "DEMO_PASSWORD",
)
NEEDS_NOTHING = {"", "help", "version", "diffsettings", "collectstatic", "startapp", "findstatic"}
NEEDS_NO_TABLES = {
    *("migrate", "makemigrations", "showmigrations", "sqlmigrate", "squashmigrations", "dbshell"),
    *("check", "demo"),  # checks ask which version the server has; the demo migrates with its own words
}


@contextmanager
def prepared(arguments: list[str]) -> Iterator[None]:
    """Everything `manage.py` with these arguments needs: secrets, and a database with its tables."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleetcs.settings")
    if os.environ.get("FLEETCS_MODE") == "production":
        yield
        return
    command = next((word for word in arguments if not word.startswith("-")), "")
    fill({"FLEETCS_MODE": "demo"} if command == "demo" else of_running_demo())
    fill(made_here())
    if command in NEEDS_NOTHING or {"--help", "--version"} & set(arguments) or "DATABASE_URL" in os.environ:
        yield
        return
    with embedded_database():
        if command not in NEEDS_NO_TABLES:
            ready_tables()
        yield


def of_running_demo() -> dict[str, str]:
    """Where the running demo of this checkout can be reached: a command beside it must not speak to the world."""
    if os.environ.get("FLEETCS_MODE") == "test":
        return {}
    run = RunFile(folders.LOCAL / "demo.json")
    environment: dict[str, str] = run.read().get("environment", {}) if run.leftovers() else {}
    return environment


@contextmanager
def embedded_database() -> Iterator[None]:
    """The embedded PostgreSQL as DATABASE_URL for this process and those it starts."""
    leave_politely()
    cluster = postgres.main()
    with cluster.joined():
        cluster.create(postgres.OWNER)
        os.environ["DATABASE_URL"] = cluster.url()
        yield


def ready_tables() -> None:
    """Migrate the embedded database when something is unapplied; standard output stays the command's own."""
    django.setup()
    with folders.locked(folders.LOCAL / "migrate.lock"):
        if unapplied():
            sys.stderr.write("Setting up the database…\n")
            call_command("migrate", verbosity=0, interactive=False, stdout=sys.stderr)
    connection.close()


def unapplied() -> bool:
    """Whether a migration on disk is not in the database yet."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def leave_politely() -> None:
    """Being told to end is an exit like any other, so that what was started is stopped."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _exit)


def _exit(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def fill(values: Mapping[str, str]) -> None:
    """Add to the environment what it does not say itself."""
    for name, value in values.items():
        os.environ.setdefault(name, value)


def made_here(local: Path | None = None) -> dict[str, str]:
    """The secrets of this checkout, made once and kept in `.local/secrets.env`."""
    path = (local or folders.local_folder()) / "secrets.env"
    kept = _read(path)
    if missing := [name for name in SECRETS if name not in kept]:
        _write(path, {**kept, **{name: secrets.token_urlsafe(32) for name in missing}})
        kept = _read(path)
    return kept


def _read(path: Path) -> dict[str, str]:
    with suppress(FileNotFoundError):
        return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    return {}


def _write(path: Path, values: Mapping[str, str]) -> None:
    """Two first commands at once must agree: under a lock, what is there already wins, whole or not at all."""
    with folders.locked(path.with_suffix(".lock")):
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text("".join(f"{name}={value}\n" for name, value in {**values, **_read(path)}.items()))
        fresh.replace(path)
