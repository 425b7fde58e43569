"""Mirrors: where we stand with each object of Salesforce, and which field is which, with whose word counting."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

import pghistory
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse

from fleetcs import clock
from fleetcs.merging import Master
from fleetcs.mirrors.mapping import label_of
from fleetcs.models.event import Event
from fleetcs.models.person import User

OVERLAP = timedelta(minutes=2)  # read again each time: rows are committed late, under a stamp already passed (F33)
LEASE = timedelta(minutes=5)  # how long a run may be silent before another one takes over
LATE = timedelta(minutes=15)  # after which what is shown may be older than it looks
WHOLE = timedelta(hours=1)  # how often an object is read that can only be read as a whole


class MirrorQuerySet(models.QuerySet["Mirror"]):
    """Mirrors."""

    def running(self) -> Self:
        """Those that somebody has started and nobody has stopped."""
        return self.exclude(started_at=None).filter(stopped_at=None)

    def claim(self, code: str, now: datetime) -> "Mirror | None":
        """Take a mirror for one run, or None while another run holds it or it is stopped."""
        token = uuid.uuid4()
        free = self.running().filter(Q(busy_until=None) | Q(busy_until__lt=now), code=code)
        if not free.update(token=token, busy_until=now + LEASE, tried_at=now):
            return None
        return self.get(code=code)


class Mirror(models.Model):
    """One object of Salesforce and the copy of it here: how far it has been read, when, and whether it adds up."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    object = models.CharField("Object over there", max_length=60)
    position = models.PositiveSmallIntegerField(default=0, help_text="What others refer to is read first")

    started_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    busy_until = models.DateTimeField(null=True)
    token = models.UUIDField(null=True)

    stamp = models.DateTimeField(null=True, help_text="Everything before it has been read")
    last_id = models.CharField(max_length=18, blank=True, help_text="Of that stamp, everything up to it has been read")
    window_at = models.DateTimeField(null=True, help_text="Their clock when the open window began; none is open")
    their_clock = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True, help_text="When they last answered to the end, by our clock")
    loaded_at = models.DateTimeField(null=True, help_text="When the first load came to its end")
    total = models.PositiveIntegerField(default=0, help_text="Rows that the first load expected")
    done = models.PositiveIntegerField(default=0, help_text="Rows read in the open window")
    bulk_job = models.CharField(max_length=18, blank=True, help_text="The first load that is being prepared or fetched")
    bulk_place = models.CharField(max_length=200, blank=True, help_text="Where in it we are")
    has_key = models.BooleanField(default=False, help_text="Whether their records can hold our id")
    is_whole = models.BooleanField(default=False, help_text="They refuse to be asked by time: all is read every time")
    trouble = models.CharField(max_length=80, blank=True, help_text="Why the last run ended before its end")

    count_there = models.PositiveIntegerField(null=True)
    count_here = models.PositiveIntegerField(null=True)
    counted_at = models.DateTimeField(null=True)
    swept_at = models.DateTimeField(null=True)
    healed = models.PositiveIntegerField(default=0, help_text="Rows that the last sweep found different")
    deleted_until = models.DateTimeField(null=True, help_text="Deletions are known up to here, by their clock")
    held = models.PositiveIntegerField(default=0, help_text="Rows that vanished at once and wait for a person")
    let_go = models.BooleanField(default=False, help_text="A person has said that they are gone indeed")
    quota_used = models.PositiveIntegerField(null=True)
    quota_of = models.PositiveIntegerField(null=True)
    rehearsal = models.JSONField(null=True, help_text="What would be written, as the last dry run found")

    objects = MirrorQuerySet.as_manager()

    class Meta:
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return f"mirror of {self.object}"

    def get_absolute_url(self) -> str:
        return reverse("mirror", args=[self.code])

    # --- what people do ----------------------------------------------------------------------------------------------
    @transaction.atomic
    def start(self, *, by: User) -> bool:
        """Read from where it stands, for the first time from the beginning; False when it runs already.

        Nobody told it what was changed here while it stood still: the next sweep looks at every record again.
        """
        fresh = {"started_at": clock.now(), "stopped_at": None, "trouble": "", "swept_at": None}
        if not Mirror.objects.filter(pk=self.pk).exclude(pk__in=Mirror.objects.running()).update(**fresh):
            return False
        if self.loaded_at:
            self.links.filter(gone_at=None).update(digest="")
        Event.log(self, "mirror_started", by=by)
        return True

    @transaction.atomic
    def stop(self, *, by: User) -> bool:
        """Read no further than the page in hand; False when it stands still already."""
        if not Mirror.objects.running().filter(pk=self.pk).update(stopped_at=clock.now()):
            return False
        Event.log(self, "mirror_stopped", by=by)
        return True

    @transaction.atomic
    def release(self, *, by: User) -> bool:
        """The rows that vanished at once are gone indeed: the next sweep may say so. False when none is held."""
        if not Mirror.objects.filter(pk=self.pk, held__gt=0, let_go=False).update(let_go=True, swept_at=None):
            return False
        Event.log(self, "mirror_let_go", by=by, rows=self.held)
        return True

    # --- one run -----------------------------------------------------------------------------------------------------
    def keep(self, **changes: Any) -> bool:
        """Write how far this run has come while it still holds the mirror; says whether it does and may go on."""
        mine = Mirror.objects.filter(pk=self.pk, token=self.token)
        if not mine.update(**changes):
            return False
        for name, value in changes.items():
            setattr(self, name, value)
        return True

    def may_go_on(self) -> bool:
        """Whether nobody has stopped it or taken it over meanwhile."""
        return Mirror.objects.running().filter(pk=self.pk, token=self.token).exists()

    # --- how it stands -----------------------------------------------------------------------------------------------
    @property
    def is_running(self) -> bool:
        return self.started_at is not None and self.stopped_at is None

    @property
    def percent(self) -> int:
        """How far the first load has come."""
        return 100 if self.loaded_at else min(99, 100 * self.done // self.total) if self.total else 0

    def is_late(self, now: datetime) -> bool:
        """Whether what is shown may be older than it looks."""
        allowed = WHOLE + LATE if self.is_whole else LATE
        return self.loaded_at is not None and (self.asked_at is None or now - self.asked_at > allowed)

    @property
    def skipped(self) -> int:
        return self.links.skipped().count()

    @property
    def balances(self) -> bool:
        """Whether every record over there was here, none of them skipped, when they were last counted."""
        return self.counted_at is not None and self.count_there == self.count_here and not self.skipped


@pghistory.track()
class MirrorField(models.Model):
    """One field of a mirror: its names on both sides, and whose value stands when they differ."""

    MASTERS = ((Master.THEIRS, "Salesforce"), (Master.OURS, "fleetcs"), (Master.BOTH, "Both"))

    mirror = models.ForeignKey(Mirror, models.CASCADE, related_name="fields")
    ours = models.CharField("Here", max_length=60)
    theirs = models.CharField("In Salesforce", max_length=200)
    master = models.CharField("Who masters it", max_length=6, choices=MASTERS, default=Master.THEIRS)
    is_on = models.BooleanField("Mirrored", default=True)
    found = models.CharField("Type over there", max_length=40, blank=True, editable=False)
    was = models.CharField("Type before that", max_length=40, blank=True, editable=False)
    may_write = models.BooleanField(default=True, editable=False)
    missing_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["mirror", "ours"], name="mirror_field_once"),)

    def __str__(self) -> str:
        return f"field {self.ours}"

    @property
    def label(self) -> str:
        """What people call it here."""
        return label_of(self.mirror.code, self.ours)

    @property
    def names(self) -> list[str]:
        """The names over there; an address is several."""
        return [name.strip() for name in self.theirs.split(",")]

    @transaction.atomic
    def change(self, *, by: User, **changes: Any) -> None:
        """Set it otherwise: what was read counts as unread, and the next sweep reads it again."""
        mine = MirrorField.objects.filter(pk=self.pk)
        before = mine.values_list("theirs", flat=True).get()
        mine.update(**changes, missing_at=None, found="")
        if before != changes.get("theirs", before) or not changes.get("is_on", True):
            self.mirror.links.forget(self.ours)
        Mirror.objects.filter(pk=self.mirror_id).update(swept_at=None)
        self.mirror.links.update(digest="")
        Event.log(self.mirror, "mirror_field_changed", by=by, field=self.ours, **changes)


def newest_quota() -> "Mirror | None":
    """The mirror that heard last how much of the day's calls the company has used."""
    return Mirror.objects.exclude(quota_used=None).order_by(F("asked_at").desc(nulls_last=True)).first()
