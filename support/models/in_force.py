"""Every version of the promises and of the hours, read once: for many questions about many moments in a row."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.tiers import Tier
from fleetcs.hours import Hours
from fleetcs.models import OpeningHours
from support import sla
from support.models.policy import SlaPolicy


@dataclass(frozen=True)
class Answer:
    """What is promised to a request, and by which versions."""

    promise: sla.Promise
    policy: SlaPolicy
    version: OpeningHours

    @property
    def explanation(self) -> sla.Explanation:
        """Why, in words and as a minute ledger."""
        promise = self.promise
        return sla.explain(
            promise.rule, promise, promise.received_at, policy=self.policy.name, calendar=f"version {self.version.pk}"
        )

    @property
    def received_inside(self) -> bool:
        """Whether it came inside business hours; a holiday is outside (R3)."""
        return sla.received_inside(self.promise.received_at, self.promise.calendar)


class InForce:
    """The versions by date. Asks the database three times, however many questions follow."""

    def __init__(self) -> None:
        live = SlaPolicy.objects.filter(superseded=False).prefetch_related("rules")
        self.policies = sorted(live, key=lambda one: (one.in_force_from, one.pk))
        versions = OpeningHours.objects.order_by("in_force_from", "pk")
        self.hours = [(version, version.calendar) for version in versions]

    def policy(self, at: datetime) -> SlaPolicy:
        """The policy in force at a moment; the oldest for moments before any."""
        begun = [one for one in self.policies if one.in_force_from <= at]
        return begun[-1] if begun else self.policies[0]

    def version(self, at: datetime) -> tuple[OpeningHours, Hours]:
        """The opening hours in force at a moment, and their calendar."""
        begun = [one for one in self.hours if one[0].in_force_from <= at]
        return begun[-1] if begun else self.hours[0]

    def promise(self, tier: Tier, priority: sla.Priority, at: datetime) -> Answer:
        """What was promised at a moment. Raises ValueError outside the years that are known."""
        policy = self.policy(at)
        version, calendar = self.version(at)
        rule: Any = policy.rule(tier, priority)
        pure = rule.as_rule() if rule else sla.rule_for(tier, priority, ())
        return Answer(sla.promise(pure, at, calendar), policy, version)
