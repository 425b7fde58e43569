"""Alerts: that somebody must be told when a clock reaches a threshold, as rows that any number of sweeps may fire."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q

from fleetcs.models.once import insert_once
from support.escalation import UNCONFIRMED, rank


class AlertQuerySet(models.QuerySet["Alert"]):
    """Alerts."""

    def disarm(self) -> int:
        """Nobody needs to be told any more."""
        return self.armed().update(state=Alert.State.CANCELLED)

    def match(self, moments: dict[str, datetime | None]) -> None:
        """After a re-count: thresholds without a moment are taken back, those that have one again may fire."""
        gone = [threshold for threshold, moment in moments.items() if moment is None]
        self.filter(threshold__in=gone).disarm()
        again = set(moments) - set(gone)
        self.filter(threshold__in=again, state=Alert.State.CANCELLED).update(state=Alert.State.ARMED)

    def forget(self) -> None:
        """The clock counts from a later start: nobody was to be told of the first, and what is due now has alerts of
        its own. That nobody has confirmed the priority is not said again."""
        self.exclude(threshold=UNCONFIRMED).delete()

    def armed(self) -> Self:
        return self.filter(state=Alert.State.ARMED)

    def ripe(self, now: datetime) -> Self:
        """Armed alerts whose moment has passed."""
        return self.armed().filter(due_at__lt=now)

    def with_clock(self) -> Self:
        """With all that a notice says."""
        return self.select_related("clock__ticket", "clock__thread")


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
        Alert.objects.bulk_create(
            [Alert(clock_id=of.pk, threshold=name, due_at=moment) for name, moment in moments.items() if moment],
            update_conflicts=True,
            unique_fields=["clock", "threshold"],
            update_fields=["due_at"],
        )

    @classmethod
    def arm_once(cls, of: models.Model, moments: dict[str, datetime]) -> None:
        """Arm thresholds that the clock has not had yet; those it has are left as they are."""
        rows = [Alert(clock_id=of.pk, threshold=threshold, due_at=moment) for threshold, moment in moments.items()]
        Alert.objects.bulk_create(rows, ignore_conflicts=True)

    @classmethod
    def once(cls, of: models.Model, threshold: str, due_at: datetime) -> "Alert | None":
        """A new armed alert of a clock; None when this threshold has had its own already."""
        alert = cls(clock_id=of.pk, threshold=threshold, due_at=due_at)
        return alert if insert_once(alert) else None

    @property
    def late_by(self) -> timedelta | None:
        """How long after its moment it fired: after an outage it says so."""
        return self.fired_at - self.due_at if self.fired_at else None

    @property
    def moot(self) -> str | None:
        """Why nobody needs to be told any more, as a code: ended, confirmed, resolved or overtaken; or None."""
        if self.threshold == UNCONFIRMED:
            ticket = self.clock.ticket
            return (
                "resolved" if ticket and ticket.resolved_at else "confirmed" if ticket and ticket.confirmed_at else None
            )
        if not self.clock.is_running:
            return "clock_ended"
        fired = self.clock.alerts.filter(state=Alert.State.FIRED).values_list("threshold", flat=True)
        return "overtaken" if any(rank(other) > rank(self.threshold) for other in fired) else None
