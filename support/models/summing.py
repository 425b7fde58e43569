"""Reading what the managers' page adds up: one statement for what is live, one for settled days."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, CharField, DateField, DateTimeField, QuerySet

from fleetcs.models.written import Hole, found, planned
from support.figures import STATES, Sums
from support.models.figures import Scope, live, settled

HOLES: Final[dict[str, Any]] = {
    "first": DateField(),
    "last": DateField(),
    "now": DateTimeField(),
    "tier": CharField(),
    "priority": CharField(),
    "inside": BooleanField(),
    "stale": ArrayField(DateField()),
}
COLUMNS: Final = ("promises", "responses", "sources", "stamp", "stale")
# Every refresh leaves sums with higher numbers, so the highest tells whether sums are still the same.
STAMP: Final = (
    '(SELECT max(id) FROM support_tally) AS stamp, ARRAY(SELECT DISTINCT "on" FROM support_staleday) AS stale'
)


@cache
def written(which: str, facts: tuple[str, ...]) -> tuple[str, Sequence[Any]]:
    """The statement for what runs and is to be recounted ("live") or for the rest ("settled"), written once a
    process: writing it costs more than asking it."""
    holes: dict[str, Any] = {name: Hole(name, field) for name, field in HOLES.items()}
    scope = Scope(holes["first"], holes["last"], {name: holes[name] for name in facts})
    return planned(*as_one(settled(scope, holes["stale"]) if which == "settled" else live(scope, holes["now"])))


def told(which: str, scope: Scope, **known: Any) -> dict[str, Any]:
    """What one of the two statements says."""
    sql, params = written(which, tuple(sorted(scope.facts)))
    known |= {"first": scope.first, "last": scope.last, **scope.facts}
    rows = found(sql, [known[param.name] if isinstance(param, Hole) else param for param in params])
    return named(rows[0])


def read(scope: Scope, now: datetime) -> Sums:
    """Everything that is added up on the page. Days that nobody has touched are added up once and remembered; what
    is read in two statements is read again if sums were refreshed in between."""
    if scope.narrow:
        return Sums.of(asked(*as_one(live(scope, now))))
    while True:
        said = told("live", scope, now=now)
        if known := remembered(scope, said["stamp"], tuple(sorted(said["stale"]))):
            return known + Sums.of(said)


def remembered(scope: Scope, stamp: int | None, stale: tuple[date, ...]) -> Sums | None:
    """The sums of the settled days as of `stamp`; None when they are others by now."""
    key = (scope.first, scope.last, *sorted(scope.facts.items()), stamp, stale)
    if key not in MEMORY:
        said = told("settled", scope, stale=list(stale))
        if said["stamp"] != stamp:
            return None
        while len(MEMORY) >= REMEMBERED:
            MEMORY.pop(next(iter(MEMORY)), None)
        MEMORY[key] = Sums.of(said)
    return MEMORY[key]


REMEMBERED: Final = 50
MEMORY: Final[dict[tuple[Any, ...], Sums]] = {}


# What is added up twice, by its dimensions and by week, is read once.
SETS: Final = {
    "promises": ("kind, tier, priority, inside", "kind, week", [f"in_{state}" for state in STATES]),
    "responses": ("tier, inside, step", "week, step", ["number"]),
}


NOTHING: Final = "SELECT 1 WHERE false"


def as_one(parts: Mapping[str, QuerySet[Any]]) -> tuple[str, list[Any]]:
    """Several querysets of values as one statement, so that all are as they are at one instant."""
    written = {name: _sql(rows) for name, rows in parts.items()}
    columns = ", ".join(
        f"(SELECT json_agg(found) FROM ({_summed(name, sql)}) AS found) AS {name}"  # noqa: S608
        for name, (sql, _) in written.items()
    )
    return f"SELECT {columns}, {STAMP}", [value for _, values in written.values() for value in values]


def _summed(name: str, sql: str) -> str:
    if name not in SETS or sql == NOTHING:
        return sql
    one, other, numbers = SETS[name]
    names = ", ".join(dict.fromkeys(f"{one}, {other}".split(", ")))
    sums = ", ".join(f"SUM({number})::int AS {number}" for number in numbers)
    return f"SELECT {names}, {sums} FROM ({sql}) AS every GROUP BY GROUPING SETS (({one}), ({other}))"  # noqa: S608


def _sql(rows: QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
    try:
        return rows.query.sql_with_params()
    except EmptyResultSet:
        return NOTHING, ()


def asked(sql: str, params: Sequence[Any]) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return named(cursor.fetchone())


def named(row: Sequence[Any]) -> dict[str, Any]:
    """The one row of a statement, by its columns."""
    return {name: _rows(value) for name, value in zip(COLUMNS, row, strict=True)}


def _rows(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
