"""How an opportunity went from stage to stage: one row for every change, kept for ever (SFD-14)."""

from datetime import datetime
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from fleetcs.models import User
from opportunities.models.opportunity import Opportunity


class StageChangeQuerySet(models.QuerySet["StageChange"]):
    """Rows of the stage history."""

    def visible_to(self, user: User) -> Self:
        return self if user.may("opportunity.see") else self.none()

    def matching(self, text: str) -> Self:
        """Rows of the deals that are found by these words."""
        return self.filter(opportunity__in=Opportunity.objects.matching(text).order_by().values("pk"))

    def in_order(self) -> Self:
        return self.order_by("opportunity_id", "at", "pk")

    def standing(self, moment: datetime) -> Self:
        """The last row of every opportunity before a moment: how each stood then."""
        last = self.filter(at__lt=moment).order_by("opportunity_id", "-at", "-pk").distinct("opportunity_id")
        return type(self)(self.model).filter(pk__in=last.values("pk"))

    def with_type(self, moment: datetime) -> Self:
        """Each with `type_then`: the type that its opportunity had at a moment."""
        changes: Any = Opportunity._meta.get_field("type_changes").related_model
        later = changes.objects.filter(opportunity=OuterRef("opportunity"), at__gte=moment).order_by("at", "pk")
        return self.annotate(type_then=Coalesce(Subquery(later.values("before")[:1]), F("opportunity__type")))


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
        indexes = (
            models.Index(fields=["opportunity", "at"], name="stage_change_in_order"),
            models.Index(fields=["opportunity", "-at", "-id"], name="stage_change_latest"),
            models.Index(fields=["-at", "-id"], name="stage_change_newest"),
        )
        triggers = (
            # who it was may be learnt later, when somebody has said who a user of Salesforce is here
            pgtrigger.ReadOnly(name="stage_change_stands", exclude=["by"]),
            pgtrigger.Protect(name="stage_change_stays", operation=pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"stage change {self.pk}"
