"""`manage.py adopt bugs|codenames|deals`: take over what the company had before, or only show what would be.

A line says a number, how that row stands, and why. It never says a codename beside an account: what a terminal shows
is scrolled back, copied and recorded. `--reveal --by EMAIL` does, on a terminal only, for a person who may know every
mapping, and writes down that they looked. `--say NAME=WORDS` tells of chosen rows what no record here shows.
"""

from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.module_loading import import_string

from fleetcs.adoption import Adoption, Line
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.models import Event, User

ORDER = {"fits": 0, "asks": 1, "blocked": 2}


class Command(BaseCommand):
    """Safe to repeat: what was taken over is no longer among the rows."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=sorted(adoptions()))
        parser.add_argument("--dry-run", action="store_true", help="only show what would be taken over")
        parser.add_argument("--only", default="", metavar="N,N", help="these rows; without it, those that fit")
        parser.add_argument("--say", action="append", default=[], metavar="NAME=WORDS", help="of the rows of --only")
        parser.add_argument("--by", default="", metavar="EMAIL", help="the colleague who decides")
        parser.add_argument("--reveal", action="store_true", help="name labels and accounts, on a terminal")

    def handle(self, *args: Any, what: str, dry_run: bool, only: str, by: str, reveal: bool, **options: Any) -> None:
        adoption: Adoption = import_string(adoptions()[what])()
        person = self.person(by, adoption) if reveal or not dry_run else None
        numbers = chosen(only)
        self.hear(adoption, options["say"], numbers)
        self.read(adoption)
        lines = [line for line in adoption.lines() if not numbers or line.number in numbers]
        self.show(lines, person if reveal else None, what)
        if not dry_run and person:
            wanted = {line.number for line in lines if line.state == "fits" or (numbers and line.state == "asks")}
            taken = adoption.take(wanted, by=person)
            self.stdout.write(f"{len(taken)} taken over, {len(lines) - len(taken)} left as they are.")

    def person(self, email: str, adoption: Adoption) -> User:
        """The colleague who decides. Raises CommandError for one who may not."""
        found: User | None = User.objects.active().filter(email__iexact=email).first() if email else None
        if found is None or not found.may(adoption.action):
            raise CommandError(f"Say with --by who decides: {adoption.who}.")
        return found

    def hear(self, adoption: Adoption, told: list[str], numbers: set[int]) -> None:
        """What is said of the chosen rows. Raises CommandError where none is chosen, and for what means nothing."""
        if told and not numbers:
            raise CommandError("--say tells of chosen rows: choose them with --only.")
        try:
            adoption.hear({name: words for name, _, words in (each.partition("=") for each in told)})
        except ValueError as error:
            raise CommandError(str(error)) from error

    def read(self, adoption: Adoption) -> None:
        try:
            adoption.read()
        except (Unavailable, Rejected) as error:
            raise CommandError(f"What stands over there cannot be read: {error.code}.") from error

    def show(self, lines: list[Line], reader: User | None, what: str) -> None:
        """A line each, what fits first; labels and accounts only for the reader, whose look is written down."""
        if reader:
            if not self.stdout.isatty():
                raise CommandError("--reveal writes on a terminal only: what it shows belongs in no file and no log.")
            with transaction.atomic():
                Event.log(reader, "adoption_revealed", by=reader, what=what)
        for line in sorted(lines, key=lambda line: (ORDER[line.state], line.number)):
            words = (f"{line.number:>6}", f"{line.state:<7}", line.told if reader else "", line.why)
            self.stdout.write("  ".join(word for word in words if word).rstrip())
            for row in line.brings:
                self.stdout.write(f"{'':>17}{row}")
        counted = ", ".join(f"{sum(line.state == state for line in lines)} {state}" for state in ORDER)
        self.stdout.write(f"{len(lines)} rows: {counted}.")


def adoptions() -> dict[str, str]:
    """What the apps list, by name."""
    return {name: path for app in apps.get_app_configs() for name, path in getattr(app, "adoptions", {}).items()}


def chosen(only: str) -> set[int]:
    """The numbers of `--only`. Raises CommandError for what is none."""
    told = [each.strip() for each in only.split(",") if each.strip()]
    if not all(each.isdecimal() for each in told):
        raise CommandError("--only takes numbers of rows: --only 3,17")
    return {int(each) for each in told}
