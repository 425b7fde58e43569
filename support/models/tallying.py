"""Keeping the daily sums that the managers' page reads: whole days, recounted from the clocks' facts (P7)."""

from datetime import date
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Count, F

from fleetcs import clock
from support.figures import ENDED
from support.models.clock import Clock
from support.models.figures import DIMENSIONS, SPENT, Step, answered, in_state, tickets
from support.models.tally import ResponseTally, SourceTally, StaleDay, Tally
from support.sla import Priority, Tier

LOCK: Final = 7_415  # one at a time, so that numbers of sums rise in the order in which others see them
DAYS_A_ROUND: Final = 100


def refresh() -> int:
    """Recount the days that verbs have marked; says how many. Safe to run twice, at once, or late."""
    days = list(StaleDay.objects.order_by("on").values_list("on", flat=True).distinct()[:DAYS_A_ROUND])
    return sum(refresh_day(day) for day in days)


@transaction.atomic
def refresh_day(day: date) -> bool:
    """Recount one whole day; False when somebody else is at it.

    The marks go first and the counting second: a verb that commits in between leaves a mark for the next round.
    """
    if not _lock():
        return False
    StaleDay.objects.filter(on=day).delete()
    clocks = Clock.objects.filter(received_on=day)
    if not _replace(Tally, day, clocks.values(*DIMENSIONS).annotate(**_counted())):
        Tally.objects.create(on=day, kind=Clock.Kind.RESPONSE, tier=Tier.FREE, priority=Priority.P3, inside=True)
    steps = answered(clocks).values("tier", "inside", minutes=Step(SPENT))
    _replace(ResponseTally, day, steps.annotate(responses=Count("pk")))
    _replace(SourceTally, day, tickets(clocks).values(source=F("ticket__source")).annotate(tickets=Count("pk")))
    return True


def _counted() -> dict[str, Any]:
    """The states that do not depend on the hour, so that any moment will do."""
    found = in_state(clock.now())
    return {f"in_{state}": Count("pk", filter=found[state]) for state in ENDED}  # `missed` alone would be the column


def _lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _replace(tally: Any, day: date, rows: Any) -> int:
    """The sums of a day instead of those before; says how many. Even a day without clocks leaves one, of zeros, since
    its number tells that the sums have changed."""
    tally.objects.filter(on=day).delete()
    named = ({name.removeprefix("in_"): value for name, value in row.items()} for row in rows.order_by())
    return len(tally.objects.bulk_create([tally(on=day, **row) for row in named]))
