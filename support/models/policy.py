"""SLA policies: what is promised, as rows with a date, never as an `if` (A1 to A26)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Self

import pghistory
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse

from accounts.tiers import Tier
from fleetcs import clock
from fleetcs.models import Event, User
from support import sla
from support.sla import Priority

type Cell = tuple[str, str]  # tier and priority


class SlaPolicyQuerySet(models.QuerySet["SlaPolicy"]):
    """Versions of the SLA policy."""

    def visible_to(self, user: User) -> Self:
        return self if user.may("policy.see") else self.none()

    def editable_by(self, user: User) -> Self:
        return self if user.may("policy.edit") else self.none()

    def in_force(self, at: datetime) -> "SlaPolicy":
        """The version in force at a moment: the newest that started and was not superseded before it began."""
        live = self.filter(superseded=False)
        version = live.filter(in_force_from__lte=at).order_by("-in_force_from", "-pk").first()
        return version or live.order_by("in_force_from", "pk")[:1].get()


@pghistory.track()
class SlaPolicy(models.Model):
    """One version of the promise table. A superseded one stays readable, and pinned contracts keep it (SLA-16)."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    in_force_from = models.DateTimeField()
    superseded = models.BooleanField(default=False)
    note = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = SlaPolicyQuerySet.as_manager()

    class Meta:
        ordering = ("superseded", "-in_force_from")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("support:policy", args=[self.pk])

    def rule(self, tier: str, priority: str) -> "SlaRule | None":
        """The cell of the table for a tier and a priority; None where nothing is promised."""
        return next((rule for rule in self.rules.all() if (rule.tier, rule.priority) == (tier, priority)), None)

    @transaction.atomic
    def succeed(
        self, *, code: str, name: str, in_force_from: datetime, rules: list["SlaRule"], by: User, note: str = ""
    ) -> "SlaPolicy":
        """Write the next version, in force from a moment on; tickets received before keep this one."""
        check([rule.as_rule() for rule in rules])
        heir = SlaPolicy.objects.create(code=code, name=name, in_force_from=in_force_from, note=note, created_by=by)
        for rule in rules:
            rule.pk, rule.policy = None, heir
            rule.save()
        Event.log(heir, "policy_written", by=by, after=self.code)
        return heir

    @transaction.atomic
    def correct(self, rules: Mapping[Cell, sla.Rule], *, by: User) -> None:
        """Mend cells of this very version; the caller orders the recount of what was counted by them."""
        check([rules.get((rule.tier, rule.priority)) or rule.as_rule() for rule in self.rules.all()])
        before = {}
        for rule in self.rules.select_for_update():
            new = rules.get((rule.tier, rule.priority))
            if new and new != rule.as_rule():
                before[str(rule)] = rule.as_rule().text()
                rule.fill(new)
                rule.save()
        Event.log(self, "policy_corrected", by=by, before=before)

    @transaction.atomic
    def switch_off(self, *, by: User) -> None:
        """Take this version out of force; the caller orders that its clocks are withdrawn (#4353).

        Raises ValidationError when nothing would be left in force.
        """
        others = SlaPolicy.objects.filter(superseded=False).exclude(pk=self.pk)
        if self.superseded or not others.select_for_update().filter(in_force_from__lte=clock.now()).exists():
            raise ValidationError("No other version is in force: write the next one first.")
        self.superseded = True
        self.save(update_fields=["superseded"])
        Event.log(self, "policy_switched_off", by=by)


def check(rules: Sequence[sla.Rule]) -> None:
    """Raises ValidationError with everything that is wrong with a table of the paid tiers."""
    if problems := sla.validate([*sla.FREE_RULES, *rules]):
        raise ValidationError(problems)


@pghistory.track()
class SlaRule(models.Model):
    """One cell: tier and priority to an amount of time, elapsed or business (SLA-03 to SLA-10)."""

    class Clock(models.TextChoices):
        ELAPSED = "elapsed", "Elapsed time"
        BUSINESS = "business", "Business time"

    class Unit(models.TextChoices):
        HOURS = "hours", "hours"
        DAYS = "days", "business days"

    policy = models.ForeignKey(SlaPolicy, models.CASCADE, related_name="rules")
    tier = models.CharField(max_length=10, choices=[(tier.value, tier.label) for tier in Tier])
    priority = models.CharField(max_length=2, choices=[(priority.value, priority.label) for priority in Priority])
    clock = models.CharField(max_length=8, choices=Clock.choices)
    inside = models.DecimalField("Received inside hours", max_digits=6, decimal_places=2)
    outside = models.DecimalField("Received outside hours", max_digits=6, decimal_places=2)
    target = models.DecimalField("Earlier target", max_digits=6, decimal_places=2, null=True, blank=True)
    unit = models.CharField(max_length=5, choices=Unit.choices, default=Unit.HOURS)
    holidays_close = models.BooleanField("Holidays close it", default=False)

    class Meta:
        ordering = ("tier", "priority")
        constraints = (
            models.UniqueConstraint(fields=["policy", "tier", "priority"], name="rule_once"),
            models.CheckConstraint(condition=Q(inside__gt=0, outside__gt=0), name="rule_allows_some_time"),
            models.CheckConstraint(
                condition=Q(target=None) | Q(target__gt=0, target__lte=F("inside")), name="rule_target_before_breach"
            ),
        )

    def __str__(self) -> str:
        return f"{self.tier} {self.priority}"

    def as_rule(self) -> sla.Rule:
        """This row as the pure value that `support.sla` counts with."""
        return sla.Rule(
            tier=Tier(self.tier),
            priority=Priority(self.priority),
            clock=self.clock,
            inside=self._allowance(self.inside),
            outside=self._allowance(self.outside),
            target=self._allowance(self.target) if self.target is not None else None,
            holidays_close=self.holidays_close,
        )

    @property
    def words(self) -> str:
        """The promise of this cell in words."""
        return self.as_rule().text()

    def fill(self, new: sla.Rule) -> None:
        """Take over the amounts of a pure rule."""
        inside, outside = new.inside, new.outside or new.inside
        if inside is None or outside is None:
            raise ValidationError("A cell of a paid tier promises something.")
        self.clock, self.unit, self.holidays_close = new.clock, inside.unit, new.holidays_close
        self.inside, self.outside = inside.amount, outside.amount
        self.target = new.target.amount if new.target else None

    def _allowance(self, amount: Decimal) -> sla.Allowance:
        return sla.Allowance(amount=Decimal(amount), unit=self.unit)


def rule_for(tier: str, priority: str, at: datetime, pinned: str = "") -> SlaRule | None:
    """The rule promised for a ticket received at a moment, from the pinned policy or the one in force then."""
    pinned_to = SlaPolicy.objects.filter(code=pinned).first() if pinned else None
    return (pinned_to or SlaPolicy.objects.in_force(at)).rule(tier, priority)
