"""Recounting open clocks after a version in force was corrected: counted first, then one visible job (support.md)."""

from collections.abc import Mapping
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse

from fleetcs import clock
from fleetcs.models import Event, User
from fleetcs.recounts import Correction
from support import sla
from support.models import recounting
from support.models.clock import Clock
from support.models.policy import SlaPolicy
from support.models.recounting import Facts

BATCH = 1_000  # clocks a transaction, whose tickets nobody can answer meanwhile
SWITCHED_OFF = "the policy was switched off"


class RecountQuerySet(models.QuerySet["Recount"]):
    """Jobs."""

    def unfinished(self) -> Self:
        return self.filter(finished_at=None).order_by("pk")

    def step(self) -> int:
        """Do the next batch of the oldest job that nobody else works on; says how many clocks were looked at."""
        with transaction.atomic():
            job = self.unfinished().select_for_update(skip_locked=True, of=("self",)).first()
            return job.go_on() if job else 0


class Recount(models.Model):
    """One job: the open clocks that a correction concerns, in the order of their keys, resumed where it stopped."""

    class Cause(models.TextChoices):
        POLICY = "policy", "Policy corrected"
        OFF = "off", "Policy switched off"
        CALENDAR = "calendar", "Hours or holidays corrected"

    cause = models.CharField(max_length=10, choices=Cause.choices)
    what = models.CharField(max_length=200)
    policy = models.ForeignKey(SlaPolicy, models.CASCADE, null=True, related_name="recounts")
    hours = models.JSONField(default=list, help_text="Versions of the opening hours that were corrected")
    total = models.PositiveIntegerField(default=0, help_text="Open clocks it concerned when it was ordered")
    done = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0, help_text="Clocks that fall due at another moment now")
    after = models.BigIntegerField(default=0, help_text="Key of the last clock that was looked at")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    objects = RecountQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        indexes = (models.Index(F("id"), name="recount_unfinished", condition=Q(finished_at=None)),)

    def __str__(self) -> str:
        return f"recount {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("support:recount", args=[self.pk])

    @property
    def percent(self) -> int:
        return 100 if self.finished_at or not self.total else min(99, 100 * self.done // self.total)

    # --- ordering ----------------------------------------------------------------------------------------------------
    @classmethod
    def affected(cls, correction: Correction) -> int:
        """How many open tickets and threads a correction of the calendar would move."""
        calendars = correction.calendars
        counted = recounting.facts_of(Clock.objects.running().filter(hours__in=calendars))
        rules = recounting.rules_of(counted)
        return recounting.number_of_tickets(
            one for one in counted if recounting.would_move(one, rules[one.rule], calendars[one.hours])
        )

    @classmethod
    def order(cls, correction: Correction, *, by: User) -> "Recount":
        """Recount what was counted with these calendars, once this transaction has corrected them."""
        return cls._order(Recount.Cause.CALENDAR, correction.words, by, hours=sorted(correction.calendars))

    @classmethod
    def order_for(cls, policy: SlaPolicy, *, by: User, off: bool = False) -> "Recount":
        """Recount what was counted by a policy that this transaction has corrected or switched off."""
        return cls._order(Recount.Cause.OFF if off else Recount.Cause.POLICY, policy.name, by, policy=policy)

    @classmethod
    def _order(cls, cause: str, what: str, by: User, **of: Any) -> "Recount":
        job = cls(cause=cause, what=what[:200], by=by, **of)
        job.total = job.clocks().count()
        job.save()
        Event.log(job, "recount_ordered", by=by, cause=cause, clocks=job.total)
        return job

    # --- working -----------------------------------------------------------------------------------------------------
    def clocks(self) -> models.QuerySet[Clock]:
        """The open clocks that this job concerns."""
        running = Clock.objects.running()
        return running.filter(rule__in=self.policy.rules.all()) if self.policy else running.filter(hours__in=self.hours)

    def go_on(self, size: int = 0) -> int:
        """Recount the next clocks in the caller's transaction, which holds the row of this job."""
        next_ones = self.clocks().filter(pk__gt=self.after).order_by("pk")
        pks = dict(next_ones.values_list("pk", "ticket")[: size or BATCH])
        moved, now = self._recount(recounting.held(self.clocks(), pks)), clock.now()
        tickets = {one.ticket for one in moved if one.ticket}
        recounting.tell_tickets(tickets, now, cause=self.cause, recount=self.pk)
        self.done, self.moved = self.done + len(pks), self.moved + len(moved)
        self.after = max(pks, default=self.after)
        self.finished_at = None if pks else now
        self.save(update_fields=["done", "moved", "after", "finished_at"])
        return len(pks)

    def _recount(self, clocks: list[Facts]) -> list[Facts]:
        if self.cause == Recount.Cause.OFF:
            Clock.objects.filter(pk__in=[one.pk for one in clocks]).withdraw(SWITCHED_OFF)
            return clocks
        return recounting.recount(clocks, clock.now(), recounting.calendars_of(clocks))


def affected_by(policy: SlaPolicy, rules: Mapping[tuple[str, str], sla.Rule] | None) -> int:
    """How many open tickets a correction of these cells would move; None: that all of the policy's are withdrawn."""
    counted = recounting.facts_of(Clock.objects.running().filter(rule__policy=policy))
    if rules is None:
        return recounting.number_of_tickets(counted)
    calendars, known = recounting.calendars_of(counted), recounting.rules_of(counted)
    cells = {pk: rule and rules.get((rule.tier, rule.priority), rule) for pk, rule in known.items()}
    return recounting.number_of_tickets(
        one for one in counted if recounting.would_move(one, cells[one.rule], calendars[one.hours])
    )
