"""Forms that were sent once: a double click, a retry or the back button gives the first result again (F48)."""

from django.conf import settings
from django.db import models

from fleetcs import clock


class Submission(models.Model):
    """A form with its token, what was in it, and where it led. The row is written in the form's own transaction."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    token = models.CharField(max_length=64)
    path = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, help_text="Of what was sent, never the text itself")
    location = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("-at",)
        constraints = (models.UniqueConstraint(fields=["user", "token", "path"], name="submission_once"),)
        indexes = (models.Index(fields=["at"], name="submission_by_age"),)

    def __str__(self) -> str:
        return f"submission {self.pk}"
