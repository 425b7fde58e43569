"""Addresses of single records and of collections: read, create, change, upsert, delete."""

from collections.abc import Callable
from typing import Any

from fleetcs.local.standins.salesforce import describe
from fleetcs.local.standins.salesforce.asked import Asked, etag
from fleetcs.local.standins.salesforce.objects import Shape
from fleetcs.local.standins.salesforce.records import Record
from fleetcs.local.standins.salesforce.refusals import Refused
from fleetcs.local.standins.salesforce.writing import Writer
from fleetcs.local.standins.wire import Answer, answer

COLLECTION = 200
TELLS_CREATED = 46.0  # from this version on an upsert says which record it was and whether it is new


def everything(asked: Asked) -> Answer:
    return answer(describe.everything(list(asked.org.records.shapes.values()), asked.base))


def described(asked: Asked) -> Answer:
    return answer(describe.one(asked.shape(), asked.org.records.shapes.values(), asked.base))


def brief(asked: Asked) -> Answer:
    return answer(describe.brief(asked.shape(), asked.base, []))


def create(asked: Asked) -> Answer:
    writer, shape = asked.writer(), asked.shape()
    id = writer.create(shape, asked.record())
    place = f"{asked.base}sobjects/{shape.name}/{id}"
    return answer({"id": id, "success": True, "errors": []}, 201, tuple(writer.facts), location=place)


def read(asked: Asked) -> Answer:
    return _read(asked, _known(asked))


def read_by_key(asked: Asked) -> Answer:
    found = _keyed(asked)
    return _several(asked, found) if len(found) > 1 else _read(asked, found[0] if found else None)


def change(asked: Asked) -> Answer:
    writer, shape = asked.writer(), asked.shape()
    row = writer.living(shape, asked.place["id"])
    asked.check_preconditions(shape, row)
    writer.change(shape, row["Id"], asked.record())
    return Answer(204, facts=tuple(writer.facts))


def remove(asked: Asked) -> Answer:
    writer = asked.writer()
    writer.remove(asked.shape(), asked.place["id"])
    return Answer(204, facts=tuple(writer.facts))


def upsert(asked: Asked) -> Answer:
    """201 with the new id, 200 with the old one (204 in old versions), 300 when several records carry the key."""
    found, values, writer = _keyed(asked), asked.record(), asked.writer()
    if len(found) > 1:
        return _several(asked, found)
    key = asked.place["field"]
    if key.lower() in {name.lower() for name in values}:
        raise Refused("INVALID_FIELD", f"The {key} field should not be specified in the sobject data.")
    if found:
        asked.check_preconditions(asked.shape(), found[0])
    id, created = _put(writer, asked.shape(), found, {**values, **({} if found else {key: asked.place["value"]})})
    facts = tuple(writer.facts)
    if asked.version < TELLS_CREATED and not created:
        return Answer(204, facts=facts)
    told = {"created": created} if asked.version >= TELLS_CREATED else {}
    return answer({"id": id, "success": True, "errors": [], **told}, 201 if created else 200, facts)


def upsert_many(asked: Asked) -> Answer:
    _key(asked)
    return _many(asked, _upsert_one)


def create_many(asked: Asked) -> Answer:
    return _many(asked, lambda asked, writer, row: {"id": writer.create(_shape_of(asked, row), row)})


def change_many(asked: Asked) -> Answer:
    return _many(asked, _change_one)


def _many(asked: Asked, one: Callable[[Asked, Writer, Record], dict[str, Any]]) -> Answer:
    """Each row for itself: the others are kept when one is refused."""
    body = asked.record()
    rows = body.get("records")
    if not isinstance(rows, list):
        raise Refused("MISSING_ARGUMENT", "records must be specified")
    if len(rows) > COLLECTION:
        told = f"record limit reached. cannot submit more than {COLLECTION} records in this call"
        raise Refused("EXCEEDED_ID_LIMIT", told)
    if body.get("allOrNone"):
        raise Refused("INVALID_ARGUMENT", "the stand-in writes each row for itself")
    writer = asked.writer()
    results = [_result(asked, writer, row, one) for row in rows]
    return answer(results, facts=tuple(writer.facts))


def _result(
    asked: Asked, writer: Writer, row: Record, one: Callable[[Asked, Writer, Record], dict[str, Any]]
) -> dict[str, Any]:
    try:
        return {"success": True, "errors": [], **one(asked, writer, row)}
    except Refused as refusal:
        return refusal.in_collection()


def _upsert_one(asked: Asked, writer: Writer, row: Record) -> dict[str, Any]:
    key, shape = asked.place["field"], _shape_of(asked, row)
    if shape is not asked.shape():
        raise Refused("INVALID_TYPE", "the type does not match that in the address", ())
    value = next((each for name, each in row.items() if name.lower() == key.lower()), None)
    if value in (None, ""):
        raise Refused("MISSING_ARGUMENT", f"{key} not specified", ())
    found = asked.org.records.with_key(shape.name, _key(asked), value)
    if len(found) > 1:
        raise Refused("DUPLICATE_EXTERNAL_ID", f"{key}: more than one record found for external id field", (key,))
    id, created = _put(writer, shape, found, row)
    return {"id": id, "created": created}


def _change_one(asked: Asked, writer: Writer, row: Record) -> dict[str, Any]:
    id = str(row.get("id") or row.get("Id") or "")
    writer.change(_shape_of(asked, row), id, row)
    return {"id": id}


def _put(writer: Writer, shape: Shape, found: list[Record], values: Record) -> tuple[str, bool]:
    if not found:
        return writer.create(shape, values), True
    writer.change(shape, found[0]["Id"], values)
    return str(found[0]["Id"]), False


def _shape_of(asked: Asked, row: Any) -> Shape:
    said = row.get("attributes") if isinstance(row, dict) else None
    shape = asked.org.records.shape(str(said.get("type"))) if isinstance(said, dict) else None
    if shape is None:
        raise Refused("INVALID_TYPE", "attributes.type must name an sObject", (), status=400)
    return shape


def _known(asked: Asked) -> Record | None:
    row = asked.org.records.find(asked.shape().name, asked.place["id"])
    return row if row and not row["IsDeleted"] else None


def _read(asked: Asked, row: Record | None) -> Answer:
    if row is None:
        raise Refused("NOT_FOUND")
    shape = asked.shape()
    asked.check_preconditions(shape, row)
    if asked.unchanged(shape, row):
        return Answer(304)
    shown = asked.shown(shape, row)
    return answer(shown, etag=etag(row)) if shape.name == "Account" else answer(shown)


def _several(asked: Asked, found: list[Record]) -> Answer:
    return answer([f"{asked.base}sobjects/{asked.shape().name}/{row['Id']}" for row in found], 300)


def _keyed(asked: Asked) -> list[Record]:
    return asked.org.records.with_key(asked.shape().name, _key(asked), asked.place["value"])


def _key(asked: Asked) -> str:
    field = asked.shape().named(asked.place["field"])
    if field is None or "external" not in field.words:
        told = f"Provided external ID field does not exist or is not accessible: {asked.place['field']}"
        raise Refused("NOT_FOUND", told)
    return field.name
