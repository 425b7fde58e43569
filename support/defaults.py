"""The promise table that every installation starts with, and the one it replaced (SLA-02 to SLA-10, SLA-16)."""

from typing import Any

from fleetcs.defaults import LONG_AGO
from support import sla

CURRENT, FORMER = "tiers-p0-p3", "two-levels"


def load_policies(apps: Any) -> None:
    """The policy in force and the superseded one that old contracts may be pinned to. Safe to repeat."""
    load_policy(apps, CURRENT, "Tiers and priorities", sla.DEFAULT_RULES, superseded=False)
    load_policy(apps, FORMER, "Two levels of impact (superseded)", sla.SUPERSEDED, superseded=True)


def load_policy(apps: Any, code: str, name: str, rules: Any, *, superseded: bool) -> None:
    """One version with its rows; left alone when it exists."""
    policy, created = apps.get_model("support", "SlaPolicy").objects.get_or_create(
        code=code, defaults={"name": name, "in_force_from": LONG_AGO, "superseded": superseded}
    )
    if created:
        row = apps.get_model("support", "SlaRule")
        row.objects.bulk_create([row(policy=policy, **columns(rule)) for rule in rules if rule.inside])


def columns(rule: sla.Rule) -> dict[str, Any]:
    """A pure rule that promises something, as the columns of its row."""
    inside = rule.inside or sla.in_hours(0)
    return {
        "tier": rule.tier.value,
        "priority": rule.priority.value,
        "clock": rule.clock,
        "inside": inside.amount,
        "outside": (rule.outside or inside).amount,
        "target": rule.target.amount if rule.target else None,
        "unit": inside.unit,
        "holidays_close": rule.holidays_close,
    }
