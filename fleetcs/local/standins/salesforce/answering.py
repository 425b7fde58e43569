"""Questions answered from the records: which fit, in which order, showing what."""

import re
from collections.abc import Callable
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from fleetcs.local.standins.salesforce.objects import Field, Shape
from fleetcs.local.standins.salesforce.records import Record, Records, full
from fleetcs.local.standins.salesforce.refusals import Refused
from fleetcs.local.standins.salesforce.soql import Compared, Condition, Moment, Query, like, parse

SIGNS: dict[str, Callable[[Any, Any], bool]] = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
LITERALS: dict[str, type] = {
    "datetime": Moment,
    "boolean": bool,
    "int": float,
    "double": float,
    "currency": float,
    "percent": float,
}
Test = Callable[[Record], bool]
Found = tuple[Query, Shape, list[Record]]
Path = tuple[Shape, list[tuple[Field, Shape]], Field]  # where it starts, the steps to parents, the field at its end


def found(records: Records, text: str, *, deleted: bool) -> Found:
    """The records that a question asks for, in its order."""
    try:
        return _found(records, parse(text), deleted)
    except Refused as refusal:
        raise _pointed_at(refusal, text) from None


def _found(records: Records, query: Query, deleted: bool) -> Found:
    shape = records.shape(query.object)
    if shape is None:
        raise Refused("INVALID_TYPE", f"sObject type '{query.object}' is not supported.", status=400)
    for name in query.fields:
        path(records, shape, name)
    fits = _test(records, shape, query.where) if query.where else lambda row: True
    rows = [row for row in list(records.rows[shape.name].values()) if (deleted or _is_plain(row)) and fits(row)]
    _sort(records, shape, query, rows)
    last = None if query.limit is None else query.offset + query.limit
    return query, shape, rows[query.offset : last]


def _is_plain(row: Record) -> bool:
    """Whether a plain question finds it: neither in the bin nor, as old activities are, in the archive."""
    return not row["IsDeleted"] and not row.get("IsArchived")


def _pointed_at(refusal: Refused, text: str) -> Refused:
    """The refusal with the place of the name that it is about, as Salesforce points at it."""
    name = re.search(r"'([^']+)'", refusal.message)
    column = text.find(name[1]) + 1 if name else 0
    if not column:
        return refusal
    place = f"\n{text}\n{'^':>{column}}\nERROR at Row:1:Column:{column}\n"
    return Refused(refusal.code, place + refusal.message, status=refusal.status)


def path(records: Records, shape: Shape, name: str) -> Path:
    """The way from an object to a field, through parents: `Account.Owner.Name`. Refused with INVALID_FIELD."""
    *parents, last = name.split(".")
    steps, here = [], shape
    for parent in parents:
        step = _step(records, here, parent)
        steps.append(step)
        here = step[1]
    field = here.named(last)
    if field is None:
        raise no_such(last, here.name)
    return shape, steps, field


def no_such(name: str, object: str) -> Refused:
    """The error for a field that does not exist, or is hidden from us."""
    return Refused(
        "INVALID_FIELD",
        f"No such column '{name}' on entity '{object}'. If you are attempting to use a custom field, be sure to append "
        "the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate "
        "names.",
    )


def at(records: Records, row: Record, way: Path) -> Any:
    """The value at the end of a way; None where a parent is missing."""
    shape, steps, field = way
    for reference, parent in steps:
        above = records.find(parent.name, str(records.value(shape.name, row, reference) or ""))
        if above is None:
            return None
        shape, row = parent, above
    return records.value(shape.name, row, field)


def shown(records: Records, query: Query, shape: Shape, row: Record, base: str) -> dict[str, Any]:
    """One record as REST shows it; parents are records within it."""
    result: dict[str, Any] = {"attributes": attributes(shape.name, row["Id"], base)}
    for name in query.fields:
        _put(records, result, path(records, shape, name), row, base)
    return result


def attributes(object: str, id: str, base: str) -> dict[str, str]:
    """What a record says of itself."""
    return {"type": object, "url": f"{base}sobjects/{object}/{id}"}


def _put(records: Records, into: dict[str, Any], way: Path, row: Record, base: str) -> None:
    shape, steps, field = way
    if not steps:
        into[field.name] = records.value(shape.name, row, field)
        return
    (reference, parent), *further = steps
    name = str(reference.relationship)
    above = records.find(parent.name, str(row.get(reference.name) or ""))
    if above is None:
        into[name] = None
        return
    inside = into.setdefault(name, {"attributes": attributes(parent.name, above["Id"], base)})
    _put(records, inside, (parent, further, field), above, base)


def _step(records: Records, shape: Shape, name: str) -> tuple[Field, Shape]:
    for field in shape.fields.values():
        if field.relationship and field.relationship.lower() == name.lower():
            parent = records.shape(field.references[0])
            if parent:
                return field, parent
    raise Refused("INVALID_FIELD", f"Didn't understand relationship '{name}' in field path.")


def _test(records: Records, shape: Shape, condition: Condition) -> Test:
    if isinstance(condition, Compared):
        return _comparison(records, shape, condition)
    parts = [_test(records, shape, part) for part in condition.parts]
    if condition.word == "not":
        return lambda row: not parts[0](row)
    joined = all if condition.word == "and" else any
    return lambda row: joined(part(row) for part in parts)


def _comparison(records: Records, shape: Shape, condition: Compared) -> Test:
    way = path(records, shape, condition.field)
    field, sign = way[2], condition.sign
    if not field.askable:
        raise Refused("INVALID_FIELD", f"field '{field.name}' can not be filtered in a query call")
    if sign == "like":
        fits = like(condition.value)
        return lambda row: fits(str(at(records, row, way) or ""))
    if sign in {"in", "not in"}:
        wanted = {_literal(field, value) for value in condition.value}
        return lambda row: (_comparable(field, at(records, row, way)) in wanted) == (sign == "in")
    value, compare = _literal(field, condition.value), SIGNS[sign]
    if sign in {"=", "!="}:
        return lambda row: compare(_comparable(field, at(records, row, way)), value)
    return lambda row: _ordered(compare, _comparable(field, at(records, row, way)), value)


def _ordered(compare: Callable[[Any, Any], bool], one: Any, other: Any) -> bool:
    return one is not None and other is not None and compare(one, other)


def _literal(field: Field, value: Any) -> Any:
    """A value written in the question; one of the wrong kind is refused, as a quoted moment is."""
    kind = LITERALS.get(field.type, str)
    if value is not None and not isinstance(value, kind):
        told = f"value of filter criterion for field '{field.name}' must be of type {field.type}"
        raise Refused("INVALID_FIELD", told)
    return _comparable(field, value.text if isinstance(value, Moment) else value)


def _comparable(field: Field, value: Any) -> Any:
    """Texts without their case, ids in their long form."""
    if value is None:
        return None
    if field.type in {"id", "reference"}:
        return full(str(value))
    return value.lower() if isinstance(value, str) and field.type not in {"date", "datetime"} else value


def _sort(records: Records, shape: Shape, query: Query, rows: list[Record]) -> None:
    rows.sort(key=lambda row: str(row["Id"]))
    for order in reversed(query.order):
        way = path(records, shape, order.field)
        if not way[2].askable:
            raise Refused("INVALID_FIELD", f"field '{order.field}' can not be sorted in a query call")
        key = _key(records, way)
        _sort_by(rows, key, order.descending, order.nulls_last)


def _key(records: Records, way: Path) -> Callable[[Record], Any]:
    return lambda row: _comparable(way[2], at(records, row, way))


def _sort_by(rows: list[Record], key: Callable[[Record], Any], descending: bool, nulls_last: bool) -> None:
    """By one key, stable; empty ones first unless asked otherwise."""
    empty, filled = [row for row in rows if key(row) is None], [row for row in rows if key(row) is not None]
    filled.sort(key=key, reverse=descending)
    rows[:] = [*filled, *empty] if nulls_last else [*empty, *filled]
