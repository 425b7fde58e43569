"""Who hears of a miss after the first: the steps of an urgent promise, armed once it is recorded as missed."""

from collections.abc import Sequence

from fleetcs.models import HandbookEntry
from support.escalation import URGENT, Step, steps_of
from support.models.alert import Alert
from support.models.clock import Clock


def escalation() -> tuple[Step, ...]:
    """Who hears of which threshold, as the handbook says."""
    entries = HandbookEntry.objects.value("escalations", "sla", default=[])
    return steps_of(entries if isinstance(entries, list) else [])


def escalate(one: Clock, steps: Sequence[Step]) -> None:
    """Arm what follows a miss of an urgent promise; steps that it has had already are left as they are."""
    if one.kind == Clock.Kind.RESPONSE and one.priority in URGENT and one.due_at:
        later = {step.threshold: one.due_at + step.after for step in steps if step.after}
        Alert.arm_once(one, later)


def escalate_what_is_missed(one: Clock) -> None:
    """A running promise that had been missed before it became urgent has rung already: what follows is armed now."""
    if one.missed and one.is_running:
        escalate(one, escalation())
