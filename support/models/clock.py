"""SLA clocks and their alerts: the moments are stored, the state is derived from them (house rule).

A clock counts one promise of one cycle of a ticket (or of a thread that is not a ticket yet). Its stored
facts, written by the verbs, are what the managers' page adds up.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from accounts.models import Account, Channel
from accounts.tiers import Tier
from fleetcs import clock
from fleetcs.hours import Hours
from fleetcs.models import Event, OpeningHours, User
from fleetcs.working_day import day_of
from support import counting, sla
from support.kinds import ClockKind
from support.models.alert import Alert
from support.models.in_force import InForce, in_force
from support.models.policy import SlaRule
from support.models.running import ClockQuerySet
from support.models.tally import StaleDay
from support.sla import Priority

if TYPE_CHECKING:
    from support.models.ticket import Ticket


class Clock(models.Model):
    """One promise being counted. `due_at` is None where nothing is promised (Free)."""

    Kind = ClockKind

    class Cause(models.TextChoices):
        SEEN_LATE = "seen_late", "Seen too late"
        WRONG_PRIORITY = "wrong_priority", "Priority was wrong or unset"
        NOBODY_ON_SHIFT = "nobody_on_shift", "Nobody was on shift"
        HANDED_OVER = "handed_over", "Lost in a hand-over"
        ANSWERED_ELSEWHERE = "answered_elsewhere", "Answered, but not where it counts"
        TOO_MUCH = "too_much", "More than we could answer"
        OTHER = "other", "Something else"

    ticket = models.ForeignKey("support.Ticket", models.CASCADE, null=True, related_name="clocks")
    thread = models.ForeignKey("support.Thread", models.CASCADE, null=True, related_name="clocks")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    generation = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    target_at = models.DateTimeField(null=True)
    at_risk_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=120, blank=True)
    worsened_at = models.DateTimeField(null=True, help_text="When the impact grew; counted with grace from then")
    due_before = models.DateTimeField(null=True, help_text="Due moment before the impact grew: never later than that")
    missed = models.BooleanField(default=False, help_text="Recorded when it ends or is swept; no correction unsets it")
    cause = models.CharField(max_length=20, choices=Cause.choices, blank=True)
    cause_note = models.CharField(max_length=300, blank=True)
    # the facts that the figures are added up from
    tier = models.CharField(max_length=10, choices=[(tier.value, tier.label) for tier in Tier])
    priority = models.CharField(max_length=2, choices=[(one.value, one.label) for one in Priority])
    inside = models.BooleanField(help_text="Received inside business hours; a holiday is outside (R3)")
    received_on = models.DateField()
    account = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    channel = models.ForeignKey(Channel, models.SET_NULL, null=True, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    rule = models.ForeignKey(SlaRule, models.PROTECT, null=True, related_name="+")
    hours = models.ForeignKey(OpeningHours, models.PROTECT, related_name="+")

    objects = ClockQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(ticket=None) ^ Q(thread=None) | Q(ticket__isnull=False), name="clock_of_ticket_or_thread"
            ),
            models.UniqueConstraint(
                fields=["ticket", "kind", "generation"], name="clock_once_a_generation", condition=~Q(ticket=None)
            ),
            models.UniqueConstraint(
                fields=["ticket", "kind"],
                name="clock_one_running",
                condition=Q(stopped_at=None, withdrawn_at=None) & ~Q(ticket=None),
            ),
            models.UniqueConstraint(
                fields=["thread", "kind"],
                name="clock_one_running_in_thread",
                condition=Q(stopped_at=None, withdrawn_at=None, ticket=None),
            ),
        )
        indexes = (
            models.Index(
                fields=["kind", "due_at"], name="clock_running", condition=Q(stopped_at=None, withdrawn_at=None)
            ),
            models.Index(fields=["kind", "received_on"], name="clock_by_day"),
            models.Index(fields=["-received_on", "-started_at", "-id"], name="clock_newest"),
            models.Index(fields=["account", "kind", "received_on"], name="clock_by_account"),
            models.Index(fields=["person", "kind", "received_on"], name="clock_by_person"),
            models.Index(fields=["channel", "kind", "received_on"], name="clock_by_channel"),
            models.Index(fields=["kind", "received_on"], name="clock_missed", condition=Q(missed=True)),
        )

    def __str__(self) -> str:
        return f"{self.kind} clock {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("support:clock", args=[self.pk])

    @property
    def whose(self) -> str:
        """What it counts for, by number."""
        return f"ticket {self.ticket_id}" if self.ticket_id else f"thread {self.thread_id}"

    @property
    def is_running(self) -> bool:
        return self.stopped_at is None and self.withdrawn_at is None

    @property
    def is_strict(self) -> bool:
        """The internal target asks for less than its hour; a contract's promise is kept at the due instant (A11)."""
        return self.kind == Clock.Kind.ACKNOWLEDGE

    def state(self, now: datetime) -> str:
        """kept, missed, late, at_risk, running, none or withdrawn at a moment."""
        if self.missed and not self.is_running:
            return "missed"
        if self.withdrawn_at and self.due_at:
            return "withdrawn"
        return sla.verdict(self.due_at, self.stopped_at, now, self.at_risk_at, strict=self.is_strict)

    def is_past_due(self, moment: datetime) -> bool:
        return counting.is_past_due(self.kind, self.due_at, moment)

    def stop(self, at: datetime, *, by: User | None) -> bool:
        """A colleague answered at a moment: keep the facts, disarm the alerts.

        That moment decides, also when it was heard of late: what a sweep has recorded in between was no miss (R4). What
        was missed before a correction stays so, since its due moment has stayed.
        """
        self.stopped_at, self.stopped_by, self.person = max(at, self.started_at), by, self.person or by
        self.withdrawn_at, self.withdrawn_reason = None, ""
        self.missed = self.is_past_due(self.stopped_at)
        stopped = ("stopped_at", "stopped_by", "withdrawn_at", "withdrawn_reason", "person", "missed")
        self.save(update_fields=stopped)
        self.alerts.disarm()
        StaleDay.mark(self.received_on)
        return True

    def arm(self, again: bool = False) -> None:
        """Put the alerts where this clock's moments say; `again` also takes back those that have no moment any more."""
        if again:
            self.alerts.match(self.thresholds)
        Alert.arm(self, self.thresholds)

    def recount(self, rule: SlaRule | None, *, worsened_at: datetime | None = None) -> dict[str, Any]:
        """Count anew from the start, or with grace from the moment the impact grew. Returns facts for the history.

        What was already missed stays missed: then the earlier due moment is kept (A19, R1). One that was answered is
        judged anew, by the moment of that answer.
        """
        self._hold()
        self.rule, self.worsened_at = rule, worsened_at
        self.due_before = self.due_at if worsened_at else None
        return self.recompute()

    def _hold(self) -> None:
        """Lock the row and read what a sweep or an answer may have written since: this verb decides on that."""
        self.refresh_from_db(fields=counting.READ, from_queryset=Clock.objects.select_for_update())

    def recompute(self, calendar: Hours | None = None) -> dict[str, Any]:
        """Count anew by the rule and the calendar as they are now; one that was withdrawn keeps what was recorded."""
        until, before = self.stopped_at or clock.now(), self.due_at
        self.missed = self.missed or (self.withdrawn_at is None and self.is_past_due(until))
        if self.withdrawn_at is None:
            self._count(calendar)
        if self.is_running:
            self.arm(again=True)
        is_late = self.is_past_due(until)
        self.missed = self.missed or (self.stopped_at is not None and is_late)
        self.save(update_fields=counting.WRITTEN)
        StaleDay.mark(self.received_on)
        return {"due_before": before, "due_after": self.due_at, "missed_before_triage": is_late}

    def move_start(self, at: datetime, rule: SlaRule | None) -> dict[str, Any]:
        """Count from another moment, as if it had been started then: an earlier message turned up, or what was asked
        first had been answered or was taken back, so that it was not missed. Grace from a later moment remains."""
        self._hold()
        StaleDay.mark(self.received_on)
        if at > self.started_at:
            self.missed, self.due_at = False, None
            self.alerts.forget()
        if self.worsened_at and self.worsened_at <= at:
            self.worsened_at = self.due_before = None
        self.rule, self.started_at, self.received_on = rule, at, day_of(at)
        self.hours = OpeningHours.objects.in_force(at)
        return self.recompute()

    def _count(self, calendar: Hours | None = None) -> None:
        """Fill the moments from the rule and the calendar of this clock."""
        new = self.moments(self.pure_rule, calendar or self.hours.calendar)
        self.due_at, self.target_at, self.at_risk_at, self.inside = new

    def moments(self, rule: sla.Rule | None, calendar: Hours) -> counting.Moments:
        """What a rule and a calendar make of this clock; one that is missed is never due later than it was."""
        return counting.moments(self, rule, calendar)

    @property
    def pure_rule(self) -> sla.Rule | None:
        return self.rule.as_rule() if self.rule else None

    def promise_on(self, calendar: Hours) -> sla.Promise | None:
        """What was promised, as the pure value that explains itself; None for internal targets and for Free."""
        return self._promised(self.pure_rule, calendar)

    def _promised(self, rule: sla.Rule | None, calendar: Hours) -> sla.Promise | None:
        return counting.promised(rule, self.started_at, calendar, self.worsened_at, self.due_before)

    @classmethod
    def start(cls, kind: str, **given: Any) -> "Clock":
        """Start counting a promise at a moment, by the policy and the hours in force then; given as for `ready`."""
        one = cls.ready(kind, in_force(), **given)
        cls.objects.begin([one])
        return one

    @classmethod
    def ready(
        cls,
        kind: str,
        versions: InForce,
        *,
        at: datetime,
        tier: str,
        priority: str,
        ticket: "Ticket | None" = None,
        thread: Any = None,
        account: Account | None = None,
        channel: Channel | None = None,
        generation: int = 1,
        pinned: str = "",
    ) -> "Clock":
        """A clock with its moments that is not stored yet."""
        hours, calendar = versions.version(at)
        one = cls(
            kind=kind,
            ticket=ticket,
            thread=thread,
            generation=generation,
            started_at=at,
            tier=tier,
            priority=priority,
            account=account,
            channel=channel,
            hours=hours,
            received_on=day_of(at),
            person=ticket.assignee if ticket else None,
        )
        one.rule = versions.rule(tier, priority, at, pinned) if kind == Clock.Kind.RESPONSE else None
        one.due_at, one.target_at, one.at_risk_at, one.inside = one.moments(one.pure_rule, calendar)
        return one

    @property
    def thresholds(self) -> dict[str, datetime | None]:
        """When somebody must be told of it."""
        return {"at_risk": self.at_risk_at, "target": self.target_at, "missed": self.due_at}

    @transaction.atomic
    def explain_miss(self, cause: str, note: str, *, by: User) -> None:
        """Say why it was missed (one key on the page)."""
        self.cause, self.cause_note = Clock.Cause(cause), note
        self.save(update_fields=["cause", "cause_note"])
        StaleDay.mark(self.received_on)
        Event.log(self.ticket or self.thread or self, "miss_explained", by=by, account_pk=self.account_id, cause=cause)
