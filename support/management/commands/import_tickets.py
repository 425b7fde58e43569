"""`manage.py import_tickets unthread|zendesk FILE|--api`: tickets of another system, each once (SYS-05, SYS-06)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from fleetcs import effects
from support.desks.conversation import Unreadable
from support.models import ImportRow, TicketImport
from support.outside_system import DESKS


class Command(BaseCommand):
    """Import tickets. Importing the same ones again changes nothing, and an import that was stopped is gone on with by
    the workers."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("system", choices=list(DESKS))
        parser.add_argument("file", nargs="?", type=Path, help="an export file")
        parser.add_argument("--api", action="store_true", help="read from Zendesk itself")
        parser.add_argument("--dry-run", action="store_true", help="list what would happen and change nothing")
        parser.add_argument("--count", action="store_true", help="count closed tickets in the figures of their days")

    def handle(self, *args: Any, system: str, file: Path | None, api: bool, **options: Any) -> None:
        if (file is None) != api:
            raise CommandError("Name a file, or say --api.")
        choices = {"rehearsal": options["dry_run"], "counted": options["count"]}
        if file is None:
            self.check_api(system)
        rows = self.rows(system, file) if file else None
        name = file.name[:200] if file else ""
        job = TicketImport.objects.order(system, by=None, rows=rows, name=name, **choices)
        self.work(job)
        self.report(job)

    def rows(self, system: str, file: Path) -> Any:
        """The rows of a file. Raises CommandError for one that cannot be read at all."""
        try:
            return DESKS[system].rows(file.read_bytes())
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except Unreadable as problem:
            raise CommandError(f"{file} cannot be read: {problem}.") from problem

    def check_api(self, system: str) -> None:
        """Raises CommandError for a system that cannot be asked."""
        if not DESKS[system].has_api:
            raise CommandError(f"{DESKS[system].name} has no public interface: export a file.")
        if not settings.ZENDESK_URL:
            raise CommandError("ZENDESK_URL is not set.")

    def work(self, job: TicketImport) -> None:
        """Until nothing moves any more: what is to be waited for is left to the workers."""
        moved = True
        while moved and job.is_running:
            asked = effects.send_rest() if job.by_api else 0
            moved = bool(TicketImport.objects.work() + asked)
            job.refresh_from_db()

    def report(self, job: TicketImport) -> None:
        rows = job.rows.defer("payload", "raw")
        for row in rows.filter(state=ImportRow.State.BAD):
            self.stdout.write(f"row {row.number} {row.external_id}: {row.words}")
        if job.rehearsal:
            for row in rows.exclude(state=ImportRow.State.BAD):
                self.stdout.write(f"row {row.number} {row.external_id}: {row.get_state_display()}, {row.words}")
        counts = ", ".join(f"{label}: {number}" for label, number in job.counts.items())
        self.stdout.write(f"Import {job.pk}, {job.total} rows. {counts}")
        if job.trouble:
            raise CommandError(f"{job.get_system_display()} refused: {job.trouble}. Mend it and try again on its page.")
        if job.is_running:
            self.stdout.write("It is not done: the workers go on with it.")
