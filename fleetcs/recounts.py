"""What a correction of the hours or a late holiday does to clocks that already run: floor 0 asks, a wing counts.

A version of the hours with a date touches nobody who was heard before it. Only a correction of what was in force
concerns open clocks: say how many first (`affected`), then save it and `order` the recount in the same transaction.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.utils.module_loading import import_string

from fleetcs.hours import Hours
from fleetcs.models.hours import Holiday, OpeningHours


@dataclass(frozen=True)
class Correction:
    """What is corrected, in words, and the calendar that each concerned version of the hours (by key) gives then."""

    words: str
    calendars: Mapping[int, Hours]


def of_week(version: OpeningHours, week: dict[str, list[list[str]]]) -> Correction:
    """Another week for a version that has been in force already. Raises ValueError for a week that is none."""
    calendar = Hours(version.zone, week, dict(Holiday.objects.by_day()))
    return Correction(f"Hours of version {version.pk} corrected", {version.pk: calendar})


def of_holiday(on: date, name: str) -> Correction:
    """A day that turns out to be closed."""
    return _of_holidays(f"{name} ({on}) added", dict(Holiday.objects.by_day()) | {on: name})


def without_holiday(on: date) -> Correction:
    """A day that turns out to be worked."""
    left = {day: name for day, name in Holiday.objects.by_day() if day != on}
    return _of_holidays(f"Holiday of {on} taken out", left)


def _of_holidays(words: str, holidays: dict[date, str]) -> Correction:
    versions = OpeningHours.objects.all()
    return Correction(words, {version.pk: Hours(version.zone, version.week, holidays) for version in versions})


def affected(correction: Correction) -> int:
    """How many open tickets it would move, all apps together."""
    return sum(each.affected(correction) for each in _counters())


def order(correction: Correction, *, by: Any) -> list[Any]:
    """Have them recounted; call it in the transaction that saves the correction. Returns the jobs, each with a page."""
    return [each.order(correction, by=by) for each in _counters()]


def _counters() -> Iterator[Any]:
    """What the apps list: something with `affected(correction) -> int` and `order(correction, by=user)`."""
    for config in apps.get_app_configs():
        yield from (import_string(name) for name in getattr(config, "recounts", []))
