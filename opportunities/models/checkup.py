"""The data checkup of a month: what the rules gave, and what people saw in Salesforce (SFD-01, SFD-24)."""

from collections.abc import Mapping
from datetime import date
from typing import Final, Self

from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse

from fleetcs import clock
from fleetcs.models import Event, Run, User
from fleetcs.models.stale import held
from fleetcs.posts import ALL
from opportunities.models.finding import Finding
from opportunities.models.paperwork import insist

CHECKLIST: Final = "checkup"
SO: Final = "pass"  # the verdict on one thing that a person has looked at; any other flags it


class CheckupQuerySet(models.QuerySet["Checkup"]):
    """Checkups, the newest month first."""

    def visible_to(self, user: User) -> Self:
        return self if user.may("checkup.see") else self.none()

    def due(self) -> Self:
        """Those that somebody has asked to look at the records, and that have not done it since."""
        return self.filter(Q(checked_at=None) | Q(checked_at__lt=F("asked_at")))

    @transaction.atomic
    def open_for(self, day: date) -> "Checkup":
        """The checkup of a day's month, opened by whoever comes first."""
        checkup, is_new = self.get_or_create(month=day.replace(day=1))
        if is_new:
            Run.objects.begin(checkup, CHECKLIST, by=None)
            Event.log(checkup, "checkup_opened")
        return checkup


class Checkup(models.Model):
    """One month's run over all rules. It may be run again within the month; the newest is the one to work in."""

    month = models.DateField(unique=True, help_text="Its first day")
    opened_at = models.DateTimeField(default=clock.now)
    asked_at = models.DateTimeField(default=clock.now)
    checked_at = models.DateTimeField(null=True)

    objects = CheckupQuerySet.as_manager()

    class Meta:
        ordering = ("-month",)
        constraints = (models.CheckConstraint(condition=Q(month__day=1), name="checkup_of_a_month"),)

    def __str__(self) -> str:
        return f"checkup of {self.month:%Y-%m}"

    def get_absolute_url(self) -> str:
        return reverse("opportunities:checkup", args=[self.pk])

    def allows(self, user: User, action: str) -> bool:
        return user.scope(action) == ALL

    @property
    def is_due(self) -> bool:
        return self.checked_at is None or self.checked_at < self.asked_at

    @property
    def is_newest(self) -> bool:
        return not Checkup.objects.filter(month__gt=self.month).exists()

    @property
    def run(self) -> Run:
        """Its checklist of what only a person can see; it has begun with the checkup."""
        return Run.objects.begun(self, CHECKLIST)

    def keep(self, looked_at: Mapping[str, int]) -> None:
        """Write down what each rule gave, by its code of how many records; call it in the transaction that looked."""
        found, none = Finding.objects.tallies(self.opened_at), dict.fromkeys(RuleResult.COUNTS, 0)
        rows = [
            RuleResult(checkup=self, rule=code, looked_at=count, **found.get(code, none))
            for code, count in looked_at.items()
        ]
        fresh = ["looked_at", *RuleResult.COUNTS]
        RuleResult.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["checkup", "rule"], update_fields=fresh
        )
        self.checked_at = clock.now()
        self.save(update_fields=["checked_at"])
        Event.log(self, "checkup_made", flagged=sum(row.is_flagged for row in rows))

    @transaction.atomic
    def ask(self, *, by: User) -> None:
        """Have the records looked at again; it is done within seconds."""
        self._insist_newest()
        self.asked_at = clock.now()
        self.save(update_fields=["asked_at"])
        Event.log(self, "checkup_asked", by=by)

    @transaction.atomic
    def look(self, code: str, *, verdict: str, note: str, by: User) -> None:
        """Somebody has looked in Salesforce whether one thing is as it should be; a flag makes a finding."""
        self._insist_newest()
        insist(verdict == SO or note.strip(), "Say what is different.")
        self.run.tick(code, {"verdict": verdict, "note": note}, by=by)
        Finding.objects.tell(code, is_so=verdict == SO, note=note.strip(), by=by)

    @transaction.atomic
    def look_anew(self, code: str, *, by: User) -> None:
        """What was said about one thing was not so: it is to be looked at once more."""
        self._insist_newest()
        for tick in self.run.ticks.filter(step=code, taken_back_at=None):
            tick.take_back(by=by)

    def _insist_newest(self) -> None:
        held(self)
        insist(self.is_newest, "A newer checkup has begun: go on there.")


class RuleResult(models.Model):
    """What one rule gave in one checkup, when it last looked: open ones make it a flag."""

    COUNTS = ("open", "accepted", "new", "fixed")

    checkup = models.ForeignKey(Checkup, models.CASCADE, related_name="results")
    rule = models.CharField(max_length=40)
    looked_at = models.PositiveIntegerField(help_text="Records")
    open = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0, help_text="Found since the checkup was opened, and standing")
    fixed = models.PositiveIntegerField(default=0, help_text="Found fixed since the checkup was opened")

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["checkup", "rule"], name="result_once_a_checkup"),)

    def __str__(self) -> str:
        return f"result {self.pk}"

    @property
    def is_flagged(self) -> bool:
        return self.open > 0
