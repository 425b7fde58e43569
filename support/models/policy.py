"""SLA policies: what is promised, as rows with a date, never as an `if` (A1 to A26)."""

from datetime import datetime
from decimal import Decimal

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


class SlaPolicyQuerySet(models.QuerySet["SlaPolicy"]):
    """Versions of the SLA policy."""

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
    def succeed(self, *, code: str, name: str, in_force_from: datetime, rules: list["SlaRule"], by: User,
                note: str = "") -> "SlaPolicy":
        """Write the next version, in force from a moment on; tickets received before keep this one."""
        if problems := sla.validate([*sla.FREE_RULES, *(rule.as_rule() for rule in rules)]):
            raise ValidationError(problems)
        heir = SlaPolicy.objects.create(code=code, name=name, in_force_from=in_force_from, note=note, created_by=by)
        for rule in rules:
            rule.pk, rule.policy = None, heir
            rule.save()
        Event.log(heir, "policy_written", by=by, after=self.code)
        return heir


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

    def _allowance(self, amount: Decimal) -> sla.Allowance:
        return sla.Allowance(amount=Decimal(amount), unit=self.unit)


def rule_for(tier: str, priority: str, at: datetime, pinned: str = "") -> SlaRule | None:
    """The rule promised for a ticket received at a moment, from the pinned policy or the one in force then."""
    pinned_to = SlaPolicy.objects.filter(code=pinned).first() if pinned else None
    return (pinned_to or SlaPolicy.objects.in_force(at)).rule(tier, priority)
