"""The mirror of GitHub: twenty thousand issues from the real stand-in, then a reading in which nothing has changed."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import batched
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from fleetcs.local import folders
from fleetcs.local.postgres import Cluster
from tests.benchmarks.places import environment, run
from tests.benchmarks.table import Goal
from tests.standins import StandIns

ISSUES, QUICK = 20_000, 2_000
PAGE: Final = 100
REPO: Final = 1001
NAMES: Final = ("bug", "customer request", "~investigate", "+more info please", ":product", "documentation")
CUSTOMERS: Final = 50
AT: Final = "2026-01-12T18:00:00Z"


def github(server: Cluster, *, quick: bool) -> Iterator[Goal]:
    """The same number of statements for every page; an unchanged poll costs no quota and writes no row."""
    issues = QUICK if quick else ISSUES
    with empty(server) as database, standing_in() as standins:
        load(standins, issues)
        told = read(server, database, standins)
    label = f"GitHub mirror of {issues:,} issues"
    yield Goal(f"{label}: issues here", told["issues"], issues, least=True)
    yield Goal(f"{label}: SQL statements a page of {PAGE}, at most", told["most"], 16)
    yield Goal(f"{label}: statements more for one page than another", told["most"] - told["least"], 0)
    yield Goal(f"{label}: milliseconds to write a page", told["milliseconds"], 100, unit=" ms")
    yield Goal(f"{label}: quota of an unchanged poll", told["quota"], 0)
    yield Goal(f"{label}: rows written by an unchanged poll", told["written"], 0)
    yield Goal(f"{label}: rows written by reading a page again", told["again"], 0)


@contextmanager
def empty(server: Cluster) -> Iterator[str]:
    """A migrated database for this run alone."""
    name = f"run_{os.getpid()}_github"
    server.create(name)
    try:
        run("django", "migrate", "--verbosity", "0", DATABASE_URL=server.url(name))
        yield name
    finally:
        server.drop(name)


@contextmanager
def standing_in() -> Iterator[StandIns]:
    with TemporaryDirectory(dir=folders.local_folder()) as folder:
        standins = StandIns(Path(folder))
        try:
            yield standins
        finally:
            standins.stop()


def load(standins: StandIns, issues: int) -> None:
    """Labels of every meaning and of fifty customers; each issue has two or three of them."""
    names = [*NAMES, *(f"customer-{number:04}" for number in range(CUSTOMERS))]
    standins.at_github(*(label(100_000 + number, name) for number, name in enumerate(names)), core=1_000_000)
    for numbers in batched(range(1, issues + 1), 500, strict=False):
        standins.at_github(*(issue(number) for number in numbers))


def label(id: int, name: str) -> dict[str, Any]:
    return {
        "kind": "github.label",
        "key": str(id),
        "id": id,
        "repo": REPO,
        "name": name,
        "color": "bfd4f2",
        "description": None,
    }


def issue(number: int) -> dict[str, Any]:
    """Nine in ten are closed, one in fifty waits for somebody outside."""
    labels = [100_000 + number % 2, 100_000 + len(NAMES) + number % CUSTOMERS, *([100_003] if number % 50 == 0 else [])]
    said = {"title": f"Hosts are offline {number}", "body": "It is broken. " * 40, "user": f"person{number % 500}"}
    closed = {"state": "closed", "state_reason": "completed", "closed_at": AT, "closed_by": "maya"}
    still = {"state": "open", "state_reason": None, "closed_at": None, "closed_by": None}
    fresh: dict[str, Any] = {"locked": False, "assignees": [], "created_at": AT, "updated_at": AT}
    place = {"kind": "github.issue", "key": f"{REPO}/{number}", "id": 200_000 + number, "repo": REPO, "number": number}
    return {**place, **fresh, **said, **(still if number % 10 == 0 else closed), "labels": labels}


def read(server: Cluster, database: str, standins: StandIns) -> dict[str, float]:
    """What a process of ours says of its readings, and what GitHub has counted meanwhile."""
    known = environment(server.url(database), **standins.environment, INDEX_URL=standins.urls["index_url"])
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.github_reader"],
        env=known, cwd=folders.CHECKOUT, check=False, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"The reader failed:\n{done.stderr[-4000:]}")
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told
