"""What is due at GitHub: a reading every quarter of an hour, and every five minutes a look at what did not arrive."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby
from typing import Final

from django.conf import settings
from django.db import transaction

from fleetcs import clock
from fleetcs.clients import github
from fleetcs.clients.github import HookDelivery
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.effects import emit
from fleetcs.models import Delivery, Gate
from support.github.labels import repo_of
from support.github.reading import GATE, Reading
from support.models import Repository

AGAIN: Final = timedelta(minutes=10)  # of the list is read again, since it is not of one moment
TRIES: Final = 6  # then it is left to the next reading of everything
WAIT: Final = timedelta(minutes=2)  # before a delivery that failed is asked for, doubled each time


def read() -> int:
    """Go on with, or begin, the readings that are due; says how many issues were taken up."""
    taken = 0
    for repository in Repository.objects.configured() if is_open() else ():
        if repository.is_due(clock.now()) and (claimed := Repository.objects.claim(repository.code, clock.now())):
            taken += Reading(claimed).go()
    return taken


def is_open() -> bool:
    """Whether we are connected and nobody has asked us to wait."""
    if not (settings.GITHUB_TOKEN or settings.GITHUB_APP_ID):
        return False
    return not Gate.objects.closed(clock.now()).filter(pk=GATE).exists()


def look_after_hooks() -> int:
    """Ask for the deliveries that did not arrive; an App has one hook for both repositories. Says how many."""
    repositories = list(Repository.objects.configured()) if is_open() else []
    return sum(_looked_after(one) for one in repositories[: 1 if settings.GITHUB_APP_ID else None])


def _looked_after(repository: Repository) -> int:
    now = clock.now()
    since = repository.hooks_since - AGAIN if repository.hooks_since else None
    try:
        tried = github.hook_deliveries(repo_of(repository), since)
    except (Unavailable, Rejected) as error:
        return _refused(repository, error)
    missing = [tries for tries in lost(tried) if len(tries) <= TRIES]
    oldest = min((one.delivered_at for tries in missing for one in tries), default=now)
    with transaction.atomic():
        Repository.objects.filter(pk=repository.pk).update(hooks_since=oldest, hooks_at=now, hooks_trouble="")
        return sum(_ask(repository, tries) for tries in missing)


def _refused(repository: Repository, error: Unavailable | Rejected) -> int:
    """What GitHub will not tell is shown beside the repository; a limit is everybody's."""
    if isinstance(error, Unavailable) and error.after is not None:
        Gate.objects.close(GATE, until=clock.now() + error.after, reason=error.code)
    Repository.objects.filter(pk=repository.pk).update(hooks_trouble=error.code[:80])
    return 0


def lost(tried: Iterable[HookDelivery]) -> list[list[HookDelivery]]:
    """The tries of each delivery that has not arrived by any of them, and is not here by any other way."""
    by_guid = {
        guid: list(tries) for guid, tries in groupby(sorted(tried, key=lambda one: one.guid), lambda one: one.guid)
    }
    missing = {guid: tries for guid, tries in by_guid.items() if not any(one.arrived for one in tries)}
    here = Delivery.objects.filter(source="github", delivery_id__in=missing).values_list("delivery_id", flat=True)
    return [tries for guid, tries in missing.items() if guid not in set(here)]


def _ask(repository: Repository, tries: list[HookDelivery]) -> bool:
    """Have it sent again, unless that was tried a moment ago."""
    last = max(tries, key=lambda one: one.delivered_at)
    if clock.now() - last.delivered_at < WAIT * 2 ** (len(tries) - 1):
        return False
    args = {"repo": repository.code, "delivery": last.id}
    return emit("github.redeliver", key=f"redeliver:{last.guid}:{len(tries)}"[:200], args=args) is not None
