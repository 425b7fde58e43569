"""`python -m tests.benchmarks [--quick] [--only WORD]`: measure, print a table, exit 1 when a goal is missed."""

import argparse
import sys
from collections.abc import Iterator

from fleetcs.local.postgres import Cluster
from tests.benchmarks import places, walk
from tests.benchmarks.arithmetic import arithmetic
from tests.benchmarks.github import github
from tests.benchmarks.recounting import recounting
from tests.benchmarks.salesforce import salesforce
from tests.benchmarks.selling import selling
from tests.benchmarks.table import Goal, Table
from tests.benchmarks.webhooks import webhooks

SIZES, QUICK = (50_000, 200_000), (5_000, 20_000)


def main() -> int:
    """Everything, one after the other: two measurements at once would measure each other."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true", help="with 5,000 and 20,000 tickets")
    asked.add_argument("--only", default="", help="pages whose name holds this word")
    given = asked.parse_args()
    goals = list(measured(QUICK if given.quick else SIZES, given.only, quick=given.quick))
    print("\nGoals")
    print("\n".join(map(str, goals)))
    return int(not all(goal.reached for goal in goals))


def measured(sizes: tuple[int, int], only: str, *, quick: bool) -> Iterator[Goal]:
    """Pages, then what has none; each is said as soon as it is known."""
    server = places.cluster()
    with server.joined():
        if only not in {"salesforce", "github", "selling"}:
            yield from pages(server, sizes, only)
        if only in "github":
            yield from github(server, quick=quick)
        if only in "salesforce":
            yield from salesforce(server, quick=quick)
        if only in "selling":
            yield from selling(server, quick=quick)
    if only in "hours":
        yield from arithmetic(quick=quick)


def pages(server: Cluster, sizes: tuple[int, int], only: str) -> Iterator[Goal]:
    """What is asked of running sites, with so many tickets."""
    with walk.sites(server, sizes) as visitors:
        table = Table(walk.walked(visitors, server, only))
    print(table.text())
    yield from table.goals()
    if only in "webhooks":
        yield from webhooks(server, sizes[0])
    if only in "recount":
        yield from recounting(server, sizes[1])


if __name__ == "__main__":
    sys.exit(main())
