"""The lines to the outside: whether they are open, alive, and allowed to act by themselves."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models.functions import Greatest

from fleetcs import clock
from fleetcs.models.event import Event
from fleetcs.models.person import User
from fleetcs.pace import Pace


class GateQuerySet(models.QuerySet["Gate"]):
    """Destinations that asked us to wait."""

    def closed(self, now: datetime) -> Self:
        return self.filter(not_before__gt=now)

    def close(self, destination: str, *, until: datetime, reason: str) -> None:
        """Nothing goes to `destination` before `until`, from whatever process; a longer wait stands."""
        shut = Gate(destination=destination, not_before=until, reason=reason[:80])
        if not self.filter(pk=destination).update(not_before=Greatest("not_before", until), reason=reason[:80]):
            self.bulk_create([shut], ignore_conflicts=True)

    @transaction.atomic(durable=True)
    def take_turn(self, destination: str, pace: Pace, *, now: datetime, until: datetime) -> bool:
        """Take the one turn there is to write to a destination, till `until` at the most; False when it is not free.

        Where as many have been taken as may be, nobody is asked again before the next one is due.
        """
        self.bulk_create([Gate(destination=destination, not_before=now)], ignore_conflicts=True)
        gate = self.select_for_update().get(pk=destination)
        if gate.turn_at and gate.turn_at > now:
            return False
        turns = pace.remembered(gate.turns, now)
        is_free = (due := pace.next_turn(turns, now)) <= now
        gate.turns, gate.turn_at = ([*turns, now], until) if is_free else (turns, due)
        gate.save(update_fields=["turns", "turn_at"])
        return is_free

    def give_turn_back(self, destination: str, pace: Pace, *, now: datetime, until: datetime) -> None:
        """The write taken till `until` is over: the next may begin a moment later. Who was too slow has none left."""
        self.filter(pk=destination, turn_at=until).update(turn_at=now + pace.apart)


class Gate(models.Model):
    """One `not_before` per destination, shared by every process: the server's own Retry-After."""

    destination = models.CharField(max_length=60, primary_key=True)
    not_before = models.DateTimeField()
    reason = models.CharField(max_length=80, blank=True)
    turn_at = models.DateTimeField(null=True, help_text="When the next write may begin, where one waits for another")
    turns = ArrayField(models.DateTimeField(), default=list, help_text="When the writes that still count began")

    objects = GateQuerySet.as_manager()

    class Meta:
        ordering = ("destination",)

    def __str__(self) -> str:
        return self.destination


class Heartbeat(models.Model):
    """When a duty of the schedule last came to its end: progress, not a process that merely runs."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class CallsQuerySet(models.QuerySet["Calls"]):
    """Calls made to a destination that counts them."""

    def note(self, destination: str, count: int) -> None:
        """So many more in this hour."""
        if count:
            hour = clock.now().replace(minute=0, second=0, microsecond=0)
            self.get_or_create(destination=destination, hour=hour)
            self.filter(destination=destination, hour=hour).update(count=models.F("count") + count)

    def of_last_day(self, destination: str) -> int:
        """How many in the last 24 hours, to the hour."""
        recent = self.filter(destination=destination, hour__gt=clock.now() - timedelta(hours=24))
        return int(recent.aggregate(all=models.Sum("count", default=0))["all"])


class Calls(models.Model):
    """How many calls of ours went to a destination within one hour: of a limit that others use up too, our part."""

    destination = models.CharField(max_length=60)
    hour = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    objects = CallsQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "calls"
        ordering = ("-hour",)
        constraints = (models.UniqueConstraint(fields=["destination", "hour"], name="calls_of_hour_once"),)

    def __str__(self) -> str:
        return f"{self.count} calls"


class AutomationQuerySet(models.QuerySet["Automation"]):
    """Everything that acts on the outside by itself."""

    def position(self, code: str) -> str:
        """Off, watch or act; one that nobody has declared yet starts in watch (R17)."""
        return self.get_or_create(code=code, defaults={"name": code.replace("_", " ").capitalize()})[0].position


class Automation(models.Model):
    """One automatic act with its switch: off, watch (write down what it would do) or act (R17)."""

    class Position(models.TextChoices):
        OFF = "off", "Off"
        WATCH = "watch", "Watch"
        ACT = "act", "Act"

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=300, blank=True)
    position = models.CharField(max_length=5, choices=Position.choices, default=Position.WATCH)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(null=True)

    objects = AutomationQuerySet.as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def switch(self, position: str, *, by: User | None) -> None:
        """Put it in another position, keeping who did it. Raises ValueError for an unknown one."""
        self.position = Automation.Position(position)
        self.changed_by, self.changed_at = by, clock.now()
        self.save(update_fields=["position", "changed_by", "changed_at"])
        if by is not None:
            Event.log(by, "automation_switched", by=by, automation=self.code, position=self.position)
