"""What the managers' page adds up, from facts the verbs have stored (SLA-21, P7).

Days that nobody has touched since come from the tallies, all others live from their clocks, in one statement: so the
figures are exact at every moment, and do not grow with the tickets.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import (
    BooleanField,
    CharField,
    Count,
    DateField,
    DateTimeField,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.query import EmptyQuerySet

from accounts.models import team_of
from fleetcs.models import User
from fleetcs.models.asked import Hole
from fleetcs.posts import OWN
from support.figures import ENDED, STATES, STEPS
from support.models.clock import Clock
from support.models.running import ClockQuerySet
from support.models.tally import ResponseTally, SourceTally, StaleDay, Tally

type Rows = list[dict[str, Any]]

DIMENSIONS: Final = ("kind", "tier", "priority", "inside")
INTERNAL: Final = Clock.Kind.ACKNOWLEDGE


def in_state(now: Any) -> dict[str, Q]:
    """For each state of `figures.STATES` the clocks that are in it; every clock is in exactly one."""
    ended = Q(stopped_at__isnull=False) | Q(withdrawn_at__isnull=False)
    past = Q(due_at__lt=now) | Q(due_at=now, kind=INTERNAL)
    open_ = Q(stopped_at=None, withdrawn_at=None, due_at__isnull=False)
    at_risk = Q(at_risk_at__isnull=False, at_risk_at__lte=now)
    return {
        "kept": Q(missed=False, due_at__isnull=False, withdrawn_at=None, stopped_at__isnull=False),
        "missed": Q(missed=True) & ended,
        "late": open_ & past,
        "at_risk": open_ & ~past & at_risk,
        "running": open_ & ~past & ~at_risk,
        "none": Q(due_at=None) & (Q(missed=False) | Q(stopped_at=None, withdrawn_at=None)),
        "withdrawn": Q(missed=False, due_at__isnull=False, withdrawn_at__isnull=False),
    }


@dataclass(frozen=True)
class Scope:
    """Which clocks are counted: a time, what the tallies know as well (`facts`), and what only the clocks know."""

    first: date
    last: date
    facts: Mapping[str, Any] = field(default_factory=dict)
    narrow: Q = field(default_factory=Q)

    def clocks(self) -> ClockQuerySet:
        """The clocks themselves."""
        return Clock.objects.filter(self.narrow, received_on__range=(self.first, self.last), **self.facts)

    def split(self, tally: QuerySet[Any], *knows: str) -> tuple[QuerySet[Any], ClockQuerySet]:
        """The sums of settled days, and the clocks that have to be counted one by one: all of them when these sums
        do not know what is asked for."""
        if self.narrow or set(self.facts) - set(knows):
            return tally.none(), self.clocks()
        settled = tally.filter(~stale("on"), on__range=(self.first, self.last), **self.facts)
        return settled, self.clocks().filter(stale("received_on"))

    def running(self) -> ClockQuerySet:
        """The clocks that run, found by that: there are few, whatever the time."""
        day = Func(F("received_on"), template="(%(expressions)s + 0)", output_field=DateField())
        running = Clock.objects.running().filter(self.narrow, due_at__isnull=False, **self.facts)
        return running.alias(day=day).filter(day__gte=self.first, day__lte=self.last)


def stale(day: str) -> Func:
    """Whether a day is to be recounted. As an array, which is read first: as a subquery of unknown size it makes
    PostgreSQL read every clock of the time asked for."""
    days = ArraySubquery(StaleDay.objects.values("on").distinct())
    return Func(F(day), days, template="(%(expressions)s))", arg_joiner=" = ANY(", output_field=BooleanField())


def seen_by(user: User) -> Q:
    """What narrows the figures for a person: those who see their own accounts only are counted only those."""
    return team_of(user, "account__") if user.scope("figures.see") == OWN else Q()


# --- one statement ----------------------------------------------------------------------------------------------------
HOLES: Final = {
    "first": DateField(),
    "last": DateField(),
    "now": DateTimeField(),
    "tier": CharField(),
    "priority": CharField(),
    "inside": BooleanField(),
}


@cache
def written(facts: tuple[str, ...]) -> tuple[str, list[Any]]:
    """The statement for what the tallies know, written once a process: writing it costs more than asking it."""
    holes: dict[str, Any] = {name: Hole(name, field) for name, field in HOLES.items()}
    scope = Scope(holes["first"], holes["last"], {name: holes[name] for name in facts})
    return as_one(parts_of(scope, holes["now"]))


def read(scope: Scope, now: datetime) -> dict[str, Rows]:
    """Everything that is added up on the page: `promises` and `responses`, each by dimension (`week` is None) and by
    week (the dimensions are None), and `sources`."""
    if scope.narrow:
        return asked(*as_one(parts_of(scope, now)))
    sql, params = written(tuple(sorted(scope.facts)))
    known = {"first": scope.first, "last": scope.last, "now": now, **scope.facts}
    return asked(sql, [known[param.name] if isinstance(param, Hole) else param for param in params])


def parts_of(scope: Scope, now: Any) -> dict[str, QuerySet[Any]]:
    return {"promises": promises(scope, now), "responses": responses(scope), "sources": sources(scope)}


# What is added up twice, by its dimensions and by week, is read once.
SETS: Final = {
    "promises": ("kind, tier, priority, inside", "kind, week", [f"in_{state}" for state in STATES]),
    "responses": ("tier, inside, step", "week, step", ["number"]),
}


def as_one(parts: Mapping[str, QuerySet[Any]]) -> tuple[str, list[Any]]:
    """Several querysets of values as one statement, so that all are as they are at one instant."""
    written = {name: _sql(rows) for name, rows in parts.items()}
    columns = ", ".join(
        f"(SELECT json_agg(found) FROM ({_summed(name, sql)}) AS found) AS {name}"  # noqa: S608
        for name, (sql, _) in written.items()
    )
    return f"SELECT {columns}", [value for _, values in written.values() for value in values]


def _summed(name: str, sql: str) -> str:
    if name not in SETS:
        return sql
    one, other, numbers = SETS[name]
    names = ", ".join(dict.fromkeys(f"{one}, {other}".split(", ")))
    sums = ", ".join(f"SUM({number})::int AS {number}" for number in numbers)
    return f"SELECT {names}, {sums} FROM ({sql}) AS every GROUP BY GROUPING SETS (({one}), ({other}))"  # noqa: S608


def _sql(rows: QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
    try:
        return rows.query.sql_with_params()
    except EmptyResultSet:
        return "SELECT 1 WHERE false", ()


def asked(sql: str, params: list[Any]) -> dict[str, Rows]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found = cursor.fetchone()
        return {column.name: _rows(value) for column, value in zip(cursor.description, found, strict=True)}


def _rows(value: Any) -> Rows:
    return json.loads(value) if isinstance(value, str) else value or []


# --- how many ended how -----------------------------------------------------------------------------------------------
def promises(scope: Scope, now: Any) -> Any:
    """Clocks by week, kind, tier, priority and side of the hours, and how many of them are in which state."""
    tallied, live = scope.split(Tally.objects.all(), *DIMENSIONS)
    if isinstance(tallied, EmptyQuerySet):
        return _by_week(live, "received_on", _numbers(now, tuple(STATES)))
    sums = {f"in_{state}": Sum(state) if state in ENDED else Value(0) for state in STATES}
    open_states = tuple(state for state in STATES if state not in ENDED)
    return _by_week(tallied, "on", sums).union(
        _by_week(live, "received_on", _numbers(now, ENDED)),
        _by_week(scope.running(), "received_on", _numbers(now, open_states)),
        all=True,
    )


def _numbers(now: Any, counted: Sequence[str]) -> dict[str, Any]:
    found = in_state(now)
    return {f"in_{state}": Count("pk", filter=found[state]) if state in counted else Value(0) for state in STATES}


class Monday(Func):
    """The Monday of a day, as a date: whole days counted from one. Truncating to weeks costs ten times as much, and
    extracting the day of the week four times."""

    template = "(%(expressions)s - (%(expressions)s - DATE '0001-01-01') %%%% 7)"
    output_field = DateField()


def _by_week(rows: QuerySet[Any], day: str, numbers: Mapping[str, Any]) -> Any:
    return rows.order_by().values(*DIMENSIONS, week=Monday(day)).annotate(**numbers)


def by(scope: Scope, column: str, name: str, now: datetime, most: int = 100) -> Rows:
    """The contract's promises by account, person or channel, those with most of them first; always live."""
    grouped = scope.clocks().promised().order_by().values(key=F(f"{column}_id"), label=F(f"{column}__{name}"))
    counted = grouped.annotate(**_numbers(now, tuple(STATES)), number=Count("pk")).order_by("-number", "key")
    return [dict(row) for row in counted[:most]]


# --- how long first responses took, and which way tickets came -------------------------------------------------------
class Step(Func):
    """The step of `figures.STEPS` that the time from start to stop falls into, as `figures.step_of` does it."""

    edges = f"ARRAY[{', '.join(map(str, STEPS))}]"
    minutes = "CEIL(EXTRACT(EPOCH FROM %(expressions)s) / 60)::int"
    template = f"({edges})[LEAST(width_bucket({minutes} - 1, {edges}) + 1, {len(STEPS)})]"
    output_field = IntegerField()


def responses(scope: Scope) -> Any:
    """First responses by the step of minutes they took from receipt, whatever the tier."""
    tallied, live = scope.split(ResponseTally.objects.all(), "tier", "inside")
    settled = tallied.order_by().values("tier", "inside", week=Monday("on"), step=F("minutes"), number=F("responses"))
    counted = answered(live).order_by().values("tier", "inside", week=Monday("received_on"), step=Step(SPENT))
    return settled.union(counted.annotate(number=Count("pk")), all=True)


SPENT: Final = F("stopped_at") - F("started_at")


def answered(clocks: ClockQuerySet) -> ClockQuerySet:
    """Contract clocks that a colleague's answer has stopped."""
    return clocks.promised().filter(stopped_at__isnull=False)


def sources(scope: Scope) -> Any:
    """Tickets by the way they came in (INT-01)."""
    tallied, live = scope.split(SourceTally.objects.all())
    settled = tallied.order_by().values("source").annotate(number=Sum("tickets"))
    counted = tickets(live).order_by().values(source=F("ticket__source")).annotate(number=Count("pk"))
    return settled.union(counted, all=True)


def tickets(clocks: ClockQuerySet) -> ClockQuerySet:
    """One clock for each ticket: the first that is not about a single message."""
    return clocks.filter(generation=1, ticket__isnull=False).exclude(kind=INTERNAL)
