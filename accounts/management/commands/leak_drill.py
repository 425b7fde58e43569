"""`manage.py leak_drill`: plant 20 leaks, catch all 20, and find none in what is really meant for the public."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts import leak_drill
from accounts.leak_drill import LEAKS, Leak
from accounts.models.private_words import private_words


class Command(BaseCommand):
    """The exit status is 1 when a planted leak would have left, or a real one is found. It sends nothing anywhere."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        found = leak_drill.found(private_words())
        missed = self.planted()
        self.stdout.write(f"{len(LEAKS) - len(missed)} of {len(LEAKS)} planted leaks were caught.")
        for leak in missed:
            self.stdout.write(f"Missed: {leak.kind}.")
        self.stdout.write(f"{len(found)} found in {sum(1 for _ in leak_drill.meant_for_the_public())} texts of ours.")
        for what, kinds in found:
            self.stdout.write(f"Found: {kinds} in the {what}.")
        if missed or found:
            raise CommandError("The drill has failed.")

    def planted(self) -> list[Leak]:
        """What was planted and not caught; the made-up account is gone afterwards."""
        with transaction.atomic():
            leak_drill.plant()
            missed = leak_drill.missed(private_words())
            transaction.set_rollback(True)
        return missed
