"""A comment of ours under an issue: written by one person, seen by them with the scan's marks, said once (BUG-09)."""

import hashlib
import secrets

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction

from accounts import confidential
from accounts.models.private_words import private_words
from fleetcs import clock
from fleetcs.effects import emit
from fleetcs.models import User
from support.models.issue import Issue
from support.models.repository import Repository

LONGEST = 20_000
NAMED = "It says whose it is, where the marks are: nothing was sent. Change the text, then look again."
CHANGED = "The text has changed since you saw it: read it again, then send it."


def new_marker() -> str:
    """By it something of ours is found at GitHub whose making was never answered."""
    return secrets.token_hex(12)


def digest_of(text: str) -> str:
    """Names exactly this text."""
    return hashlib.sha256(text.encode()).hexdigest()


class RemarkQuerySet(models.QuerySet["Remark"]):
    """Comments of ours."""

    @transaction.atomic
    def say(self, issue: Issue, text: str, digest: str, *, by: User, is_acknowledgement: bool = False) -> "Remark":
        """Have a comment written whose text somebody has seen: `digest` is that of the text shown. ValidationError."""
        if digest != digest_of(text):
            raise ValidationError({"text": CHANGED})
        marks = confidential.marks(text, private_words())
        if marks and issue.repo == Repository.Code.PUBLIC:
            raise ValidationError({"text": NAMED})
        kept = [[mark.start, mark.end, mark.kind] for mark in marks]
        remark = self.create(
            issue=issue, text=text, digest=digest, marks=kept, by=by, is_acknowledgement=is_acknowledgement
        )
        emit("github.comment", key=f"remark:{remark.pk}", args={"remark": remark.pk}, order=f"issue:{issue.pk}", by=by)
        return remark


class Remark(models.Model):
    """One comment of ours, as it was approved."""

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="remarks")
    text = models.TextField(max_length=LONGEST)
    digest = models.CharField(max_length=64)
    marks = models.JSONField(default=list, help_text="What the scan found: where and of what kind, never what")
    marker = models.CharField(max_length=40, default=new_marker, unique=True, editable=False)
    is_acknowledgement = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    said_at = models.DateTimeField(null=True)
    url = models.URLField(max_length=300, blank=True)
    refused = models.CharField(max_length=80, blank=True)

    objects = RemarkQuerySet.as_manager()

    class Meta:
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"remark {self.pk}"
