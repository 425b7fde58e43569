"""What was said of a quote: approved or refused, by whom, and the very content it was said of (QUO-02, F49)."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from fleetcs import clock
from fleetcs.models import User
from opportunities import quoting
from opportunities.models.quote import Quote


class VerdictQuerySet(models.QuerySet["Verdict"]):
    """Verdicts, newest first."""

    def judge(self, quote: Quote, *, approves: bool, by: User, note: str = "") -> "Verdict":
        """Keep it with what the quote says now; call it in the verb's transaction."""
        said = {"digest": quote.digest, "content": quoting.canonical(quote.content), "version": quote.version}
        return self.create(quote=quote, approves=approves, by=by, note=note, **said)


class Verdict(models.Model):
    """One approval or refusal. It stands for ever, whatever becomes of the quote."""

    quote = models.ForeignKey(Quote, models.PROTECT, related_name="verdicts")
    version = models.PositiveIntegerField(help_text="Of the quote's record: one that was changed is judged anew")
    digest = models.CharField(max_length=64)
    content = models.JSONField()
    approves = models.BooleanField()
    note = models.CharField(max_length=1_000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = VerdictQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["quote", "version"], name="verdict_one_approval", condition=Q(approves=True)
            ),
        )
        triggers = (pgtrigger.Protect(name="verdict_stands", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"verdict {self.pk}"
