"""`python -m tests.benchmarks [--quick] [--only WORD]`: measure, print a table, exit 1 when a goal is missed."""

import argparse
import sys

from tests.benchmarks import places, walk
from tests.benchmarks.table import Table

SIZES, QUICK = (50_000, 200_000), (5_000, 20_000)


def main() -> int:
    """Everything, one after the other: two measurements at once would measure each other."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true", help="with 5,000 and 20,000 tickets")
    asked.add_argument("--only", default="", help="pages whose name holds this word")
    given = asked.parse_args()
    server = places.cluster()
    with server.joined(), walk.sites(server, QUICK if given.quick else SIZES) as visitors:
        table = Table(walk.walked(visitors, server, given.only))
    print(table.text())
    goals = list(table.goals())
    print("\nGoals")
    print("\n".join(map(str, goals)))
    return int(not all(goal.reached for goal in goals))


if __name__ == "__main__":
    sys.exit(main())
