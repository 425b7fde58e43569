"""The text of a report that somebody has seen and approved: it leaves, and no other (BUG-02, BUG-14)."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from fleetcs import clock
from fleetcs.models import User
from support import bug_text
from support.bug_text import Shown


class Approved(models.Model):
    """What is kept of an approval. It holds for the repository it was seen for."""

    round = models.PositiveSmallIntegerField(default=0, help_text="How many times it was approved")
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    approved_title = models.CharField(max_length=bug_text.LONGEST_TITLE, blank=True)
    approved_body = models.TextField(blank=True)
    approved_labels = ArrayField(models.CharField(max_length=50), default=list)
    approved_digest = models.CharField(max_length=64, blank=True)
    approved_marks = models.JSONField(default=list, help_text="What the scan found: where and of what kind, never what")
    refused = models.CharField(max_length=80, blank=True)

    class Meta:
        abstract = True

    def approve(self, shown: Shown, marks: list[Any], *, by: User) -> None:
        """Keep this text, once more or for the first time."""
        self.approved_at, self.approved_by, self.round = clock.now(), by, self.round + 1
        self._keep(shown, shown.digest, marks)

    def withdraw(self) -> None:
        """As if nobody had seen it; how many times it was approved stays, so that no two have the same number."""
        self.approved_at = self.approved_by = None
        self._keep(Shown("", "", "", ()), "", [])

    def _keep(self, shown: Shown, digest: str, marks: list[Any]) -> None:
        self.approved_title, self.approved_body, self.approved_labels = shown.title, shown.body, list(shown.labels)
        self.approved_digest, self.approved_marks, self.refused = digest, marks, ""
