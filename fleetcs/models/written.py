"""Statements that many requests ask: each process writes one once, since writing it costs more than asking it.

PostgreSQL keeps their plans as well: they are prepared on the connection, with the values apart.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Expression, Field, QuerySet
from django.db.models.fetch_modes import FETCH_ONE
from django.db.models.query import ModelIterable, get_related_populators
from psycopg.sql import Literal

from fleetcs.models.person import User

REMEMBERED: Final = 1_000  # readings of one statement that a process keeps: one for each person and what they may
LONGEST: Final = 63  # bits of a number, beside its sign
PLACE: Final = re.compile(r"(?<!%)%s")  # where a value goes

type Values = Sequence[Any]
type Reader = Callable[[Values], Any]


class Hole(Expression):
    """A value that is not known yet when a statement is written; it is filled in by its name."""

    def __init__(self, name: str, output_field: Any) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]

    def filled(self, values: dict[str, Any]) -> Any:
        """The value as the database takes it."""
        return self.output_field.get_db_prep_value(values[self.name], connection)


class Prepared(ServerBindingCursor):
    """A cursor whose statements PostgreSQL plans once a connection."""

    def execute(self, query: Any, params: Any = None, **_: Any) -> Any:
        return super().execute(query, params, prepare=True)  # type: ignore[misc]


def planned(sql: str, params: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """A statement with its texts written out: they are codes that never change, and the plan that is kept may then use
    the indexes made for them. Numbers and moments stay apart, so that everybody's statement is the same."""
    pieces, values = PLACE.split(sql), list[Any]()
    parts = [pieces[0]]
    for value, after in zip(params, pieces[1:], strict=True):
        is_text = isinstance(value, str)
        parts += [Literal(str(value)).as_string(None).replace("%", "%%") if is_text else "%s", after]
        values += [] if is_text else [value]
    return "".join(parts), values


def found(sql: str, params: Sequence[Any]) -> list[Values]:
    """The rows of a prepared statement."""
    with connection.cursor() as cursor:
        cursor.cursor = Prepared(connection.connection)  # type: ignore[call-arg]
        cursor.execute(sql, params)
        rows: list[Values] = cursor.fetchall()
        return rows


@dataclass(frozen=True)
class Statement:
    """A queryset as it is sent, and what becomes of its rows."""

    sql: str
    params: Sequence[Any]
    converters: Sequence[tuple[int, Callable[..., Any], Any]]
    read: Reader

    def rows(self, values: dict[str, Any]) -> list[Any]:
        filled = [one.filled(values) if isinstance(one, Hole) else one for one in self.params]
        if any(isinstance(one, int) and one.bit_length() > LONGEST for one in filled):
            return []  # no column holds such a number
        rows: Iterable[Values] = found(self.sql, filled)
        return [self.read(row) for row in (map(self.converted, rows) if self.converters else rows)]

    def converted(self, row: Values) -> Values:
        """Columns that the database gives in another form than the field has, JSON above all."""
        values = list(row)
        for place, convert, column in self.converters:
            values[place] = convert(values[place], column, connection)
        return values


class Written[Row = Any]:
    """A question whose statement is written once: `make` gives its queryset.

    It takes by place what decides how the statement reads (a person: what they may see), and by name a Hole for each
    value. A call takes the same with the values themselves, and gives the rows.
    """

    def __init__(self, make: Callable[..., Any], **holes: Field[Any, Any]) -> None:
        self.make, self.known = make, dict[tuple[Any, ...], Statement | None]()
        self.holes = {name: Hole(name, field) for name, field in holes.items()}

    def __call__(self, *shape: Any, **values: Any) -> list[Row]:
        key = tuple(_key(one) for one in shape)
        if key not in self.known:
            if len(self.known) >= REMEMBERED:
                self.known.clear()
            self.known[key] = self._write(shape)
        statement = self.known[key]
        return statement.rows(values) if statement else []

    def first(self, *shape: Any, **values: Any) -> Row | None:
        """The first row, or None."""
        return next(iter(self(*shape, **values)), None)

    def _write(self, shape: tuple[Any, ...]) -> Statement | None:
        """None where nothing can be found, as for somebody who may not see any."""
        rows = self.make(*shape, **self.holes)
        compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:
            return None
        columns = [column for column, *_ in compiler.select[: compiler.col_count]]
        converters = compiler.get_converters(columns).items()
        flat = [(place, convert, column) for place, (converts, column) in converters for convert in converts]
        # a union begins with a bracket, and the history of fields takes only what begins with SELECT for reading
        sql = sql if sql.startswith("SELECT") else f"SELECT * FROM ({sql}) AS one"  # noqa: S608 - a compiled query
        return Statement(*planned(sql, params), flat, _reader(rows, compiler))


def _key(one: Any) -> Any:
    return (one.pk, one.is_active, one.groups_today) if isinstance(one, User) else one


def _reader(rows: QuerySet[Any, Any], compiler: Any) -> Reader:
    """What makes a record of a row where the queryset has records, else a dictionary."""
    if rows._iterable_class is ModelIterable:
        return _records(compiler)
    query: Any = rows.query
    names = list(query.selected or [*query.extra_select, *query.values_select, *query.annotation_select])
    return lambda row: dict(zip(names, row, strict=True))


def _records(compiler: Any) -> Reader:
    """As Django's own iterator of records: with their annotations, and what `select_related` joins."""
    info, select = compiler.klass_info, compiler.select
    first, end = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column.target.attname for column, *_ in select[first:end]]
    joined = get_related_populators(info, select, DEFAULT_DB_ALIAS, FETCH_ONE)
    more = list((compiler.annotation_col_map or {}).items())

    def read(row: Values) -> Any:
        record = info["model"].from_db(DEFAULT_DB_ALIAS, names, row[first:end])
        for one in joined:
            one.populate(row, record)
        for name, place in more:
            setattr(record, name, row[place])
        return record

    return read
