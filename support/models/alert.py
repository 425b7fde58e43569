"""Alerts: that somebody must be told when a clock reaches a threshold, as rows that any number of sweeps may fire."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q


class AlertQuerySet(models.QuerySet["Alert"]):
    """Alerts."""

    def disarm(self) -> int:
        """Nobody needs to be told any more."""
        return self.filter(state=Alert.State.ARMED).update(state=Alert.State.CANCELLED)

    def ripe(self, now: datetime) -> Self:
        """Armed alerts whose moment has come, of clocks that still run."""
        return self.filter(state=Alert.State.ARMED, due_at__lte=now).filter(
            clock__stopped_at=None, clock__withdrawn_at=None
        )


class Alert(models.Model):
    """That somebody must be told when a clock reaches a threshold: late rather than never, never twice."""

    class State(models.TextChoices):
        ARMED = "armed"
        FIRED = "fired"
        SUPERSEDED = "superseded"
        CANCELLED = "cancelled"

    clock = models.ForeignKey("support.Clock", models.CASCADE, related_name="alerts")
    threshold = models.CharField(max_length=20)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.ARMED)
    fired_at = models.DateTimeField(null=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["clock", "threshold"], name="alert_once"),)
        indexes = (models.Index(F("due_at"), name="alert_armed", condition=Q(state="armed")),)

    def __str__(self) -> str:
        return f"{self.threshold} of clock {self.clock_id}"

    @classmethod
    def arm(cls, of: models.Model, moments: dict[str, datetime | None]) -> None:
        """Set the moments of a clock's thresholds in one statement; those that have fired keep their state."""
        cls.objects.bulk_create(
            [cls(clock_id=of.pk, threshold=threshold, due_at=moment) for threshold, moment in moments.items() if moment],
            update_conflicts=True, unique_fields=["clock", "threshold"], update_fields=["due_at"],
        )
