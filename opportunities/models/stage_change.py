"""How an opportunity went from stage to stage: one row for every change, kept for ever (SFD-14)."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models

from fleetcs.models import User
from opportunities.models.opportunity import Opportunity


class StageChangeQuerySet(models.QuerySet["StageChange"]):
    """Rows of the stage history."""

    def visible_to(self, user: User) -> Self:
        return self if user.may("opportunity.see") else self.none()

    def in_order(self) -> Self:
        return self.order_by("opportunity", "at", "pk")


class StageChange(models.Model):
    """What an opportunity's stage, amount, probability and close date were from a moment on.

    The stage before is that of the row before: rows arrive from Salesforce in any order, and none is ever rewritten.
    """

    opportunity = models.ForeignKey(Opportunity, models.PROTECT, related_name="stage_changes")
    stage = models.CharField("Stage", max_length=255)
    at = models.DateTimeField("When")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="stage_changes", verbose_name="Who"
    )
    amount = models.DecimalField("Amount", max_digits=16, decimal_places=2, null=True)
    probability = models.DecimalField("Probability (%)", max_digits=5, decimal_places=2, null=True)
    close_date = models.DateField("Close date", null=True)

    by_there = ""  # what Salesforce calls who it was, while nobody has said who that is here

    objects = StageChangeQuerySet.as_manager()

    class Meta:
        ordering = ("at", "pk")
        indexes = (models.Index(fields=["opportunity", "at"], name="stage_change_in_order"),)
        triggers = (
            # who it was may be learnt later, when somebody has said who a user of Salesforce is here
            pgtrigger.ReadOnly(name="stage_change_stands", exclude=["by"]),
            pgtrigger.Protect(name="stage_change_stays", operation=pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"stage change {self.pk}"
