"""`manage.py demo_data`: fill an empty installation with a made-up firm's customers and a quarter of tickets."""

import os
from argparse import ArgumentParser
from random import Random
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import Account
from fleetcs import clock
from fleetcs.models import User
from support.demo.firm import make_accounts, make_common_channels
from support.demo.names import make_codenames
from support.demo.outside import note_labels_from_before
from support.demo.quarter import Quarter, settle_the_past
from support.demo.today import COUNT, lay_out, ring
from support.models import Ticket


class Command(BaseCommand):
    """Only into an empty installation, and never into production."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tickets", type=int, default=600)

    def handle(self, *args: Any, tickets: int, verbosity: int, **options: Any) -> None:
        if settings.PRODUCTION or Account.objects.exists():
            raise CommandError("Demo data goes into an empty installation only.")
        now, moved = clock.now(), clock.offset()
        try:
            self.fill(Random(20), tickets)
        finally:
            if moved:
                clock.set_to(now)
            else:
                clock.reset()
        with transaction.atomic():
            ring()
            settle_the_past(now)
        if verbosity:
            self.stdout.write(f"Made {Account.objects.count()} accounts and {Ticket.objects.count()} tickets.")

    def fill(self, chance: Random, tickets: int) -> None:
        """Everybody gets the demo's password, which was made on this machine."""
        User.objects.update(password=make_password(os.environ.get("DEMO_PASSWORD")))
        until = clock.now()
        accounts = make_accounts(chance)
        make_common_channels()
        make_codenames()
        note_labels_from_before()
        served = [account for account in accounts if account.contracts.exists()] * 3 + accounts
        quarter = Quarter(chance, until, served, list(User.objects.holding("cse")))
        lay_out(quarter)
        quarter.play(max(tickets - COUNT, tickets // 2))
