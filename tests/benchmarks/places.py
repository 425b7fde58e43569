"""The benchmark's own servers: a PostgreSQL cluster that keeps what it is told (fsync on), and one process a site."""

import hashlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from psycopg import sql

from fleetcs.local import folders
from fleetcs.local.environment import SECRETS
from fleetcs.local.postgres import Cluster
from fleetcs.local.processes import Child, until

# What the sites accept as signed, and the agent's password: the same in every run, since databases are kept.
KEYS: Mapping[str, str] = {name: hashlib.sha256(f"benchmark {name}".encode()).hexdigest() for name in SECRETS}
SETTINGS = {
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_planning": "off",
    "shared_buffers": "512MB",
    # Its work would be counted to whichever page happens to be measured; tables are vacuumed before the first round.
    "autovacuum": "off",
}
SERVED = (
    "--worker-class",
    "gthread",
    "--workers",
    "1",
    "--threads",
    "1",
    "--keep-alive",
    "3600",  # longer than it takes to seed the other site
    "--no-control-socket",
    "--preload",
)
MADE_FROM = ("*/migrations/*.py", "support/demo/*.py", "fleetcs/defaults.py", "tests/benchmarks/seeding.py")


def cluster() -> Cluster:
    """In `.local/bench`, so that seeded databases are there for the next run."""
    return Cluster(folders.server_folder("bench"), SETTINGS)


def environment(database_url: str, **more: str) -> dict[str, str]:
    """As in production, behind a proxy that ends TLS."""
    folder = folders.local_folder() / "bench-files"
    folder.mkdir(exist_ok=True)
    return os.environ | {
        "FLEETCS_MODE": "production",
        "DJANGO_SETTINGS_MODULE": "fleetcs.settings",
        "DATABASE_URL": database_url,
        "REDIS_URL": "redis+socket:///nowhere",
        "ALLOWED_HOSTS": "localhost",
        "BEHIND_PROXY": "1",
        "LOCAL_PASSWORDS": "1",
        "SLACK_TEAM_ID": "T0LANTERN",
        "STATIC_ROOT": str(folder / "static"),
        "ATTACHMENT_DIR": str(folder / "attachments"),
        **KEYS,
        **more,
    }


# --- databases --------------------------------------------------------------------------------------------------------
@contextmanager
def seeded(server: Cluster, tickets: int, label: str = "") -> Iterator[str]:
    """The name of a database with so many tickets, for this run alone: a copy of one that is made once and kept."""
    original, mine = f"seed_{tickets}_{made_from()}", f"run_{os.getpid()}_{label or tickets}"
    if not exists(server, original):
        make(server, original, tickets)
    with server.connect() as plain:
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        plain.execute(copy.format(sql.Identifier(mine), sql.Identifier(original)))
    try:
        yield mine
    finally:
        server.drop(mine)


def made_from() -> str:
    """Changes when a seeded database would be another one."""
    files = sorted(path for pattern in MADE_FROM for path in folders.CHECKOUT.glob(pattern))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def exists(server: Cluster, name: str) -> bool:
    with server.connect() as plain:
        return plain.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def make(server: Cluster, name: str, tickets: int) -> None:
    """Seed aside and rename, so that half of one is never taken for a whole one."""
    forget_others(server, name, tickets)
    server.drop("seed_new")
    server.create("seed_new")
    run("tests.benchmarks.seeding", str(tickets), **{"DATABASE_URL": server.url("seed_new")})
    with server.connect("seed_new") as plain:
        plain.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        plain.execute("VACUUM (ANALYZE)")
    with server.connect() as plain:
        plain.execute(sql.SQL("ALTER DATABASE seed_new RENAME TO {}").format(sql.Identifier(name)))
        plain.execute("CHECKPOINT")


def forget_others(server: Cluster, name: str, tickets: int) -> None:
    """Drop the seeds of that size that were made from other sources."""
    with server.connect() as plain:
        rows = plain.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"seed\\_{tickets}\\_%"])
        stale = [found for (found,) in rows.fetchall() if found != name]
    for one in stale:
        server.drop(one)


def run(module: str, *arguments: str, **more: str) -> None:
    """A program of ours to its end; what it prints is only shown when it fails."""
    known = environment(more.pop("DATABASE_URL", "postgres:///nowhere"), **more)
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=known,
        cwd=folders.CHECKOUT,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{module} {' '.join(arguments)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")


# --- sites ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Site:
    """A web server on one database."""

    name: str
    port: int
    database: str
    child: Child

    def cpu(self) -> float:
        """Seconds of processor time that its processes have taken so far."""
        return tree_cpu(self.child.process.pid) if self.child.process else 0.0


@contextmanager
def serving(server: Cluster, name: str, application: str, database: str, **more: str) -> Iterator[Site]:
    """gunicorn of one site, ours or the bare reference, started for the block."""
    port, known = free_port(), environment(server.url(database), **more)
    command = [sys.executable, "-m", "gunicorn", application, *SERVED, "--bind", f"127.0.0.1:{port}"]
    log = folders.local_folder() / "bench-files" / f"{name}.log"
    child = Child(name, command, known, log)
    child.start()
    try:
        if not until(lambda: listens(port), 60):
            raise SystemExit(f"{name} does not start; see {log}")
        yield Site(name, port, database, child)
    finally:
        child.stop()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- what it costs ----------------------------------------------------------------------------------------------------
def tree_cpu(pid: int) -> float:
    """Seconds of processor time of a process and all it has started, ended and awaited ones included."""
    leader = psutil.Process(pid)
    ended = leader.cpu_times()
    return ended.children_user + ended.children_system + sum(map(on_cpu, [leader, *leader.children(recursive=True)]))


def on_cpu(process: psutil.Process) -> float:
    """By the scheduler's own count where there is one: the usual one is in steps of ten milliseconds."""
    with suppress(FileNotFoundError, ProcessLookupError):
        tasks = Path(f"/proc/{process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


@dataclass(frozen=True)
class Database:
    """The server's own view of itself."""

    server: Cluster
    leader: int

    @classmethod
    def of(cls, server: Cluster) -> "Database":
        return cls(server, int((server.data / "postmaster.pid").read_text().split()[0]))

    def cpu(self) -> float:
        return tree_cpu(self.leader)

    def forget_statements(self) -> None:
        with self.server.connect() as plain:
            plain.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            plain.execute("SELECT pg_stat_statements_reset()")

    def statements(self, database: str) -> int:
        """How many were executed in a database since they were last forgotten; not counted are BEGIN and COMMIT,
        what foreign keys look up by themselves, and the look whether the line still stands."""
        asked = """SELECT coalesce(sum(calls), 0) FROM pg_stat_statements JOIN pg_database ON oid = dbid
                   WHERE datname = %s AND query <> 'SELECT $1'
                   AND query NOT LIKE '%%FROM ONLY %%'
                   AND query !~* '^(begin|commit|rollback|savepoint|release|set )'"""
        with self.server.connect() as plain:
            row = plain.execute(asked, [database]).fetchone()
            return int(row[0]) if row else 0
