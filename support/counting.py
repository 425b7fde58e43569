"""What a clock of any kind counts to: the contract's promise by its rule, the internal targets by the hours. Pure."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from fleetcs.hours import Hours
from support import sla

INTERNAL_TARGETS: dict[str, Callable[[datetime, Hours], datetime]] = {
    "acknowledge": sla.acknowledge_by,
    "application": sla.job_application_due,
    "request": sla.department_request_due,
}

IMPORTED = "imported"

# What counting decides on, and what it writes of a clock: nothing else, since somebody may be writing down a cause.
READ = ("missed", "due_at", "stopped_at", "withdrawn_at")
WRITTEN = (
    *("started_at", "received_on", "hours", "rule", "tier", "priority", "worsened_at", "due_before"),
    *("due_at", "target_at", "at_risk_at", "inside", "missed"),
)


class Moments(NamedTuple):
    """What a clock counts to, and whether its start was inside the hours (R3)."""

    due_at: datetime | None
    target_at: datetime | None
    at_risk_at: datetime | None
    inside: bool


def promised(
    rule: sla.Rule | None, started_at: datetime, hours: Hours, worsened_at: datetime | None, due_before: datetime | None
) -> sla.Promise | None:
    """What a contract promises from a start on, with grace when the impact grew; None where there is no rule."""
    if rule is None:
        return None
    promise = sla.promise(rule, started_at, hours)
    return sla.reprioritised(due_before, worsened_at, promise, worsened=True) if worsened_at else promise


def of_promise(promise: sla.Promise | None, started_at: datetime, hours: Hours) -> Moments:
    """The moments of a contract's promise."""
    inside = sla.received_inside(started_at, hours)
    if promise is None:
        return Moments(None, None, None, inside)
    return Moments(promise.due_at, promise.target_at, promise.at_risk_at(), inside)


def of_internal(kind: str, started_at: datetime, hours: Hours) -> Moments:
    """The moments of an internal target; that of a message counts every hour, the others business hours. What was
    settled before it was imported counts to nothing."""
    if kind == IMPORTED:
        return Moments(None, None, None, sla.received_inside(started_at, hours))
    due_at = INTERNAL_TARGETS[kind](started_at, hours)
    at_risk_at = sla.at_risk_at(started_at, due_at, None if kind == "acknowledge" else hours)
    return Moments(due_at, None, at_risk_at, sla.received_inside(started_at, hours))


def as_missed(new: Moments, due_at: datetime) -> Moments:
    """The moments of a clock that has been missed at a moment that stays: there is nothing left to aim at earlier."""
    return new._replace(due_at=due_at, target_at=None, at_risk_at=min(new.at_risk_at or due_at, due_at))
