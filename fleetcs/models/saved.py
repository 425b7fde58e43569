"""Saved views of lists (ux 4) and the favourites of the navigation."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from fleetcs import clock
from fleetcs.models.person import User


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Saved views."""

    def visible_to(self, user: User) -> Self:
        """A person's own views and those that were shared with everybody."""
        return self.filter(Q(owner=user) | Q(shared=True))

    def editable_by(self, user: User) -> Self:
        return self.filter(owner=user)


class SavedView(models.Model):
    """A name for a list's address: its query string holds filters, sort and columns, so it can be shared."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="views")
    page = models.CharField(max_length=60, help_text="URL name of the list")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, blank=True)
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints = (models.UniqueConstraint(fields=["owner", "page", "name"], name="view_named_once"),)

    def __str__(self) -> str:
        return self.name
