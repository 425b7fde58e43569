"""How far our copy of each of the two repositories goes, and when it was last asked for (SYS-01)."""

from django.db import models


class Repository(models.Model):
    """One repository of GitHub; its issues and labels are read into the tables beside this one."""

    class Code(models.TextChoices):
        PUBLIC = "public", "Public repository"
        CONFIDENTIAL = "confidential", "Confidential repository"

    code = models.CharField(max_length=12, choices=Code.choices, primary_key=True)
    name = models.CharField(max_length=201, blank=True, help_text='"owner/name" as it is called today')
    loaded_at = models.DateTimeField(null=True, help_text="When every issue with a label of ours had been read once")
    asked_at = models.DateTimeField(null=True, help_text="When it was last asked what has changed")
    since = models.DateTimeField(null=True, help_text="Issues changed after this, by GitHub's clock, are not yet read")
    comments_since = models.DateTimeField(null=True)
    labels_at = models.DateTimeField(null=True)
    etags = models.JSONField(default=dict, help_text="By what was asked: an unchanged answer costs no quota")
    trouble = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ("code",)
        verbose_name_plural = "repositories"

    def __str__(self) -> str:
        return self.code
