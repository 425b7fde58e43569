"""Labels of the two repositories, known by id: renaming one leaves no trace on the issues that carry it (REQ-11)."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from support.github_labels import Meaning, meaning_of
from support.models.repository import Repository


class Label(models.Model):
    """A label over there; `gone_at` when the list of labels no longer held it."""

    repo = models.CharField(max_length=12, choices=Repository.Code.choices)
    github_id = models.BigIntegerField()
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=200, blank=True)
    color = models.CharField(max_length=6, blank=True)
    gone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(fields=["repo", "github_id"], name="label_once"),
            models.UniqueConstraint(Lower("name"), "repo", condition=Q(gone_at=None), name="label_name_once"),
        )

    def __str__(self) -> str:
        return f"label {self.pk}"

    @property
    def meaning(self) -> Meaning:
        """What it says about an issue."""
        return meaning_of(self.name)
