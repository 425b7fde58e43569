"""Meetings with customers and about them: when, how long, who comes, where (DCL-17, DCL-25, DCL-27)."""

from collections.abc import Collection
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from accounts.links import web
from accounts.models.account import Account
from fleetcs import clock
from fleetcs.models import Event, User


class MeetingQuerySet(models.QuerySet["Meeting"]):
    """Meetings."""

    def of_scheduler(self, user: User) -> Self:
        """Meetings of accounts whose meetings the person schedules and calls off (DCL-25, DCL-27)."""
        return self.filter(account__in=Account.objects.meetings_scheduled_by(user))

    def standing(self) -> Self:
        """Those that nobody has called off."""
        return self.filter(cancelled_at=None)

    def check_ins(self) -> Self:
        return self.filter(kind=Meeting.Kind.CHECK_IN)

    @transaction.atomic
    def schedule(self, account: Account, *, by: User, attendees: Collection[User], **fields: Any) -> "Meeting":
        """Put a meeting on the calendar, with those of us who come. Raises ValidationError without anybody."""
        if not attendees:
            raise ValidationError({"attendees": "Say who of us comes."})
        meeting = self.model(account=account, scheduled_by=by, **fields)
        meeting.full_clean()
        meeting.save()
        meeting.attendees.set(attendees)
        meeting.log("meeting_scheduled", by=by, kind=meeting.kind, minutes=meeting.minutes)
        return meeting


class Meeting(models.Model):
    """One meeting, or a series of them that begins with it."""

    class Kind(models.TextChoices):
        HANDOFF = "handoff", "Handoff call (internal)"
        KICKOFF = "kickoff", "Onboarding kickoff call"
        CHECK_IN = "check_in", "Check-in"
        AD_HOC = "ad_hoc", "Ad hoc"

    class Recurs(models.TextChoices):
        WEEKLY = "weekly", "Every week"
        BIWEEKLY = "biweekly", "Every two weeks"
        MONTHLY = "monthly", "Every month"
        QUARTERLY = "quarterly", "Every quarter"

    account = models.ForeignKey(Account, models.PROTECT, related_name="meetings")
    kind = models.CharField("Kind", max_length=8, choices=Kind.choices)
    starts_at = models.DateTimeField("Starts at")
    minutes = models.PositiveSmallIntegerField(
        "Minutes", default=30, validators=[MinValueValidator(5), MaxValueValidator(480)]
    )
    recurs = models.CharField("Recurs", max_length=9, choices=Recurs.choices, blank=True)
    link = models.URLField("Link to join", blank=True, validators=[web])
    attendees = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="meetings", verbose_name="Of us come")
    guests = models.CharField("Of the customer come", max_length=500, blank=True)
    scheduled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ("starts_at", "pk")
        indexes = (models.Index(fields=["account", "starts_at"], name="meeting_of_account"),)
        constraints = (
            models.CheckConstraint(condition=Q(minutes__gt=0), name="meeting_takes_time"),
            models.CheckConstraint(
                condition=~Q(kind="check_in") | ~Q(recurs=""),
                name="check_in_recurs",
                violation_error_message="A check-in recurs: say how often.",
            ),
        )

    def __str__(self) -> str:
        return f"meeting {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("accounts:account", args=[self.account_id])

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, account_pk=self.account_id, **facts)

    @transaction.atomic
    def cancel(self, *, by: User) -> bool:
        """It does not take place; False when that was said already."""
        if not Meeting.objects.standing().filter(pk=self.pk).update(cancelled_at=clock.now()):
            return False
        self.log("meeting_cancelled", by=by)
        return True
