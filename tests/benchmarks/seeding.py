"""Fill a fresh database: migrations, the made-up firm's people, accounts and tickets. Argument: how many tickets."""

import os
import sys
from pathlib import Path

import django
from django.apps import apps
from django.core.management import call_command

from fleetcs import local

AGENT = "priya.ramanujanfell@lanternfish.example"  # a customer support engineer


def fill(tickets: int) -> None:
    """As `manage.py seed` does it, with one account for a hundred tickets."""
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    pack = Path(local.__path__[0]) / "handbook.yaml"
    call_command("load_handbook", str(pack), verbosity=0)
    agent = apps.get_model("fleetcs", "User").objects.get(email=AGENT)
    agent.set_password(os.environ["DEMO_PASSWORD"])
    agent.save()
    call_command("seed", accounts=max(50, tickets // 100), tickets=tickets)


if __name__ == "__main__":
    os.environ["FLEETCS_MODE"] = "development"  # made-up tickets do not go into production
    fill(int(sys.argv[1]))
