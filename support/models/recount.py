"""Recounting open clocks after a version in force was corrected: counted first, then one visible job (support.md)."""

from collections.abc import Iterable, Mapping
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse

from fleetcs import clock
from fleetcs.hours import Hours
from fleetcs.models import Event, User
from fleetcs.recounts import Correction
from support import sla
from support.models.clock import Clock
from support.models.policy import SlaPolicy
from support.models.ticket import Ticket

BATCH = 200
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
        touched = Clock.objects.running().filter(hours__in=correction.calendars)
        calendars = correction.calendars
        return _tickets(one for one in _read(touched) if one.would_move(one.pure_rule, calendars[one.hours_id]))

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
        return running.filter(rule__policy=self.policy) if self.policy else running.filter(hours__in=self.hours)

    def go_on(self, size: int = BATCH) -> int:
        """Recount the next clocks in the caller's transaction, which holds the row of this job."""
        pks = dict(self.clocks().filter(pk__gt=self.after).order_by("pk").values_list("pk", "ticket")[:size])
        batch = _held(self.clocks(), pks)
        calendars = _calendars(batch)
        moved = [one for one in batch if self._recount(one, calendars[one.hours_id])]
        _tell_tickets(moved, cause=self.cause, recount=self.pk)
        self.done, self.moved = self.done + len(pks), self.moved + len(moved)
        self.after = max(pks, default=self.after)
        self.finished_at = None if pks else clock.now()
        self.save(update_fields=["done", "moved", "after", "finished_at"])
        return len(pks)

    def _recount(self, one: Clock, calendar: Hours) -> bool:
        if self.cause == Recount.Cause.OFF:
            return one.withdraw(SWITCHED_OFF)
        if not one.would_move(one.pure_rule, calendar):
            return False
        one.recompute(calendar)
        return True


def affected_by(policy: SlaPolicy, rules: Mapping[tuple[str, str], sla.Rule] | None) -> int:
    """How many open tickets a correction of these cells would move; None: that all of the policy's are withdrawn."""
    counted = _read(Clock.objects.running().filter(rule__policy=policy))
    if rules is None:
        return _tickets(counted)
    calendars = _calendars(counted)
    return _tickets(one for one in counted if one.would_move(_corrected(one, rules), calendars[one.hours_id]))


def _corrected(one: Clock, rules: Mapping[tuple[str, str], sla.Rule]) -> sla.Rule | None:
    return rules.get((one.rule.tier, one.rule.priority)) or one.pure_rule if one.rule else None


def _calendars(clocks: Iterable[Clock]) -> dict[int, Hours]:
    """The calendar of each version that some clocks were counted with, built once."""
    versions = {one.hours_id: one.hours for one in clocks}
    return {pk: version.calendar for pk, version in versions.items()}


def _read(clocks: models.QuerySet[Clock]) -> list[Clock]:
    return list(clocks.select_related("rule", "hours"))


def _held(clocks: models.QuerySet[Clock], tickets: Mapping[int, int | None]) -> list[Clock]:
    """Clocks by key, locked after their tickets: whoever works on a ticket takes hold in the same order."""
    theirs = Ticket.objects.filter(pk__in={pk for pk in tickets.values() if pk}).order_by("pk")
    list(theirs.select_for_update(no_key=True).values("pk"))
    return _read(clocks.filter(pk__in=tickets).select_for_update(of=("self",)).order_by("pk"))


def _tickets(clocks: Iterable[Clock]) -> int:
    return len({(one.ticket_id, one.ticket_id or one.thread_id) for one in clocks})


def _tell_tickets(clocks: list[Clock], **facts: Any) -> None:
    """Let the tickets' lists and histories know that their clocks have moved."""
    for ticket in Ticket.objects.filter(pk__in={one.ticket_id for one in clocks}).order_by("pk"):
        ticket.copy_moments()
        ticket.save()
        ticket.log("recounted", due_at=ticket.due_at, **facts)
