"""Sandbox trials of five days, and the longer ones that users ask for (LIC-05).

An extension is asked for in a confidential issue, which names the day on which the sandbox ends: after that nobody can
extend it any more.
"""

import secrets
from datetime import datetime
from typing import Any, Final, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse

from accounts import licenses
from accounts.models.account import Account
from fleetcs import clock
from fleetcs.effects import emit
from fleetcs.models import Event, User

ENDED: Final = "The sandbox has ended: it cannot be extended any more."


class SandboxTrialQuerySet(models.QuerySet["SandboxTrial"]):
    """Sandbox trials."""

    def visible_to(self, user: User) -> Self:
        return self if user.may("trial.see") else self.none()

    def extendable_by(self, user: User) -> Self:
        return self if user.may("trial.extend") else self.none()

    def matching(self, text: str) -> Self:
        return self.filter(Q(email__icontains=text) | Q(account__name__icontains=text))

    def running(self, moment: datetime) -> Self:
        return self.filter(expires_at__gt=moment)

    def ended(self, moment: datetime) -> Self:
        return self.filter(expires_at__lte=moment)

    @transaction.atomic
    def add(self, *, by: User, **fields: Any) -> "SandboxTrial":
        """Write down a sandbox that somebody tries; it ends after five days."""
        trial = self.model(created_by=by, **fields)
        trial.expires_at = trial.started_at + licenses.SANDBOX_LIFE
        trial.full_clean()
        if trial.started_at > clock.now():
            raise ValidationError({"started_at": "That moment has not come yet."})
        trial.save()
        trial.log("trial_recorded", by=by, expires_at=trial.expires_at)
        return trial


class SandboxTrial(models.Model):
    """One sandbox of one user."""

    email = models.EmailField("Their address")
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="sandbox_trials")
    started_at = models.DateTimeField("Started")
    expires_at = models.DateTimeField(editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )

    objects = SandboxTrialQuerySet.as_manager()

    class Meta:
        ordering = ("-expires_at", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(expires_at__gt=F("started_at")), name="sandbox_ends_after_it_starts"),
        )

    def __str__(self) -> str:
        return f"sandbox trial {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("accounts:trial", args=[self.pk])

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, account_pk=self.account_id, **facts)

    def is_over(self, moment: datetime) -> bool:
        return self.expires_at <= moment

    @transaction.atomic
    def ask_extension(self, *, by: User) -> "TrialExtension":
        """File the confidential issue that asks for more time. Raises ValidationError once the sandbox has ended."""
        trial, now = SandboxTrial.objects.select_for_update().get(pk=self.pk), clock.now()
        if trial.is_over(now):
            raise ValidationError(ENDED)
        if TrialExtension.objects.filter(trial=trial).open().exists():
            raise ValidationError("An extension is asked for already.")
        made = {"ends_at": trial.expires_at, "marker": secrets.token_hex(16)}
        extension = TrialExtension.objects.create(trial=trial, asked_by=by, asked_at=now, **made)
        trial.log("trial_extension_asked", by=by, ends_at=trial.expires_at)
        args = {"extension": extension.pk}
        emit("github.trial_extension", key=f"trial-extension:{extension.pk}", args=args, by=by)
        return extension

    @transaction.atomic
    def extend(self, until: datetime, *, by: User) -> None:
        """It was extended. Raises ValidationError once it has ended, and for a day that is no later."""
        trial = SandboxTrial.objects.select_for_update().get(pk=self.pk)
        if trial.is_over(clock.now()):
            raise ValidationError(ENDED)
        if until <= trial.expires_at:
            raise ValidationError({"until": "That is no extension: it ends later than that already."})
        self.expires_at = trial.expires_at = until
        trial.save(update_fields=["expires_at"])
        TrialExtension.objects.filter(trial=trial).open().update(granted_at=clock.now(), granted_by=by)
        trial.log("trial_extended", by=by, expires_at=until)


class TrialExtensionQuerySet(models.QuerySet["TrialExtension"]):
    """Extensions that were asked for."""

    def open(self) -> Self:
        return self.filter(granted_at=None)

    def to_remind(self, now: datetime) -> Self:
        """Open ones whose sandbox ends within a day, and of which nobody was reminded."""
        soon = self.open().filter(trial__expires_at__gt=now, trial__expires_at__lte=now + licenses.REMIND)
        return soon.filter(reminded_at=None)


class TrialExtension(models.Model):
    """One request for more time, and the confidential issue that it became."""

    trial = models.ForeignKey(SandboxTrial, models.CASCADE, related_name="extensions")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    ends_at = models.DateTimeField(help_text="When the sandbox was to end, as the issue says")
    marker = models.CharField(max_length=32, unique=True)
    issue_number = models.PositiveIntegerField(null=True)
    issue_url = models.CharField(max_length=300, blank=True)
    refused = models.CharField(max_length=80, blank=True)
    reminded_at = models.DateTimeField(null=True)
    granted_at = models.DateTimeField(null=True)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = TrialExtensionQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["trial"], name="one_open_extension", condition=Q(granted_at=None)),
        )

    def __str__(self) -> str:
        return f"trial extension {self.pk}"

    @transaction.atomic
    def note_filed(self, number: int, url: str) -> None:
        TrialExtension.objects.filter(pk=self.pk).update(issue_number=number, issue_url=url[:300], refused="")
        self.trial.log("trial_extension_filed", number=number)

    @transaction.atomic
    def remind(self) -> None:
        """Tell whoever asked that the sandbox ends within a day, once."""
        if TrialExtension.objects.filter(pk=self.pk, reminded_at=None).update(reminded_at=clock.now()):
            emit("trial.reminder", key=f"trial-reminder:{self.pk}", args={"extension": self.pk}, by=self.asked_by)
