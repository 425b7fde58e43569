"""Countries and territories, and which of them the company may not do business with: a table that BizOps keeps."""

from typing import Any, Self

import pghistory
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from fleetcs.models import Event, User
from fleetcs.models.stale import write


class CountryQuerySet(models.QuerySet["Country"]):
    """Countries and territories."""

    def visible_to(self, user: User) -> Self:
        return self if user.may("country.see") else self.none()

    def editable_by(self, user: User) -> Self:
        return self if user.may("country.edit") else self.none()

    def embargoed(self) -> Self:
        return self.filter(is_embargoed=True)

    @transaction.atomic
    def add(self, *, by: User, **fields: Any) -> "Country":
        """A territory that the list of countries does not know."""
        country = self.model(**fields)
        country.full_clean()
        country.save()
        Event.log(country, "country_added", by=by, after=fields)
        return country


@pghistory.track()
class Country(models.Model):
    """A country or territory by its code (ISO 3166), and since when and by which source it is under embargo."""

    code = models.CharField(max_length=8, unique=True)
    name = models.CharField(max_length=80)
    is_embargoed = models.BooleanField("Under embargo", default=False)
    programme = models.CharField("Programme", max_length=120, blank=True)
    source_url = models.URLField("Source", blank=True)
    as_of = models.DateField("As of", null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CountryQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        verbose_name_plural = "countries"
        constraints = (
            models.CheckConstraint(
                condition=Q(is_embargoed=False) | (~Q(source_url="") & Q(as_of__isnull=False)),
                name="country_embargo_has_a_source",
                violation_error_message="An embargo needs its source and the day of that source.",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("opportunities:countries")

    @transaction.atomic
    def change(self, changes: dict[str, Any], *, by: User, version: int | None = None) -> None:
        """Set fields by name. Raises Stale when `version` is no longer the record's."""
        before = write(self, changes, version)
        Event.log(self, "country_changed", by=by, before=before, after=changes)
