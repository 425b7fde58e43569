"""Every version of the promises and of the hours, read once: for many questions about many moments in a row."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.tiers import Tier
from fleetcs.hours import Hours
from fleetcs.kept import Kept
from fleetcs.models import OpeningHours
from support import sla
from support.models.policy import SlaPolicy, SlaRule


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
        every = SlaPolicy.objects.prefetch_related("rules").order_by("in_force_from", "pk")
        self.by_code = {one.code: one for one in every}
        self.policies = [one for one in every if not one.superseded]
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

    def rule(self, tier: str, priority: str, at: datetime, pinned: str = "") -> SlaRule | None:
        """The rule promised for a ticket received at a moment, from the pinned policy or the one in force then."""
        return (self.by_code.get(pinned) or self.policy(at)).rule(tier, priority)

    def promise(self, tier: Tier, priority: sla.Priority, at: datetime) -> Answer:
        """What was promised at a moment. Raises ValueError outside the years that are known."""
        policy = self.policy(at)
        version, calendar = self.version(at)
        rule: Any = policy.rule(tier, priority)
        pure = rule.as_rule() if rule else sla.rule_for(tier, priority, ())
        return Answer(sla.promise(pure, at, calendar), policy, version)


_VERSIONS = Kept(InForce, "fleetcs.OpeningHours", "fleetcs.Holiday", "support.SlaPolicy", "support.SlaRule")


def in_force() -> InForce:
    """The versions as they are now, kept by the process; nothing of them is to be changed by who asks."""
    return _VERSIONS.now()
