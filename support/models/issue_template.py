"""The template that a repository offers for bug reports, as it was last read (BUG-07)."""

from datetime import timedelta

from django.conf import settings
from django.db import models

from fleetcs import clock
from fleetcs.effects import emit
from fleetcs.models import HandbookEntry, User
from support import bug_text
from support.models.repository import Repository

FRESH = timedelta(hours=12)


class IssueTemplateQuerySet(models.QuerySet["IssueTemplate"]):
    """Templates."""

    def path(self) -> str:
        """Where the handbook says that it is."""
        return str(HandbookEntry.objects.value("aliases", "bug_template", bug_text.TEMPLATE))

    def text(self, repo: str) -> str:
        """The template's text; "" where there is none, or none that was read: then our own order holds."""
        return str(self.filter(repo=repo, path=self.path()).values_list("text", flat=True).first() or "")

    def freshen(self, repo: str, *, by: User) -> None:
        """Have it read, unless that was done not long ago or is under way."""
        path, now = self.path(), clock.now()
        if not settings.GITHUB_PUBLIC_REPO or self.filter(repo=repo, path=path, read_at__gt=now - FRESH).exists():
            return
        template, _ = self.update_or_create(repo=repo, defaults={"path": path})
        turn = int(now.timestamp() // FRESH.total_seconds())
        emit(
            "github.template", key=f"template:{template.pk}:{turn}:{path}"[:200], args={"template": template.pk}, by=by
        )


class IssueTemplate(models.Model):
    """One repository's template for bugs."""

    repo = models.CharField(max_length=12, choices=Repository.Code.choices, unique=True)
    path = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    read_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=80, blank=True)

    objects = IssueTemplateQuerySet.as_manager()

    class Meta:
        ordering = ("repo",)

    def __str__(self) -> str:
        return f"template {self.pk}"
