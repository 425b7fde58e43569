"""`manage.py demo`: the whole product with a made-up firm, on this machine."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from fleetcs.local.demo import Demo, free_port


class Command(BaseCommand):
    """Runs in the foreground until Ctrl-C."""

    help = "Run the whole product here with a made-up firm: web, worker, beat, pump, database, broker, stand-ins."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, help="port of the web server (8000, else the next free one)")
        parser.add_argument("--reset", action="store_true", help="forget the data and make the firm up again")
        parser.add_argument("--at", type=_moment, help="what time it is at the start, as 2026-01-23T15:30:00-08:00")

    def handle(self, *args: Any, port: int | None, reset: bool, at: datetime | None, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo is no part of a production installation.")
        Demo(self._say, free_port(port), at, reset).run()

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _moment(text: str) -> datetime:
    """Without an offset it is the wall time of the firm."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))
