"""`manage.py seed --accounts N --tickets N`: load volume, with three messages a ticket."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from support.demo.volume import bulk_load, load
from support.tasks import refresh_tallies


class Command(BaseCommand):
    """For looking at pages under load; never in production."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--accounts", type=int, default=500)
        parser.add_argument("--tickets", type=int, default=10_000)

    def handle(self, *args: Any, accounts: int, tickets: int, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("Made-up tickets do not go into production.")
        if accounts < 1 or tickets < 0:
            raise CommandError("At least one account, and no negative number of tickets.")
        with bulk_load():
            load(accounts, tickets)
        while refresh_tallies():
            pass
        self.stdout.write(f"Loaded {accounts} accounts and {tickets} tickets with {3 * tickets} messages.")
