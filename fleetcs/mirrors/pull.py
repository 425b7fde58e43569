"""Reading what is new: once everything, then windows on (SystemModstamp, Id), resumed wherever one ended.

A run is one process's hold of a mirror for a while. It asks outside any transaction and applies each piece in one,
together with how far it has come, so that a process killed at any moment leaves nothing half and nothing double.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import batched
from typing import Final

from django.db import transaction

from fleetcs import clock
from fleetcs.clients import salesforce
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.clients.salesforce import Page
from fleetcs.mirrors import awaiting, merged, quota, shape, writing
from fleetcs.mirrors.reading import Reading, Told, literal
from fleetcs.models import Mirror
from fleetcs.models.mirror import LEASE, OVERLAP

FEW: Final = 2_000  # records up to which pages of questions are cheaper than a bulk job (trap 21)
BULK_PAGE: Final = 10_000
NO_BULK: Final = ("INVALIDENTITY", "FEATURENOTENABLED", "INVALIDJOB")
ROUND: Final = timedelta(seconds=40)  # after which a run makes room for other duties and goes on later
ORDER: Final = " ORDER BY SystemModstamp, Id"


class TakenOver(Exception):
    """Somebody has stopped the mirror, or another run holds it."""


class Run:
    """One hold of a mirror."""

    def __init__(self, mirror: Mirror) -> None:
        self.mirror = mirror
        self.over = clock.now() + ROUND
        self.counted: Counter[str] = Counter()

    def go(self) -> int:
        """Read until nothing is left, the time is over or they refuse; says how many records were taken up."""
        trouble = self._tried()
        if trouble == "INVALID_FIELD":
            trouble = self._tried(look=True)
        quota.note(self.mirror)
        self.mirror.keep(trouble=trouble[:80], busy_until=None)
        return self.counted.total()

    def _tried(self, *, look: bool = False) -> str:
        """Why it did not come to its end, as a code; "" when it did. A field that has vanished is left out (17)."""
        try:
            self._read(look=look)
        except Unavailable as error:
            quota.wait(error)
            return error.code
        except Rejected as error:
            self.mirror.keep(bulk_job="", bulk_place="")
            return error.code
        except TakenOver:
            return ""
        return ""

    # --- what is read ------------------------------------------------------------------------------------------------
    def _read(self, *, look: bool) -> None:
        quota.spare()
        if look or not self.mirror.fields.exclude(found="").exists():
            shape.look(self.mirror)
        self.reading = Reading(self.mirror, us=salesforce.user_id())
        if self.mirror.loaded_at is None and self.mirror.window_at is None:
            self._begin_load()
        if self.mirror.bulk_job:
            self._load()
        else:
            self._window()

    def _begin_load(self) -> None:
        """How many there are and what time it is over there, in one call; many are prepared by them in bulk."""
        archives = self.reading.declared.archives
        page = next(salesforce.query(self.reading.of_living("COUNT()"), include_deleted=archives))
        job = _prepared(self.reading.soql(self.reading.living), archives) if page.total > FEW else ""
        self._keep(window_at=page.server_now, total=page.total, done=0, stamp=None, last_id="", bulk_job=job)

    def _load(self) -> None:
        """Fetch the prepared answer; where we are in it is kept after each page."""
        if not salesforce.bulk_done(self.mirror.bulk_job):
            return
        for page in salesforce.bulk_pages(self.mirror.bulk_job, self.mirror.bulk_place, at_once=BULK_PAGE):
            for piece in writing.in_pieces(self.reading.told(page.rows)):
                self._take(piece)
            self._keep(bulk_place=page.locator)
            if page.locator and clock.now() > self.over:
                return
        self._close(self.mirror.window_at or clock.now())

    def _window(self) -> None:
        """What has changed since, deleted records included, in the order in which it changed."""
        for number, page in enumerate(self._pages()):
            if number == 0:
                self._keep(window_at=page.server_now, their_clock=page.server_now, done=0)
            if page.rows:
                told = self.reading.told(page.rows)
                self._take(told, **self._place(told[-1]))
            if clock.now() > self.over and page.rows and not self.mirror.is_whole:
                return
            quota.spare()
        self._close(self.mirror.window_at or clock.now())

    def _pages(self) -> Iterator[Page]:
        if self.mirror.is_whole:
            return salesforce.query(self.reading.soql(), include_deleted=True)
        stamp, last_id = self.mirror.stamp, self.mirror.last_id
        return salesforce.query(self.reading.soql(after(stamp, last_id), ORDER), include_deleted=True)

    def _place(self, last: Told) -> dict[str, object]:
        """Where to go on: never beyond what may still be committed late under an older stamp (trap 2)."""
        if self.mirror.is_whole:
            return {}
        newest = (self.mirror.window_at or clock.now()) - OVERLAP
        if last.stamp is None or last.stamp > newest:
            return {"stamp": max(newest, self.mirror.stamp or newest), "last_id": ""}
        return {"stamp": last.stamp, "last_id": last.id}

    # --- what is written ---------------------------------------------------------------------------------------------
    def _take(self, told: Sequence[Told], **place: object) -> None:
        with transaction.atomic(durable=True):
            self._hold()
            self.counted += writing.apply(self.reading, told)
            self.mirror.keep(done=self.mirror.done + len(told), busy_until=clock.now() + LEASE, **place)

    def _hold(self) -> None:
        """Lock the mirror, or raise TakenOver: two runs never write at once."""
        mine = Mirror.objects.running().select_for_update().filter(pk=self.mirror.pk, token=self.mirror.token)
        if not mine.exists():
            raise TakenOver

    def _keep(self, **changes: object) -> None:
        if not self.mirror.keep(busy_until=clock.now() + LEASE, **changes):
            raise TakenOver

    def _close(self, their_now: datetime) -> None:
        """Everything up to a while before this window began has been read; what awaited a record may have it now."""
        self._keep(
            stamp=max(their_now - OVERLAP, self.mirror.stamp or their_now - OVERLAP),
            last_id="",
            window_at=None,
            bulk_job="",
            bulk_place="",
            asked_at=clock.now(),
            their_clock=their_now,
            loaded_at=self.mirror.loaded_at or clock.now(),
        )
        self._settle_awaits()

    def _settle_awaits(self) -> None:
        """What awaited a record that is here by now, gets it."""
        for links in batched(awaiting.come(self.reading), writing.AT_ONCE, strict=False):
            with transaction.atomic(durable=True):
                self._hold()
                told = self.reading.remembered(list(self.mirror.links.select_for_update().filter(pk__in=links)))
                self.counted += writing.apply(self.reading, told, again=True)
        merged.follow(self.reading)


def _prepared(soql: str, include_deleted: bool) -> str:
    """The bulk job of a question; "" for an object that refuses to be read in bulk (trap 29): it comes in pages."""
    try:
        return salesforce.bulk_start(soql, include_deleted=include_deleted)
    except Rejected as error:
        if error.code not in NO_BULK:
            raise
        return ""


def after(stamp: datetime | None, last_id: str) -> str:
    """What comes after a place in (SystemModstamp, Id); of a stamp without an id everything (traps 1 and 3)."""
    if stamp is None:
        return ""
    at = literal(stamp)
    if not last_id:
        return f"SystemModstamp >= {at}"
    return f"(SystemModstamp = {at} AND Id > {salesforce.quoted(last_id)}) OR SystemModstamp > {at}"
