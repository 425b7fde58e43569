"""The time in which we look into a suspected bug ourselves: stand-ups, acknowledgement, decision (BUG-08 to BUG-12)."""

from collections.abc import Collection
from datetime import date, datetime
from itertools import pairwise
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, OuterRef, Q, Subquery

from fleetcs import clock
from fleetcs.effects import emit
from fleetcs.hours import Hours
from fleetcs.models import Event, User
from fleetcs.working_day import day_of, is_working
from support import bug_cycle
from support.github_labels import Meaning
from support.models.held import held
from support.models.issue import Issue


class InvestigationQuerySet(models.QuerySet["Investigation"]):
    """Issues being looked into, and those that were."""

    def undecided(self) -> Self:
        return self.filter(decided_at=None)

    def settling(self) -> Self:
        """Decided, and their labels are on their way: the stand-up is done with them."""
        return self.filter(relabelled_at=None, refused="").exclude(decided_at=None)

    def begin(self, issue: Issue, at: datetime, *, by: User | None) -> "Investigation":
        """Right after filing: one recorded step changes the labels (BUG-08). Call it in a transaction."""
        going_on, is_new = self.get_or_create(issue=issue, decided_at=None, defaults={"began_at": at, "began_by": by})
        if is_new:
            going_on.relabel(bug_cycle.BEGIN, by=by)
        return going_on

    def join(self, issue: Issue, at: datetime, *, by: User) -> "Investigation":
        """One that began before fleetcs goes on: its labels stay as they are. Call it in a transaction."""
        return self.get_or_create(issue=issue, decided_at=None, defaults={"began_at": at, "began_by": by})[0]

    @transaction.atomic
    def of_issue(self, issue: Issue) -> "Investigation":
        """The cycle an issue is in, or was in until it was settled.

        One that wears the label without our doing begins a cycle: when it was made, or when it came back. A decision
        whose labels were refused leaves it in the cycle of the same days.
        """
        last = self.filter(issue=issue).last()
        if last and not (last.is_over and Issue.objects.filter(pk=issue.pk).meaning(Meaning.INVESTIGATE).exists()):
            return last
        came_back = last.began_at if last and last.refused else issue.updated_at
        began = came_back if last else issue.created_at
        return self.get_or_create(issue=issue, decided_at=None, defaults={"began_at": began})[0]

    def come_back(self, issues: Collection[int], labels: Collection[int]) -> None:
        """Settled ones among these that wear one of the labels: looked into anew, from now on (BUG-08, BUG-10)."""
        last = self.filter(issue=OuterRef("pk")).order_by("-began_at", "-pk")
        wearing = Issue.labels.through.objects.filter(issue__in=issues, label__in=labels)
        worn = Issue.objects.open().filter(pk__in=wearing.values("issue"))
        again = worn.alias(settled_at=Subquery(last.values("relabelled_at")[:1])).filter(updated_at__gt=F("settled_at"))
        begun = [Investigation(issue=one, began_at=one.updated_at) for one in again.order_by("pk")]
        self.bulk_create(begun, ignore_conflicts=True)

    @transaction.atomic
    def pass_on(self, issue: Issue, heir: Issue) -> None:
        """The cycles go along with an issue that has moved; of two that are open the one that began first goes on."""
        both = list(self.undecided().filter(issue__in=[issue, heir]).order_by("began_at", "pk"))
        for first, later in pairwise(both):
            later.delete()
            if later.acknowledged_at and not first.acknowledged_at:
                for name in ("acknowledged_at", "acknowledged_by", "acknowledgement"):
                    setattr(first, name, getattr(later, name))
                first.save()
        self.filter(issue=issue).update(issue=heir)


class Investigation(models.Model):
    """One issue's cycle. On which stand-ups it was follows from `began_at` and the company's calendar (BUG-10)."""

    class Decision(models.TextChoices):
        REPRODUCED = "reproduced", "Reproduced: to the product's drafting board"
        NOT_REPRODUCED = "not_reproduced", "Not reproduced: to quality assurance"

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="investigations")
    began_at = models.DateTimeField()
    began_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    labelled_at = models.DateTimeField(null=True, help_text="When its labels had been changed after filing")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    acknowledgement = models.URLField(max_length=300, blank=True, help_text="The manager's comment")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decision = models.CharField(max_length=14, choices=Decision.choices, blank=True)
    relabelled_at = models.DateTimeField(null=True, help_text="When its labels had been changed after the decision")
    refused = models.CharField(max_length=80, blank=True)

    objects = InvestigationQuerySet.as_manager()

    class Meta:
        ordering = ("began_at", "pk")
        constraints = (
            models.UniqueConstraint(fields=["issue"], name="investigation_one_open", condition=Q(decided_at=None)),
            models.CheckConstraint(
                condition=Q(decided_at=None, decision="") | Q(decided_at__isnull=False) & ~Q(decision=""),
                name="investigation_decided_as_something",
            ),
        )

    def __str__(self) -> str:
        return f"investigation {self.pk}"

    # --- how it stands ------------------------------------------------------------------------------------------------
    def nth_day(self, calendar: Hours, today: date) -> int:
        """On how many stand-ups it has been, that of today included (BUG-10)."""
        return bug_cycle.nth_day(day_of(self.began_at), today, is_working(calendar))

    @property
    def is_over(self) -> bool:
        """Decided, and the labels have followed or were refused."""
        return self.decided_at is not None and bool(self.relabelled_at or self.refused)

    def drift(self, labels: list[str]) -> list[str]:
        """How its labels differ from what our last step has left; nothing while that step is on its way (BUG-08)."""
        if self.decided_at:
            return bug_cycle.drift(labels, self.decision) if self.relabelled_at else []
        return bug_cycle.drift(labels, bug_cycle.BEGIN) if self.labelled_at else []

    # --- what is done to it -------------------------------------------------------------------------------------------
    def relabel(self, step: str, *, by: User | None) -> None:
        """Have its labels changed as `step` says: one recorded step, harmless to repeat."""
        key, args = f"investigation:{self.pk}:{step}", {"investigation": self.pk, "step": step}
        emit("github.relabel", key=key, args=args, order=f"issue:{self.issue_id}", by=by)
        Event.log(self.issue, "labels_ordered", by=by, step=step)

    @held
    def acknowledge(self, url: str, *, by: User, at: datetime | None = None) -> None:
        """The manager has acknowledged the report with a comment; the first one counts (BUG-09)."""
        if self.acknowledged_at:
            return
        self.acknowledged_at, self.acknowledged_by, self.acknowledgement = at or clock.now(), by, url
        self.save()
        Event.log(self.issue, "bug_acknowledged", by=by, link=url)

    @held
    def decide(self, decision: str, *, by: User) -> None:
        """It could be reproduced, or not: the labels follow (BUG-11, BUG-12). Raises ValidationError."""
        if decision not in self.Decision.values:
            raise ValidationError({"decision": "Say whether we could reproduce it."})
        if self.decided_at:
            raise ValidationError("It is decided already.")
        self.decided_at, self.decided_by, self.decision, self.refused = clock.now(), by, decision, ""
        self.save()
        Event.log(self.issue, "bug_decided", by=by, decision=decision)
        self.relabel(decision, by=by)

    def note_relabelled(self, step: str) -> None:
        """The labels over there are as the step says."""
        field = "labelled_at" if step == bug_cycle.BEGIN else "relabelled_at"
        Investigation.objects.filter(pk=self.pk).update(**{field: clock.now(), "refused": ""})
