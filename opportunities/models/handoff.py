"""What sales tells customer success about a new customer: eleven items, filled in before the handoff call (DCL-18)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pghistory
from django.db import models, transaction

from accounts.models import Meeting
from accounts.tiers import Tier
from fleetcs import clock
from fleetcs.models import Event, User
from fleetcs.models.stale import hold
from fleetcs.working_day import day_of, today
from opportunities import closing
from opportunities.models.deal_close import DealClose

LONG = 2_000
NEAR = timedelta(days=1)  # before the handoff call: what is empty then stands out


def call_is_near(meetings: Iterable[Meeting]) -> bool:
    """Whether the handoff call is today or tomorrow."""
    calls = [one for one in meetings if one.kind == Meeting.Kind.HANDOFF and not one.cancelled_at]
    return any(today() <= day_of(one.starts_at) <= today() + NEAR for one in calls)


class HandoffSheetQuerySet(models.QuerySet["HandoffSheet"]):
    """Handoff sheets."""

    @transaction.atomic
    def add(self, *, close: DealClose, by: User, **fields: Any) -> "HandoffSheet":
        sheet = self.model(close=close, **fields)
        sheet.full_clean()
        sheet.save()
        sheet.log("handoff_begun", by=by)
        return sheet


@pghistory.track()
class HandoffSheet(models.Model):
    """The items of one close; the tier beside what was agreed, so that a difference is seen (R5)."""

    close = models.OneToOneField(DealClose, models.PROTECT, related_name="handoff", editable=False)
    deal = models.TextField("Details of the deal", blank=True, max_length=LONG)
    contact = models.CharField("Primary contact and their role", blank=True, max_length=200)
    use_cases = models.TextField("Desired use cases and outcomes", blank=True, max_length=LONG)
    reasons = models.TextField("Reasons for the purchase", blank=True, max_length=LONG)
    used_free = models.CharField("Previously using the free version?", blank=True, max_length=200)
    tier = models.CharField("Support tier", max_length=10, blank=True, choices=DealClose.TIERS)
    competitors = models.CharField("Competitive solutions in place", blank=True, max_length=500)
    technologies = models.CharField("Other relevant technologies in place", blank=True, max_length=500)
    poc_notes = models.TextField("Relevant notes of the proof of concept", blank=True, max_length=LONG)
    timeline = models.CharField("Expectations for the timeline", blank=True, max_length=500)
    deployment = models.CharField("Server deployment type", blank=True, max_length=200)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = HandoffSheetQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"handoff sheet {self.pk}"

    def get_absolute_url(self) -> str:
        return self.close.get_absolute_url()

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, account_pk=self.close.opportunity.account_id, **facts)

    @property
    def empty_items(self) -> list[str]:
        """Labels of the items that nobody has filled in."""
        return closing.empty_items({name: getattr(self, name) for name, _ in closing.HANDOFF})

    @property
    def items(self) -> list[tuple[str, str]]:
        """Every item as people read it: its label, and what is said."""
        said = {name: str(getattr(self, name)).strip() for name, _ in closing.HANDOFF}
        said["tier"] = self.get_tier_display() if self.tier else ""
        return [(label, said[name]) for name, label in closing.HANDOFF]

    @property
    def tier_agreed(self) -> Tier:
        """The tier of the contract in force; while there is none, the one that was sold (R5)."""
        account = self.close.opportunity.account
        in_force = account.contracts.in_force(clock.now()).first()
        return Tier(in_force.tier if in_force else self.close.tier)

    @property
    def tier_differs(self) -> bool:
        """Whether it says another tier than was agreed."""
        return bool(self.tier) and self.tier != self.tier_agreed

    @transaction.atomic
    def change(self, changes: dict[str, Any], *, by: User, version: int | None = None) -> None:
        """Set items by name. Raises Stale when `version` is no longer the sheet's."""
        hold(self, version)
        for field, value in changes.items():
            setattr(self, field, value)
        self.full_clean()
        self.save()
        self.log("handoff_changed", by=by, fields=sorted(changes))
