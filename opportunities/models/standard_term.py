"""The standard terms with their maximum adjustments: a table that BizOps fills (CON-06)."""

from typing import Any, Self

import pghistory
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse

from fleetcs.models import Event, User
from fleetcs.models.stale import write


class StandardTermQuerySet(models.QuerySet["StandardTerm"]):
    """Standard terms."""

    def visible_to(self, user: User) -> Self:
        return self if user.may("term.see") else self.none()

    def editable_by(self, user: User) -> Self:
        return self if user.may("term.edit") else self.none()

    def in_use(self) -> Self:
        return self.filter(is_retired=False)

    @transaction.atomic
    def add(self, *, by: User, **fields: Any) -> "StandardTerm":
        term = self.model(**fields)
        term.full_clean()
        term.save()
        Event.log(term, "term_added", by=by, after=fields)
        return term


@pghistory.track()
class StandardTerm(models.Model):
    """One term: what we offer, and how far that may be adjusted without the CEO, in words and as numbers."""

    name = models.CharField("Term", max_length=120)
    standard = models.CharField("Standard", max_length=300)
    maximum = models.CharField("Maximum adjustment", max_length=300)
    unit = models.CharField("Unit", max_length=20, blank=True)
    least = models.DecimalField("At least", max_digits=14, decimal_places=2, null=True, blank=True)
    most = models.DecimalField("At most", max_digits=14, decimal_places=2, null=True, blank=True)
    is_retired = models.BooleanField("No longer in use", default=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = StandardTermQuerySet.as_manager()

    class Meta:
        ordering = (Lower("name"), "pk")
        constraints = (
            models.UniqueConstraint(
                Lower("name"),
                name="standard_term_once",
                violation_error_message="There is a term of this name already.",
            ),
            models.CheckConstraint(
                condition=Q(least=None) | Q(most=None) | Q(most__gte=F("least")),
                name="standard_term_bounds_in_order",
                violation_error_message="At least is more than at most.",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("opportunities:standard_terms")

    @transaction.atomic
    def change(self, changes: dict[str, Any], *, by: User, version: int | None = None) -> None:
        """Set fields by name; deviations that are written down keep what was decided of them. Raises Stale."""
        before = write(self, changes, version)
        Event.log(self, "term_changed", by=by, before=before, after=changes)
