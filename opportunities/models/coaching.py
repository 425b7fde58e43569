"""Coaching for thirty minutes of somebody who sells: a reviewer's judgement, never the machine's (REP-03)."""

from datetime import timedelta
from typing import Any, Final, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q

from fleetcs import clock
from fleetcs.models import Event, User

MINUTES: Final = 30  # REP-03


class CoachingSessionQuerySet(models.QuerySet["CoachingSession"]):
    """Coaching sessions."""

    def visible_to(self, user: User) -> Self:
        """A rep sees one's own."""
        return user.within(self, "rep.see", Q(rep=user))

    @transaction.atomic
    def book(self, *, by: User, **fields: Any) -> "CoachingSession":
        """Set one up. Raises ValidationError for one in the past or with oneself."""
        session = self.model(booked_by=by, minutes=MINUTES, **fields)
        if session.rep_id == by.pk:
            raise ValidationError("Nobody coaches oneself.")
        if session.starts_at <= clock.now():
            raise ValidationError({"starts_at": "Choose a time to come."})
        session.full_clean()
        session.save()
        Event.log(session.rep, "coaching_booked", by=by, session=session.pk, starts_at=session.starts_at)
        return session


class CoachingSession(models.Model):
    """Half an hour about one rep's outreach."""

    rep = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="coaching", verbose_name="Rep")
    booked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="Reviewer")
    reason = models.CharField("Why", max_length=300)
    starts_at = models.DateTimeField("When")
    minutes = models.PositiveSmallIntegerField("Length in minutes", default=MINUTES, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = CoachingSessionQuerySet.as_manager()

    class Meta:
        ordering = ("-starts_at", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(minutes=MINUTES), name="coaching_takes_thirty_minutes"),
            models.UniqueConstraint(fields=["rep", "starts_at"], name="coaching_not_twice_at_once"),
        )

    def __str__(self) -> str:
        return f"coaching session {self.pk}"

    @property
    def ends_at(self) -> Any:
        return self.starts_at + timedelta(minutes=self.minutes)
