"""Questions that every delivery asks: their SQL is written once a process, since writing it costs more than asking."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.query import get_related_populators


class Hole(Expression):
    """A value that is not known yet when a statement is written; it is filled in by its name."""

    def __init__(self, name: str, output_field: Any) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


class Written(NamedTuple):
    """One statement, and how a row of its answer becomes a record with its related ones."""

    sql: str
    params: tuple[Any, ...]
    compiler: Any
    converters: dict[int, Any]
    columns: tuple[list[str], int, int]
    related: list[Any]


class Asked[Row: Model]:
    """A queryset with holes in place of what differs from one time to the next; none of them is ever NULL.

    It is written with the ORM, `select_related` and locks included; no annotations come with its rows.
    """

    def __init__(self, rows: Callable[..., QuerySet[Row]], **holes: "Field[Any, Any]") -> None:
        self.rows, self.holes = rows, holes

    def __call__(self, **given: Any) -> list[Row]:
        """The rows for these values."""
        known = {name: self.holes[name].get_db_prep_value(value, connection) for name, value in given.items()}
        params = [known[one.name] if isinstance(one, Hole) else one for one in self._written.params]
        with connection.cursor() as cursor:
            cursor.execute(self._written.sql, params)
            found = cursor.fetchall()
        return list(self._records(found))

    def first(self, **given: Any) -> Row | None:
        return next(iter(self(**given)), None)

    @cached_property
    def _written(self) -> Written:
        rows = self.rows(**{name: Hole(name, kind) for name, kind in self.holes.items()})
        compiler: Any = rows.query.get_compiler(rows.db)
        sql, params = compiler.as_sql()
        told = compiler.klass_info
        first, last = told["select_fields"][0], told["select_fields"][-1] + 1
        names = [column[0].target.attname for column in compiler.select[first:last]]
        related = get_related_populators(told, compiler.select, rows.db, rows._fetch_mode)  # type: ignore[attr-defined]
        converters = compiler.get_converters([column[0] for column in compiler.select])
        return Written(sql, tuple(params), compiler, converters, (names, first, last), related)

    def _records(self, found: list[Any]) -> Iterator[Row]:
        told = self._written
        names, first, last = told.columns
        for values in told.compiler.apply_converters(found, told.converters):
            one = told.compiler.query.model.from_db(connection.alias, names, values[first:last])
            for populator in told.related:
                populator.populate(values, one)
            yield one
