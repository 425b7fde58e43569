"""Opening hours and holidays: one setting behind the clock, the after-hours window and every text (SLA-13, SLA-14)."""

from datetime import date, datetime
from functools import lru_cache
from typing import Self

import pghistory
from django.conf import settings
from django.db import models, transaction
from django.urls import reverse

from fleetcs import clock
from fleetcs.hours import Hours
from fleetcs.models.event import Event


class HolidayQuerySet(models.QuerySet["Holiday"]):
    """Days on which the company is closed."""

    def in_force(self) -> Self:
        return self.filter(is_active=True)

    def by_day(self) -> tuple[tuple[date, str], ...]:
        """(day, name) pairs, the shape that a calendar is made from."""
        return tuple(self.in_force().order_by("on").values_list("on", "name"))

    @transaction.atomic
    def close(self, on: date, name: str, *, by: models.Model) -> "Holiday":
        """The company is closed on that day; one that was to be worked on is closed after all."""
        day, _ = self.update_or_create(
            on=on, defaults={"name": name, "is_active": True}, create_defaults={"name": name, "source": "by hand"}
        )
        Event.log(day, "holiday_added", by=by, on=on)
        return day


@pghistory.track()
class Holiday(models.Model):
    """A day the calendar is closed, by name, so that a due time can say which days were taken out (A7)."""

    on = models.DateField(unique=True)
    name = models.CharField(max_length=120)
    observed = models.BooleanField(default=False)
    source = models.CharField(max_length=40, default="by hand")
    is_active = models.BooleanField(default=True)

    objects = HolidayQuerySet.as_manager()

    class Meta:
        ordering = ("on",)

    def __str__(self) -> str:
        return f"{self.name} {self.on}"

    @transaction.atomic
    def drop(self, *, by: models.Model) -> None:
        """The company works on that day after all."""
        self.is_active = False
        self.save(update_fields=["is_active"])
        Event.log(self, "holiday_dropped", by=by, on=self.on)


class OpeningHoursQuerySet(models.QuerySet["OpeningHours"]):
    """Versions of the opening hours."""

    def in_force(self, at: datetime) -> "OpeningHours":
        """The version that was in force at a moment; the oldest one for moments before any."""
        version = self.filter(in_force_from__lte=at).order_by("-in_force_from", "-pk").first()
        return version or self.order_by("in_force_from", "pk")[:1].get()

    @transaction.atomic
    def succeed(
        self, *, zone: str, week: dict[str, list[list[str]]], in_force_from: datetime, note: str, by: models.Model
    ) -> "OpeningHours":
        """Write the next version, in force from a moment on."""
        heir = self.create(zone=zone, week=week, in_force_from=in_force_from, note=note, created_by_id=by.pk)
        Event.log(heir, "hours_written", by=by, in_force_from=in_force_from)
        return heir

    def calendar(self, at: datetime | None = None) -> Hours:
        """The working time in force at a moment (now), holidays included, ready to count with."""
        return self.in_force(at or clock.now()).calendar


@pghistory.track()
class OpeningHours(models.Model):
    """One version of the week. A new version touches tickets received from its day on, never older ones."""

    zone = models.CharField(max_length=64, default=settings.TIME_ZONE)
    week = models.JSONField(help_text='{"mon": [["07:00", "16:00"]], ...}; several intervals a day, "24:00" as an end')
    in_force_from = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = OpeningHoursQuerySet.as_manager()

    class Meta:
        ordering = ("-in_force_from", "-pk")
        constraints = (models.UniqueConstraint(fields=["in_force_from"], name="hours_one_version_a_moment"),)

    def __str__(self) -> str:
        return f"hours version {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("hours")

    @property
    def calendar(self) -> Hours:
        """This version as a pure value."""
        return calendar_of(self.zone, _frozen(self.week), Holiday.objects.by_day())

    @property
    def words(self) -> str:
        """The week as a policy says it: "Monday-Friday, 7AM-4PM Pacific Time"."""
        return Hours(self.zone, self.week).long_text()

    @transaction.atomic
    def correct(self, week: dict[str, list[list[str]]], *, by: models.Model) -> None:
        """Mend the version itself: open clocks that were counted with it are recomputed by the caller's job."""
        self.week = week
        self.save(update_fields=["week"])
        Event.log(self, "hours_corrected", by=by, week=week)


@lru_cache(maxsize=64)
def calendar_of(
    zone: str, week: tuple[tuple[str, tuple[tuple[str, str], ...]], ...], holidays: tuple[tuple[date, str], ...]
) -> Hours:
    """Equal settings give the very same calendar, so that its table of openings is built once a process."""
    return Hours(zone, {day: list(intervals) for day, intervals in week}, holidays=dict(holidays))


def _frozen(week: dict[str, list[list[str]]]) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    return tuple((day, tuple((start, end) for start, end in intervals)) for day, intervals in week.items())
