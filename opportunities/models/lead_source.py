"""Where leads come from: the routes that the lead's form offers; an administrator adds others (LEA-05)."""

from typing import Self

import pghistory
from django.db import models, transaction
from django.db.models.functions import Lower

from fleetcs.models import Event, User


class LeadSourceQuerySet(models.QuerySet["LeadSource"]):
    """Sources."""

    def offered(self) -> Self:
        return self.filter(is_offered=True)

    def names(self) -> list[str]:
        return list(self.offered().values_list("name", flat=True))

    @transaction.atomic
    def add(self, *, by: User, name: str) -> "LeadSource":
        """One more route. Raises ValidationError for one that is known."""
        source = self.model(name=name)
        source.full_clean()
        source.save()
        source.log("lead_source_added", by=by)
        return source


@pghistory.track()
class LeadSource(models.Model):
    """One route. What is no longer offered stays on the leads that came by it."""

    name = models.CharField("Name", max_length=120)
    is_offered = models.BooleanField("Offered", default=True)

    objects = LeadSourceQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                Lower("name"), name="lead_source_once", violation_error_message="This source is known already."
            ),
        )

    def __str__(self) -> str:
        return f"lead source {self.pk}"

    def log(self, verb: str, *, by: User) -> Event:
        return Event.log(self, verb, by=by)

    @transaction.atomic
    def offer(self, is_offered: bool, *, by: User) -> None:
        """Let the form offer it, or no longer."""
        if not LeadSource.objects.filter(pk=self.pk).exclude(is_offered=is_offered).update(is_offered=is_offered):
            return
        self.is_offered = is_offered
        self.log("lead_source_offered" if is_offered else "lead_source_withdrawn", by=by)
