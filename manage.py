#!/usr/bin/env python
"""The one door to the product's commands; on one machine it brings its database along."""

import sys

from django.core.management import execute_from_command_line

from fleetcs.local.environment import prepared
from fleetcs.local.folders import Unusable


def main() -> None:
    """Run the command; what this machine cannot do is one line, not a traceback."""
    try:
        with prepared(sys.argv[1:]):
            execute_from_command_line(sys.argv)
    except Unusable as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
