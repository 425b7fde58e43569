"""Saved views of lists, and the columns that people have chosen for them (ux 4, 18)."""

from collections.abc import Sequence
from typing import Self
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.db import models
from django.db.models import Q

from fleetcs import clock
from fleetcs.listing import LONGEST_QUERY
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
    query = models.TextField(max_length=LONGEST_QUERY, blank=True)
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints = (models.UniqueConstraint(fields=["owner", "page", "name"], name="view_named_once"),)

    def __str__(self) -> str:
        return self.name

    def with_columns(self, keys: Sequence[str]) -> None:
        """Let these be the view's columns, in this order."""
        asked = [(name, value) for name, value in parse_qsl(self.query, keep_blank_values=True) if name != "columns"]
        self.query = urlencode([*asked, ("columns", ",".join(keys))])
        self.save(update_fields=["query"])


class ChosenColumnsQuerySet(models.QuerySet["ChosenColumns"]):
    """What people want to see of the lists."""

    def keep(self, user: User, page: str, keys: Sequence[str]) -> None:
        """Let these be the person's columns of a list; none: as it comes."""
        if keys:
            self.update_or_create(owner=user, page=page, defaults={"keys": list(keys)})
        else:
            self.filter(owner=user, page=page).delete()


class ChosenColumns(models.Model):
    """The columns of a list in a person's order, wherever the address and the view say nothing about them."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    page = models.CharField(max_length=60, help_text="URL name of the list")
    keys = models.JSONField(default=list)

    objects = ChosenColumnsQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["owner", "page"], name="columns_chosen_once"),)

    def __str__(self) -> str:
        return f"columns {self.pk}"
