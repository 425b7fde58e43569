"""What a customer's channel says about response times: the figures of the tier's own promise, never others (SLA-17)."""

from collections.abc import Collection

from accounts.tiers import parse_tier
from fleetcs import clock
from fleetcs.context import opening_hours
from fleetcs.notices import Terms
from support.models import SlaPolicy
from support.sla import Priority

FREE = "We read this channel during business hours ({hours}). The Free tier comes without a guaranteed response time."
PAID = "First response to your requests ({tier}): {promises}. Business hours: {hours}."


def suggested(terms: Collection[Terms]) -> dict[Terms, str]:
    """A notice for each tier (and pinned policy), with today's figures and opening hours."""
    policies = {policy.code: policy for policy in SlaPolicy.objects.prefetch_related("rules")}
    current = SlaPolicy.objects.in_force(clock.now()).code
    hours = opening_hours()
    return {(tier, code): notice(policies[code if code in policies else current], tier, hours) for tier, code in terms}


def notice(policy: SlaPolicy, tier: str, hours: str) -> str:
    """The notice for a tier under a policy; the one without a promise says so."""
    cells = [rule.as_rule() for priority in Priority if (rule := policy.rule(tier, priority))]
    promises = [f"{cell.priority.label} within {cell.text()}" for cell in cells if cell.inside]
    if not promises:
        return FREE.format(hours=hours)
    return PAID.format(tier=parse_tier(tier).label, promises="; ".join(promises), hours=hours)
