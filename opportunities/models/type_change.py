"""When an opportunity went over to another pipeline: what the stage history, as Salesforce has it, does not say."""

from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models

from fleetcs import clock
from opportunities.models.opportunity import Opportunity


class TypeChange(models.Model):
    """That a type became another one at a moment."""

    opportunity = models.ForeignKey(Opportunity, models.PROTECT, related_name="type_changes")
    before = models.CharField("Before", max_length=255, blank=True)
    after = models.CharField("After", max_length=255, blank=True)
    at = models.DateTimeField("When", default=clock.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="Who")

    class Meta:
        ordering = ("at", "pk")
        indexes = (models.Index(fields=["opportunity", "at"], name="type_change_in_order"),)
        triggers = (
            pgtrigger.ReadOnly(name="type_change_stands"),
            pgtrigger.Protect(name="type_change_stays", operation=pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"type change {self.pk}"


def follow(decisions: Any) -> None:
    """What Salesforce has changed; call it in the transaction that writes it."""
    moved = [each for each in decisions if "type" in each.merged.here]
    TypeChange.objects.bulk_create(
        TypeChange(opportunity_id=each.pk, before=each.row["type"], after=each.here["type"]) for each in moved
    )
