"""What a clock of any kind counts to: the contract's promise by its rule, the internal targets by the hours. Pure."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, Protocol

from fleetcs.hours import Hours
from support import sla

INTERNAL_TARGETS: dict[str, Callable[[datetime, Hours], datetime]] = {
    "acknowledge": sla.acknowledge_by,
    "application": sla.job_application_due,
    "request": sla.department_request_due,
}

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


class Counted(Protocol):
    """What is known of a clock that is counted."""

    @property
    def kind(self) -> str: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def worsened_at(self) -> datetime | None: ...
    @property
    def due_before(self) -> datetime | None: ...
    @property
    def missed(self) -> bool: ...
    @property
    def due_at(self) -> datetime | None: ...


def moments(one: Counted, rule: sla.Rule | None, hours: Hours) -> Moments:
    """What a rule and a calendar make of a clock; one that is missed is never due later than it was."""
    if one.kind in INTERNAL_TARGETS:
        new = of_internal(one.kind, one.started_at, hours)
    else:
        promise = promised(rule, one.started_at, hours, one.worsened_at, one.due_before)
        new = of_promise(promise, one.started_at, hours)
    if one.missed and one.due_at and (new.due_at is None or one.due_at < new.due_at):
        return as_missed(new, one.due_at)
    return new


def is_past_due(kind: str, due_at: datetime | None, moment: datetime) -> bool:
    """Whether a clock is late at a moment: the target of a message asks for less than its hour, a contract's promise
    is kept at the due instant (A11)."""
    if due_at is None:
        return False
    return moment >= due_at if kind == "acknowledge" else moment > due_at


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
    """The moments of an internal target; that of a message counts every hour, the others business hours."""
    due_at = INTERNAL_TARGETS[kind](started_at, hours)
    at_risk_at = sla.at_risk_at(started_at, due_at, None if kind == "acknowledge" else hours)
    return Moments(due_at, None, at_risk_at, sla.received_inside(started_at, hours))


def as_missed(new: Moments, due_at: datetime) -> Moments:
    """The moments of a clock that has been missed at a moment that stays: there is nothing left to aim at earlier."""
    return new._replace(due_at=due_at, target_at=None, at_risk_at=min(new.at_risk_at or due_at, due_at))
