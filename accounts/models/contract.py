"""Contracts: the one in force decides the tier and holds the points of contact (R5, SLA-12)."""

from datetime import date, datetime
from typing import Any, Self

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Func, Q
from django.urls import reverse

from accounts.models.account import Account, team_of
from accounts.tiers import Tier
from fleetcs import clock
from fleetcs.models import Event, User
from fleetcs.models.stale import write
from fleetcs.models.written import Written
from fleetcs.working_day import day_of


class ContractQuerySet(models.QuerySet["Contract"]):
    """Contracts."""

    def visible_to(self, user: User) -> Self:
        return self._within("contract.see", user)

    def editable_by(self, user: User) -> Self:
        return self._within("contract.edit", user)

    def _within(self, action: str, user: User) -> Self:
        return user.within(self, action, team_of(user, "account__"))

    def in_force(self, moment: datetime) -> Self:
        """Contracts in force on the company's day of a moment; `in_force_to` is the first day without."""
        return self.on(day_of(moment))

    def on(self, day: Any) -> Self:
        """Contracts in force on a day of the company's."""
        return self.filter(Q(in_force_to=None) | Q(in_force_to__gt=day), in_force_from__lte=day)

    def deciding(self, account_pk: int, moment: datetime) -> "Contract | None":
        """The contract of an account in force at a moment."""
        return DECIDING.first(account=account_pk, day=day_of(moment))

    def overlapping(self, from_on: date, to_on: date | None) -> Self:
        """Contracts in force on some day of a time; `to_on` is the first day without, None for no end."""
        begun = self.filter(in_force_from__lt=to_on) if to_on else self
        return begun.filter(Q(in_force_to=None) | Q(in_force_to__gt=from_on))

    @transaction.atomic
    def add(self, *, by: User | None, **fields: Any) -> "Contract":
        """Write down what an account was promised; the tier counts from `in_force_from` on (SLA-01)."""
        contract = self.model(**fields)
        contract.full_clean()
        contract.save()
        contract.log("contract_added", by=by, tier=contract.tier, in_force_from=contract.in_force_from)
        return contract


@pghistory.track()
class Contract(models.Model):
    """What an account was promised, from one day to another (`in_force_to` is exclusive), and whom it may reach."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="contracts")
    tier = models.CharField(max_length=10, choices=[(tier.value, tier.label) for tier in Tier])
    in_force_from = models.DateField("In force from")
    in_force_to = models.DateField("In force to", null=True, blank=True)
    support_email = models.EmailField("Support address", blank=True)
    emergency_phone = models.CharField("Emergency phone", max_length=40, blank=True)
    emergency_email = models.EmailField("Emergency address", blank=True)
    policy = models.CharField(
        max_length=40,
        blank=True,
        editable=False,
        help_text="Code of a superseded policy an old contract is pinned to (SLA-16)",
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ContractQuerySet.as_manager()

    class Meta:
        ordering = ("-in_force_from", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(in_force_to=None) | Q(in_force_to__gt=F("in_force_from")),
                name="contract_ends_after_it_starts",
            ),
            ExclusionConstraint(
                name="contract_one_in_force",
                expressions=[
                    ("account", RangeOperators.EQUAL),
                    (
                        Func(
                            F("in_force_from"),
                            F("in_force_to"),
                            RangeBoundary(),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message="Another contract of this account is in force in that time.",
            ),
        )

    def __str__(self) -> str:
        return f"contract {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("accounts:contract", args=[self.pk])

    def clean(self) -> None:
        if self.in_force_to and self.in_force_from and self.in_force_to <= self.in_force_from:
            raise ValidationError({"in_force_to": "A contract ends after it starts."})

    def is_in_force(self, moment: datetime) -> bool:
        """Whether this contract decides the tier at a moment."""
        day = day_of(moment)
        return self.in_force_from <= day and (self.in_force_to is None or self.in_force_to > day)

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, account_pk=self.account_id, **facts)

    @transaction.atomic
    def change(self, changes: dict[str, Any], *, by: User, version: int | None = None) -> None:
        """Set fields by name; tickets already received keep their tier (A20). Raises Stale as Account.change does."""
        before = write(self, changes, version)
        self.log("contract_changed", by=by, before=before, after=changes)


DECIDING: Written[Contract] = Written(
    lambda account, day: Contract.objects.on(day).filter(account=account)[:1],
    account=models.BigIntegerField(),
    day=models.DateField(),
)
