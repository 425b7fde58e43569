"""How far our copy of each of the two repositories goes, and when it was last asked for (SYS-01)."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q, Value

RECONCILE: Final = timedelta(minutes=15)  # between two readings of everything that may have changed
AFTER_TROUBLE: Final = timedelta(minutes=1)
LEASE: Final = timedelta(minutes=5)  # how long a reading may be silent before another one takes over
LATE: Final = 2 * RECONCILE  # after which what is shown may be older than it looks


class RepositoryQuerySet(models.QuerySet["Repository"]):
    """The two repositories."""

    def configured(self) -> Self:
        """Those that we are connected with; made when they are asked for the first time."""
        for code in Repository.Code:
            if name_of(code):
                self.get_or_create(code=code)
        return self.filter(code__in=[code for code in Repository.Code if name_of(code)])

    def claim(self, code: str, now: datetime) -> "Repository | None":
        """Take a repository for one reading, or None while another one holds it."""
        free = self.filter(Q(busy_until=None) | Q(busy_until__lt=now), code=code)
        if not free.update(token=uuid.uuid4(), busy_until=now + LEASE, tried_at=now):
            return None
        return self.get(code=code)


class Repository(models.Model):
    """One repository of GitHub; its issues and labels are read into the tables beside this one."""

    class Code(models.TextChoices):
        PUBLIC = "public", "Public repository"
        CONFIDENTIAL = "confidential", "Confidential repository"

    class Stage(models.TextChoices):
        LABELS = "labels", "Labels"
        CHANGED = "changed", "Issues that have changed"
        COMMENTS = "comments", "Comments"
        LISTED = "listed", "Issues of each label"
        LOOKED = "looked", "What is said under issues that wait"

    code = models.CharField(max_length=12, choices=Code.choices, primary_key=True)
    name = models.CharField(max_length=201, blank=True, help_text='"owner/name" as it is called today')
    loaded_at = models.DateTimeField(null=True, help_text="When every issue with a label of ours had been read once")
    asked_at = models.DateTimeField(null=True, help_text="When it was last asked what has changed")
    since = models.DateTimeField(null=True, help_text="Issues changed after this, by GitHub's clock, are not yet read")
    comments_since = models.DateTimeField(null=True)
    labels_at = models.DateTimeField(null=True)
    etags = models.JSONField(default=dict, help_text="By what was asked: an unchanged answer costs no quota")
    trouble = models.CharField(max_length=80, blank=True)
    tried_at = models.DateTimeField(null=True)
    busy_until = models.DateTimeField(null=True)
    token = models.UUIDField(null=True)
    stage = models.CharField(max_length=8, choices=Stage.choices, blank=True, help_text="Of the reading under way")
    place = models.CharField(max_length=500, blank=True, help_text="Page to be read next, of the stage's list")
    newest = models.DateTimeField(null=True, help_text="Newest change seen in the stage, by GitHub's clock")
    hooks_since = models.DateTimeField(null=True, help_text="Deliveries before this have been looked after")
    hooks_at = models.DateTimeField(null=True, help_text="When it last said which deliveries did not arrive")
    hooks_trouble = models.CharField(max_length=80, blank=True)

    objects = RepositoryQuerySet.as_manager()

    class Meta:
        ordering = ("code",)
        verbose_name_plural = "repositories"

    def __str__(self) -> str:
        return self.code

    def keep(self, **changes: Any) -> bool:
        """Write how far a reading has come while it still holds the repository; says whether it does."""
        if not Repository.objects.filter(pk=self.pk, token=self.token).update(**changes):
            return False
        for name, value in changes.items():
            setattr(self, name, value)
        return True

    def keep_etags(self, **etags: Any) -> bool:
        """Write down under which etags lists are known, and leave those that somebody else has written meanwhile."""
        return self._merge_etags(Repository.objects.filter(pk=self.pk, token=self.token), etags)

    def note_etags(self, **etags: Any) -> bool:
        """The same, for whoever reads one list without holding the repository."""
        return self._merge_etags(Repository.objects.filter(pk=self.pk), etags)

    def _merge_etags(self, rows: models.QuerySet["Repository"], etags: dict[str, Any]) -> bool:
        fresh = Value(etags, output_field=models.JSONField())
        if not rows.update(etags=Func(F("etags"), fresh, template="%(expressions)s", arg_joiner=" || ")):
            return False
        self.etags = {**self.etags, **etags}
        return True

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be read now: a reading is under way, or the last one is long ago."""
        if self.tried_at is None or (self.stage and not self.trouble):
            return True
        return now - self.tried_at >= (AFTER_TROUBLE if self.trouble else RECONCILE)

    def is_late(self, now: datetime) -> bool:
        """Whether what is shown may be older than it looks."""
        return self.loaded_at is not None and (self.asked_at is None or now - self.asked_at > LATE)

    @property
    def is_moved(self) -> bool:
        """Whether it is called otherwise over there than we are told to write to."""
        return bool(self.name) and self.name.lower() != name_of(self.code).lower()


def name_of(code: str) -> str:
    """The configured "owner/name" of a repository; "" without."""
    names = {"public": settings.GITHUB_PUBLIC_REPO, "confidential": settings.GITHUB_CONFIDENTIAL_REPO}
    return str(names[code])
