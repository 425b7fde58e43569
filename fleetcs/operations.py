"""What the operations page tells: how fresh everything is, what is held back, what waits for a person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import django_filters as filters
from django.apps import apps
from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse
from django.utils.module_loading import import_string

from fleetcs.celery import SCHEDULE
from fleetcs.models import Delivery, Effect, Event, Heartbeat, Mirror, User
from fleetcs.wording import plural

# How old the oldest row that is due may be before somebody should look.
PATIENCE: Final = {"page": timedelta(minutes=1), "rest": timedelta(minutes=5), "inbox": timedelta(minutes=5)}
STALE_AFTER: Final = timedelta(seconds=90)
NOTHING: Final = {"count": 0, "oldest": None}


@dataclass(frozen=True)
class Queue:
    """What waits in one lane, and since when the oldest row is due."""

    name: str
    url: str
    count: int
    oldest: timedelta | None
    patience: timedelta

    @property
    def is_late(self) -> bool:
        return self.oldest is not None and self.oldest > self.patience


@dataclass(frozen=True)
class Beat:
    """A duty of the schedule, and when it last came to its end."""

    name: str
    every: timedelta
    at: datetime | None
    now: datetime

    @property
    def is_stale(self) -> bool:
        return self.at is None or self.now - self.at > max(STALE_AFTER, 3 * self.every)


@dataclass(frozen=True)
class Trouble:
    """Rows that do not move until a person decides."""

    words: str
    url: str


@dataclass(frozen=True)
class Source:
    """Something over there that is read again and again: when that last came to its end, and how old it may be."""

    name: str
    at: datetime | None
    patience: timedelta
    now: datetime
    trouble: str = ""

    @property
    def is_stale(self) -> bool:
        return bool(self.trouble) or self.at is None or self.now - self.at > self.patience


def sources(now: datetime) -> list[Source]:
    """What the apps read over there, and how fresh it is."""
    listed_ = [name for app in apps.get_app_configs() for name in getattr(app, "sources", [])]
    return [source for name in listed_ for source in import_string(name)(now)]


def queues(now: datetime) -> list[Queue]:
    """The two lanes out and the inbox."""
    figures = {"count": Count("pk"), "oldest": Min("next_at", filter=Q(next_at__lte=now))}
    lanes = Effect.objects.open().values("lane").annotate(**figures)
    out: dict[str, dict[str, Any]] = {row["lane"]: dict(row) for row in lanes}
    inbox = Delivery.objects.filter(state=Delivery.State.NEW).aggregate(**figures)
    effects, deliveries = reverse("operations_effects"), reverse("operations_deliveries")
    return [
        _queue("page", "Pages", f"{effects}?lane=page&state=open", out.get("page", NOTHING), now),
        _queue("rest", "The rest that goes out", f"{effects}?lane=rest&state=open", out.get("rest", NOTHING), now),
        _queue("inbox", "What comes in", f"{deliveries}?state=new", inbox, now),
    ]


def _queue(code: str, name: str, url: str, row: dict[str, Any], now: datetime) -> Queue:
    return Queue(name, url, row["count"], now - row["oldest"] if row["oldest"] else None, PATIENCE[code])


def beats(now: datetime) -> list[Beat]:
    """Every duty of the schedule; one that has never come to its end has no moment."""
    last = dict(Heartbeat.objects.values_list("name", "at"))
    return [Beat(name, timedelta(seconds=duty.every), last.get(name), now) for name, duty in SCHEDULE.items()]


def troubles() -> list[Trouble]:
    """What the banner names, with the list behind it."""
    effects, deliveries = reverse("operations_effects"), reverse("operations_deliveries")
    found: list[tuple[str, str, str, QuerySet[Any]]] = [
        ("message", "given up", f"{effects}?state=dead", Effect.objects.filter(state=Effect.State.DEAD)),
        ("message", "perhaps sent", f"{effects}?state=unknown", Effect.objects.filter(state=Effect.State.UNKNOWN)),
        ("page", "failing again and again", f"{effects}?state=struggling", Effect.objects.struggling()),
        ("delivery", "given up", f"{deliveries}?state=dead", Delivery.objects.filter(state=Delivery.State.DEAD)),
        ("mirror", "held: much vanished at once", reverse("mirrors"), Mirror.objects.running().filter(held__gt=0)),
    ]
    counted = [(rows.count(), noun, words, url) for noun, words, url, rows in found]
    counted += [import_string(name)() for app in apps.get_app_configs() for name in getattr(app, "troubles", [])]
    return [Trouble(f"{plural(count, noun)} {words}", url) for count, noun, words, url in counted if count]


def waiting(user: User) -> QuerySet[Effect]:
    """What this person must decide about; the count beside the entry of the navigation."""
    stuck = Effect.objects.needing_a_person()
    return stuck if user.may("operations.act") else stuck.none()


def listed(name: str) -> list[tuple[str, str]]:
    """What the apps list under `name` (senders, handlers), as choices of a filter."""
    return sorted({(code, code) for app in apps.get_app_configs() for code in getattr(app, name, {})})


class EffectFilter(filters.FilterSet):
    """What goes out."""

    STATES: Final = [("open", "Waiting or sending"), ("struggling", "Failing pages"), *Effect.State.choices]

    q = filters.CharFilter(field_name="key", lookup_expr="startswith", label="Search", max_length=200)
    state = filters.ChoiceFilter(choices=STATES, method="in_state", label="State", empty_label="Any")
    lane = filters.ChoiceFilter(choices=Effect.Lane.choices, label="Lane", empty_label="Both")
    kind = filters.ChoiceFilter(choices=lambda: listed("senders"), label="Kind", empty_label="All")

    def in_state(self, rows: Any, _name: str, state: str) -> Any:
        return getattr(rows, state)() if state in {"open", "struggling"} else rows.filter(state=state)


class DeliveryFilter(filters.FilterSet):
    """What came in."""

    q = filters.CharFilter(field_name="delivery_id", lookup_expr="startswith", label="Search", max_length=200)
    state = filters.ChoiceFilter(choices=Delivery.State.choices, label="State", empty_label="Any")
    source = filters.ChoiceFilter(choices=lambda: listed("handlers"), label="Source", empty_label="All")


def happened(record: Effect | Delivery) -> list[dict[str, Any]]:
    """What was tried and what people did, newest first, for the timeline."""
    did = Event.objects.of(record).newest()
    entries = [{"kind": "event", "at": event.at, "who": event.by, "label": event.words} for event in did]
    return sorted([*entries, *_tries(record)], key=lambda entry: entry["at"], reverse=True)


def _tries(record: Effect | Delivery) -> Iterator[dict[str, Any]]:
    for one in record.tries_made.all() if isinstance(record, Effect) else ():
        took = "" if one.milliseconds is None else f"{one.milliseconds:,} ms"
        said = " · ".join(part for part in (one.status, took) if part)
        label = f"attempt {one.n}: {one.get_outcome_display().lower()}"
        yield {"kind": "event", "at": one.at, "label": label, "text": said}
