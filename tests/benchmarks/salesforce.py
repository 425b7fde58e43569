"""The mirror of Salesforce beside the least that it could cost: P12 to P15."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import batched
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from fleetcs.local import folders
from fleetcs.local.postgres import Cluster
from tests.benchmarks.places import environment
from tests.benchmarks.rows import told
from tests.benchmarks.table import Goal
from tests.standins import StandIns

SIZES: Final = (5_000, 20_000, 10_000)  # accounts, contacts, opportunities
QUICK: Final = (1_000, 4_000, 2_000)
PAGE: Final = 2_000  # records that one call of REST gives
OBJECTS: Final = {"accounts": "Account", "contacts": "Contact", "opportunities": "Opportunity"}


def salesforce(server: Cluster, *, quick: bool) -> Iterator[Goal]:
    """What it costs by the processor, and then how often it asks."""
    sizes = QUICK if quick else SIZES
    with database(server) as name:
        took = mirroring(server, name, {}, "costs", *map(str, sizes))
    print(f"mirror of {took['rows']:,.0f} records: {seconds(took)}")
    yield Goal("mirror, first load: plain COPY and upsert beside it", took["plain"] / took["load"], 0.6, least=True)
    faster = took["change"] / took["same"]
    yield Goal("mirror: a changing pass beside an unchanged one", faster, 2, least=True, unit="x")
    yield Goal("mirror: rows written by an unchanged pass", took["written"], 0)
    with database(server) as name, TemporaryDirectory() as folder:
        yield from over_the_line(server, name, Path(folder), sizes)


def over_the_line(server: Cluster, name: str, folder: Path, sizes: tuple[int, ...]) -> Iterator[Goal]:
    """The whole line: stand-in, library, polls."""
    standins = StandIns(folder)
    try:
        fill(standins, sizes)
        done = mirroring(server, name, standins.environment, "read")
        asked = calls(standins)
        mirroring(server, name, standins.environment, "idle")
        again = calls(standins) - asked
    finally:
        standins.stop()
    least = sum(ceil(size / PAGE) for size in sizes)
    yield Goal("mirror, first load: calls beside the least possible", asked / least, 1.1, unit="x")
    yield Goal("mirror, nothing new: calls beside one an object", again / len(sizes), 1, unit="x")
    yield Goal("mirror: records a task that had any", sum(sizes) / done["busy"], PAGE, least=True)


def fill(standins: StandIns, sizes: tuple[int, ...]) -> None:
    for code, rows in told(sizes, 1).items():
        for some in batched(rows, PAGE, strict=False):
            standins.act("load", object=OBJECTS[code], rows=[dict(row) for row in some])


def calls(standins: StandIns) -> int:
    return len(standins.journal("salesforce", "/services/data"))


def mirroring(server: Cluster, name: str, more: dict[str, str], *arguments: str) -> dict[str, Any]:
    """A program of its own, as a worker is one; what it says at its end."""
    command = [sys.executable, "-m", "tests.benchmarks.mirroring", *arguments]
    known = environment(server.url(name), **more)
    done = subprocess.run(command, env=known, cwd=folders.CHECKOUT, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"mirroring failed:\n{done.stderr[-4000:]}")
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


@contextmanager
def database(server: Cluster) -> Iterator[str]:
    """An empty one for this run."""
    name = f"mirror_{os.getpid()}"
    server.drop(name)
    server.create(name)
    try:
        yield name
    finally:
        server.drop(name)


def seconds(took: dict[str, float]) -> str:
    names = {"plain": "plain", "load": "first load", "change": "all changed", "same": "nothing changed"}
    return ", ".join(f"{words} {took[name]:.2f} CPU s" for name, words in names.items())
