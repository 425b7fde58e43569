"""What is due at the mirrors: a poll every two minutes, a count every hour, a sweep every night."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from fleetcs import clock
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.mirrors import quota
from fleetcs.mirrors import sweep as sweeping
from fleetcs.mirrors.mapping import needed
from fleetcs.mirrors.pull import Run
from fleetcs.mirrors.pushing import AUTOMATION
from fleetcs.models import Automation, Gate, Mirror
from fleetcs.models.mirror import WHOLE
from fleetcs.working_day import ZONE

RECOUNT: Final = timedelta(hours=1)
NIGHT: Final = 3  # o'clock


def poll() -> int:
    """Read what is new of every mirror that is due; says how many records were taken up."""
    return sum(Run(mirror).go() for mirror in _claimed(_wants_poll))


def recount() -> int:
    """Count both sides and ask for deletions, once an hour; says how many records were taken up."""
    return sum(_tried(mirror, _counted) for mirror in _claimed(_wants_recount))


def sweep() -> int:
    """Compare every id once a day, in the night unless somebody cannot wait; says how many were different."""
    return sum(_tried(mirror, sweeping.sweep) for mirror in _claimed(_wants_sweep))


def _claimed(wants: Callable[[Mirror], bool]) -> Iterator[Mirror]:
    """Mirrors that want it now, each held by this run alone from its turn on."""
    for mirror in Mirror.objects.running() if _is_open() else ():
        if wants(mirror) and _is_open() and (claimed := Mirror.objects.claim(mirror.code, clock.now())):
            yield claimed


def _is_open() -> bool:
    """Whether there is a line to Salesforce, somebody wants it used, and nobody asked us to wait."""
    if not settings.SALESFORCE_CLIENT_ID or Automation.objects.position(AUTOMATION) == Automation.Position.OFF:
        return False
    return not Gate.objects.closed(clock.now()).filter(pk=quota.GATE).exists()


def _wants_poll(mirror: Mirror) -> bool:
    if (
        mirror.loaded_at is None
        and Mirror.objects.running().filter(code__in=needed(mirror.code), loaded_at=None).exists()
    ):
        return False  # it could not be linked to what is still being loaded
    if mirror.window_at and not mirror.trouble:
        return True
    wait_for = WHOLE if mirror.is_whole else timedelta(seconds=settings.SALESFORCE_POLL_SECONDS)
    return mirror.tried_at is None or clock.now() - mirror.tried_at >= wait_for


def _wants_recount(mirror: Mirror) -> bool:
    return _is_due(mirror, mirror.counted_at, clock.now() - RECOUNT)


def _wants_sweep(mirror: Mirror) -> bool:
    return _is_due(mirror, mirror.swept_at, last_night())


def _is_due(mirror: Mirror, last: datetime | None, since: datetime) -> bool:
    return mirror.loaded_at is not None and (last is None or last < since)


def last_night() -> datetime:
    """The latest moment at which it was three at night where the company is."""
    now = clock.now().astimezone(ZONE)
    night = now.replace(hour=NIGHT, minute=0, second=0, microsecond=0)
    return night if night <= now else night - timedelta(days=1)


def _counted(mirror: Mirror) -> int:
    taken = sweeping.read_deleted(mirror)
    sweeping.recount(mirror)
    return taken


def _tried(mirror: Mirror, act: Callable[[Mirror], int]) -> int:
    """Do it while they answer and the day's calls allow it; what did not come to its end is due again."""
    trouble, done = "", 0
    try:
        quota.spare()
        done = act(mirror)
    except Unavailable as error:
        quota.wait(error)
        trouble = error.code
    except Rejected as error:
        trouble = error.code
    quota.note(mirror)
    mirror.keep(trouble=trouble[:80], busy_until=None)
    return done
