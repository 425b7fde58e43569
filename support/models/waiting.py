"""Labels that begin with "+": since when an issue waits for somebody outside, and whether they have answered."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Self

from django.db import connection, models
from django.db.models import F

from support.models.issue import Issue, IssueComment
from support.models.label import Label

PATIENCE: Final = timedelta(hours=1)  # that the company's own bot has to take a label off (R17)


COUNT: Final = """
    UPDATE support_issue AS kept
    SET outside_reply_at = now.outside, inside_reply_at = now.inside, waiting_since = now.since
    FROM (
        SELECT one.id, said.outside, said.inside, (
            SELECT min(plus.put_at) FROM support_pluslabel AS plus
            WHERE plus.issue_id = one.id AND (said.outside IS NULL OR said.outside <= plus.put_at)
        ) AS since
        FROM support_issue AS one, LATERAL (
            SELECT max(at) FILTER (WHERE side = 'outside') AS outside, max(at) FILTER (WHERE side = 'inside') AS inside
            FROM support_issuecomment WHERE issue_id = one.id
        ) AS said
        WHERE one.id = ANY(%s)
    ) AS now
    WHERE kept.id = now.id AND (kept.outside_reply_at, kept.inside_reply_at, kept.waiting_since)
        IS DISTINCT FROM (now.outside, now.inside, now.since)
"""


def count_replies(issues: Sequence[int]) -> int:
    """Have these issues say who has spoken last and since when they wait; how many say something else than before.

    A comment of somebody outside that is newer than the label ends the waiting at once, whether or not the label has
    been taken off already (REQ-03).
    """
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [list(issues)])
        return int(cursor.rowcount)


class PlusLabelQuerySet(models.QuerySet["PlusLabel"]):
    """Labels with "+" on issues."""

    def answered(self) -> Self:
        """Those that still stand although somebody outside has answered since (REQ-03)."""
        return self.filter(issue__gone_at=None, issue__outside_reply_at__gt=F("put_at"))

    def overdue(self, now: datetime) -> Self:
        """Answered an hour ago and still there: nobody has taken them off, and no bot."""
        return self.answered().filter(issue__outside_reply_at__lt=now - PATIENCE)


class PlusLabel(models.Model):
    """One such label on one issue; the row goes when the label does."""

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="plus_labels")
    label = models.ForeignKey(Label, models.CASCADE, related_name="+")
    put_at = models.DateTimeField(help_text="By GitHub's clock; not later than this, until the timeline has been read")
    asked = models.ForeignKey(
        IssueComment,
        models.SET_NULL,
        null=True,
        related_name="+",
        help_text="The answer because of which it was asked to go",
    )

    objects = PlusLabelQuerySet.as_manager()

    class Meta:
        ordering = ("put_at", "pk")
        constraints = (models.UniqueConstraint(fields=["issue", "label"], name="plus_label_once"),)

    def __str__(self) -> str:
        return f"plus label {self.pk}"
