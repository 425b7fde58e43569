"""One process that works on deliveries until none is due: says that it is ready, waits for the word, and ends."""

import sys

import django
from django.utils.module_loading import import_string


def main() -> None:
    """The loop of a worker, without its clock."""
    django.setup()
    take, handler_of = import_string("fleetcs.inbox.take"), import_string("fleetcs.inbox.handler_of")
    for source in ("slack", "email", "contact"):
        handler_of(source)  # loaded before the clock runs, as in a worker
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    while take():
        pass


if __name__ == "__main__":
    main()
