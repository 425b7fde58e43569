"""`manage.py load_minor_planets [FILE|URL]`: names that codenames are chosen from (SYS-16)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import codenames
from accounts.models import MinorPlanet
from fleetcs import clock
from fleetcs.clients import minor_planets
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.working_day import day_of

LONGEST_SOURCE = 200


class Command(BaseCommand):
    """Take in a list: the Minor Planet Center's page, "(number) name" text, or CSV with number,name. Safe to repeat."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", nargs="?", default="", metavar="FILE|URL", help="default: MINOR_PLANETS_URL")

    def handle(self, *args: Any, source: str, verbosity: int, **options: Any) -> None:
        source = source or settings.MINOR_PLANETS_URL
        try:
            found = codenames.read(self.fetched(source) if "://" in source else self.file(source))
        except codenames.Unreadable as error:
            raise CommandError(str(error)) from error
        loaded = MinorPlanet.objects.load(found, source[:LONGEST_SOURCE])
        if verbosity:
            day = day_of(clock.now())
            counts = f"{loaded.added:,} new, {loaded.changed:,} spelt otherwise, {loaded.same:,} as before"
            self.stdout.write(f"{len(found):,} names from {source} on {day:%Y-%m-%d}: {counts}.")
            self.stdout.write(f"The list now has {MinorPlanet.objects.count():,} names.")

    def fetched(self, url: str) -> str:
        """The page at an address. Raises CommandError: only the configured host is asked."""
        try:
            return minor_planets.page(url)
        except (Unavailable, Rejected) as error:
            hint = "; only the host of MINOR_PLANETS_URL is asked" if error.code == "host" else ""
            raise CommandError(f"{url} cannot be read: {error.code}{hint}.") from error

    def file(self, name: str) -> str:
        try:
            return minor_planets.text(Path(name).read_bytes())
        except OSError as error:
            raise CommandError(f"{name} cannot be read: {error.strerror}.") from error
