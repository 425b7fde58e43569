"""Activities: what was done about an account, as Salesforce's tasks and events tell it (SYS-02, REP-01)."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Account, Contact
from fleetcs.models import User
from opportunities.models.lead import Lead
from opportunities.models.opportunity import Opportunity


class ActivityQuerySet(models.QuerySet["Activity"]):
    """Activities."""

    def visible_to(self, user: User) -> Self:
        return self if user.may("opportunity.see") else self.none()

    def said(self, now: datetime) -> Self:
        """Words that were exchanged: what is done, and meetings that have begun."""
        return self.filter(Q(is_done=True) | Q(kind=Activity.Kind.EVENT), at__lte=now)

    def newest(self) -> Self:
        return self.select_related("owner", "contact").order_by("-at", "-pk")


class Activity(models.Model):
    """One call, mail, task or meeting; written in Salesforce and only read here."""

    class Kind(models.TextChoices):
        TASK = "task", "Task"
        CALL = "call", "Call"
        EMAIL = "email", "Mail"
        EVENT = "event", "Meeting"

    kind = models.CharField("Kind", max_length=5, choices=Kind.choices, default=Kind.TASK)
    subject = models.CharField("Subject", max_length=255, blank=True)
    at = models.DateTimeField("When", help_text="When it was done, else when it is due, else when it was written down")
    minutes = models.PositiveIntegerField("Length in minutes", null=True)
    is_done = models.BooleanField("Done", default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="activities", verbose_name="Who"
    )
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="activities")
    opportunity = models.ForeignKey(Opportunity, models.PROTECT, null=True, related_name="activities")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="activities")
    lead = models.ForeignKey(Lead, models.SET_NULL, null=True, related_name="activities")

    objects = ActivityQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name_plural = "activities"
        indexes = (
            models.Index(fields=["account", "-at"], name="activity_of_account"),
            models.Index(fields=["opportunity", "-at"], name="activity_of_opportunity"),
            models.Index(fields=["owner", "-at"], name="activity_of_owner"),
        )

    def __str__(self) -> str:
        return f"activity {self.pk}"
