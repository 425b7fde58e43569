"""How many of the day's calls may be read with: the company shares them, and what people do goes first (traps 19, 20).

Reading stops at 80 % of all calls of the last 24 hours, or when a quarter of all went to our own; what was reached is
kept, and the next poll goes on from there. Sending, and reading one record for a person, go on until nothing is left.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from fleetcs import clock
from fleetcs.clients import salesforce
from fleetcs.clients.http import Unavailable
from fleetcs.models import Calls, Gate, Mirror
from fleetcs.models.mirror import newest_quota

SHARE: Final = 0.8  # of the company's calls
OURS: Final = 0.25  # of the company's calls, for all of ours
FRESH: Final = timedelta(minutes=30)  # after which it is asked again whether calls have come back
GATE: Final = "salesforce"
SPENT, OWN_SPENT = "quota", "own_quota"
PARTIAL: Final = (SPENT, OWN_SPENT, salesforce.LIMIT)  # why a run is not at its end, and goes on by itself


@dataclass(frozen=True)
class Usage:
    """Calls of the last 24 hours: the company's as Salesforce said last, ours of them, and what is kept for people."""

    used: int
    of: int
    ours: int
    ours_at_most: int
    reserved: int


def usage() -> Usage | None:
    """None while Salesforce has not said."""
    told = newest_quota()
    if told is None or told.quota_of is None or told.quota_used is None:
        return None
    of = told.quota_of
    return Usage(told.quota_used, of, Calls.objects.of_last_day(GATE), int(OURS * of), of - int(SHARE * of))


def spare() -> None:
    """Raises Unavailable when reading has to stop, so that what people do can still be sent."""
    Calls.objects.note(GATE, salesforce.spent())
    quota = salesforce.quota()
    if quota is None or not quota.limit or clock.now() - quota.at >= FRESH:
        return
    if quota.used >= SHARE * quota.limit:
        raise Unavailable(code=SPENT)
    if Calls.objects.of_last_day(GATE) >= OURS * quota.limit:
        raise Unavailable(code=OWN_SPENT)


def note(mirror: Mirror | None = None) -> None:
    """Write down what was spent, and beside a mirror what Salesforce said of all."""
    Calls.objects.note(GATE, salesforce.spent())
    if mirror is not None and (quota := salesforce.quota()):
        mirror.keep(quota_used=quota.used, quota_of=quota.limit)


def wait(error: Unavailable) -> None:
    """Leave Salesforce alone for as long as it asks: what is read and what is sent share one gate."""
    if error.after is not None:
        Gate.objects.close(GATE, until=clock.now() + error.after, reason=error.code)
