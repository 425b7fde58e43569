"""`python -m fleetcs.local COMMAND …`: any command, with the embedded database as its DATABASE_URL."""

import subprocess
import sys

from fleetcs.local.environment import embedded_database
from fleetcs.local.folders import Unusable


def main(command: list[str]) -> int:
    """The command's exit status. The embedded database is started for it when nobody else uses it."""
    try:
        with embedded_database():
            return subprocess.run(command, check=False).returncode
    except Unusable as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
