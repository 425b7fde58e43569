"""What the operations page tells of the watch over the public repository: what was found, and how fresh it is."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from accounts.models import Leak, Watch
from accounts.models.leak import LATE
from fleetcs.operations import Source


def trouble() -> tuple[int, str, str, str]:
    """Places in public that nobody has dealt with."""
    return Leak.objects.open().count(), "place", "in public that nobody has dealt with", reverse("accounts:leaks")


def sources(now: datetime) -> list[Source]:
    """The three readings of the public repository; none without one."""
    if not settings.GITHUB_PUBLIC_REPO:
        return []
    rows = Watch.objects.in_bulk()
    named = [(what.label, rows.get(what.value) or Watch(what=what.value)) for what in Watch.What]
    return [Source(f"Watch: {name.lower()}", row.read_at, LATE, now, row.trouble) for name, row in named]
