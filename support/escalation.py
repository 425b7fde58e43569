"""Whom an alert of a clock is for: the order that the handbook gives, and what holds without one. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from support.sla import Priority

URGENT: Final = (Priority.P0.value, Priority.P1.value)
FIRST: Final = ("at_risk", "target", "missed")  # thresholds that every clock has by its moments, in rising order
UNCONFIRMED: Final = "unconfirmed"
LONGEST: Final = 30 * 24 * 60


@dataclass(frozen=True)
class Step:
    """A threshold and the post that hears of it; `after` the due moment for the steps that come once it is missed."""

    threshold: str
    post: str
    after: timedelta | None = None

    @property
    def goes_to_assignee(self) -> bool:
        """While it can still be kept it is a matter for whoever works on it."""
        return self.threshold in {"at_risk", "target", UNCONFIRMED}


DEFAULT: Final = (
    {"threshold": "at_risk", "post": "cse"},
    {"threshold": "missed", "post": "manager_cse_csa"},
    {"threshold": 60, "post": "vp_cs"},
)


def steps_of(entries: Iterable[Any]) -> tuple[Step, ...]:
    """The handbook's order as steps, rising; what it leaves out or garbles is filled from the default."""
    steps = _usable(entries)
    known = {step.threshold for step in steps}
    if steps:  # a handbook that names no later step has none
        known.add("escalate_1")
    steps += [step for step in _usable(DEFAULT) if step.threshold not in known]
    return tuple(sorted(steps, key=lambda step: rank(step.threshold)))


def _usable(entries: Iterable[Any]) -> list[Step]:
    found = [one for one in entries if isinstance(one, dict) and isinstance(one.get("post"), str)]
    named = [Step(one["threshold"], one["post"]) for one in found if one.get("threshold") in FIRST]
    later = sorted((minutes, one["post"]) for one in found if (minutes := _minutes(one.get("threshold"))))
    return named + [
        Step(f"escalate_{number}", post, timedelta(minutes=minutes)) for number, (minutes, post) in enumerate(later, 1)
    ]


def _minutes(value: object) -> int:
    """Minutes after the due moment: a number, or a step by name, each an hour after the last; else 0."""
    step = re.fullmatch(r"escalate_([1-9])", value) if isinstance(value, str) else None
    minutes = int(step[1]) * 60 if step else value
    return minutes if type(minutes) is int and 0 < minutes <= LONGEST else 0


def rank(threshold: str) -> int:
    """How far a threshold is up the order; of several that are ripe only the highest is told."""
    if threshold in FIRST:
        return FIRST.index(threshold)
    number = threshold.removeprefix("escalate_")
    return len(FIRST) + int(number) if number.isdigit() else -1


def step_for(threshold: str, steps: Iterable[Step]) -> Step:
    """The step of a threshold; the earlier target goes where "at risk" goes, an unknown one to support."""
    by_name = {step.threshold: step for step in steps}
    return by_name.get(threshold) or by_name.get("at_risk") or Step("at_risk", "cse")
