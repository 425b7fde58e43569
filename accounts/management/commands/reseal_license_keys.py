"""`manage.py reseal_license_keys`: every license key under today's secret, so that the former one can be taken away."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts import sealing
from accounts.models import LicenseKey


class Command(BaseCommand):
    help = "Seal every license key under today's LICENSE_KEY_SECRET."

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable = [pk for pk in LicenseKey.objects.values_list("pk", flat=True).order_by("pk") if not resealed(pk)]
        self.stdout.write(f"{LicenseKey.objects.count() - len(unreadable)} sealed under today's secret.")
        if unreadable:
            raise CommandError(f"Not readable, and left as they are: {', '.join(map(str, unreadable))}")


@transaction.atomic
def resealed(pk: int) -> bool:
    """Whether the key could be read."""
    key = LicenseKey.objects.select_for_update().filter(pk=pk).first()
    if key is None:
        return True
    try:
        sealed = sealing.reseal(key.sealed)
    except sealing.Unreadable:
        return False
    LicenseKey.objects.filter(pk=pk).update(sealed=sealed)
    return True
