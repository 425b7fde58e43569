"""New rows, stored by a statement that is written once a process: writing it anew costs more than storing them."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection, models

type Fields = tuple[models.Field[Any, Any], ...]


def store[Row: models.Model](row: Row) -> Row:
    """Insert a new row. What the database makes of it by itself (generated columns) is read when it is asked for."""
    model = type(row)
    with connection.cursor() as cursor:
        cursor.execute(_insert(model), values_of(row))
        row.pk = cursor.fetchone()[0]
    stored(row)
    return row


def stored(row: models.Model) -> None:
    """It is a row of the database now."""
    row._state.adding, row._state.db = False, connection.alias


def values_of(row: models.Model) -> list[Any]:
    """What the columns of `fields_of` get: of related rows the keys that they have by now."""
    row._prepare_related_fields_for_save(operation_name="save")  # type: ignore[attr-defined]
    return [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields_of(type(row))]


@cache
def fields_of(model: type[models.Model]) -> Fields:
    """The fields that a new row brings along: all but its key and what the database generates."""
    return tuple(one for one in model._meta.concrete_fields if not one.primary_key and not one.generated)


@cache
def _insert(model: type[models.Model]) -> str:
    return f'INSERT INTO "{model._meta.db_table}" {columns_of(model)} VALUES {marks_of(model)} RETURNING "id"'  # noqa: S608 - our own tables


@cache
def columns_of(model: type[models.Model]) -> str:
    return "({})".format(", ".join(f'"{field.column}"' for field in fields_of(model)))


@cache
def marks_of(model: type[models.Model]) -> str:
    return "({})".format(", ".join(["%s"] * len(fields_of(model))))


def placed(rows: Sequence[models.Model]) -> list[Any]:
    """The values of several rows of one model, one after the other."""
    return [value for row in rows for value in values_of(row)]
