"""What Salesforce refuses to write: fields that are not there or not ours, values that do not fit, broken rules."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from fleetcs.local.standins.salesforce.objects import Field, Shape
from fleetcs.local.standins.salesforce.records import Record, Records, full, stamp
from fleetcs.local.standins.salesforce.refusals import Refused

MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
Rule = dict[str, Any]


def fitting(records: Records, shape: Shape, values: Record) -> Record:
    """The values as they are kept, by the fields' own names. Refused by the first that does not fit."""
    given = {name: value for name, value in values.items() if name.lower() not in {"attributes", "id"}}
    fields = {name: _writable(shape, name) for name in given}
    return {field.name: _fitting(records, field, given[name]) for name, field in fields.items()}


def complete(shape: Shape, row: Record) -> None:
    """Refused unless every required field has a value."""
    required = [field.name for field in shape.fields.values() if "required" in field.words]
    missing = tuple(name for name in required if row.get(name) is None)
    if missing:
        raise Refused("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", missing)


def unique(records: Records, shape: Shape, id: str, values: Record) -> None:
    """Refused when another record has the same external id."""
    for name in values:
        field = shape.named(name)
        if field and "external" in field.words and values[name] is not None:
            others = [row["Id"] for row in records.with_key(shape.name, name, values[name]) if row["Id"] != id]
            if others:
                told = f"duplicate value found: {name} duplicates value on record with id: {others[0]}"
                raise Refused("DUPLICATE_VALUE", told, ())


def obeying(records: Records, rules: list[Rule], shape: Shape, row: Record, allow: bool, base: str) -> None:
    """Refused by a validation rule or a duplicate rule of the company; `allow` saves beside a duplicate."""
    for rule in rules:
        if rule["object"] != shape.name:
            continue
        if rule["rule"] == "validation" and (row.get(rule["field"]) or 0) > rule["above"]:
            raise Refused("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule["message"], (rule["field"],))
        if rule["rule"] == "duplicate" and not (allow and rule.get("allow_save")):
            _no_twin(records, rule, row, base)


def _no_twin(records: Records, rule: Rule, row: Record, base: str) -> None:
    value = str(row.get(rule["field"]) or "").lower()
    others = records.rows[rule["object"]].values()
    twins = [
        each for each in others if value and not each["IsDeleted"] and str(each.get(rule["field"])).lower() == value
    ]
    found = [each for each in twins if each["Id"] != row["Id"]]
    if found:
        raise Refused("DUPLICATES_DETECTED", duplicateResut=_matches(rule, found, base))


def _matches(rule: Rule, found: list[Record], base: str) -> dict[str, Any]:
    """In the spelling of the real interface: "duplicateResut" it is."""
    object = rule["object"]
    match = {
        "entityType": object,
        "errors": [],
        "matchEngine": "ExactMatchEngine",
        "matchRecords": [_match(object, each["Id"], base) for each in found],
        "rule": f"Same_{rule['field']}",
        "size": len(found),
        "success": True,
    }
    return {
        "allowSave": bool(rule.get("allow_save")),
        "duplicateRule": f"Same_{rule['field']}",
        "duplicateRuleEntityType": object,
        "errorMessage": "Use one of these records?",
        "matchResults": [match],
    }


def _match(object: str, id: str, base: str) -> dict[str, Any]:
    record = {"attributes": {"type": object, "url": f"{base}sobjects/{object}/{id}"}, "Id": id}
    return {"additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0, "record": record}


def _writable(shape: Shape, name: str) -> Field:
    field = shape.named(name)
    if field is None:
        raise Refused("INVALID_FIELD", f"No such column '{name}' on sobject of type {shape.name}")
    if not field.writable:
        told = (
            f"Unable to create/update fields: {field.name}. Please check the security settings of this field and "
            "verify that it is read/write for your profile or permission set."
        )
        raise Refused("INVALID_FIELD_FOR_INSERT_UPDATE", told, (field.name,))
    return field


def _fitting(records: Records, field: Field, value: Any) -> Any:
    if value is None or value == "":
        return False if field.type == "boolean" else None
    try:
        keep: Callable[[Any], Any] = KEPT.get(field.type, _text)
        kept = keep(value)
    except (ValueError, TypeError):
        told = f"Cannot deserialize instance of {field.type} from value {value!r}"
        raise Refused("JSON_PARSER_ERROR", told) from None
    if isinstance(kept, str):
        _fits(records, field, kept)
    return kept


def _fits(records: Records, field: Field, value: str) -> None:
    if field.length and len(value) > field.length and field.type != "reference":
        told = f"{field.label}: data value too large: {value} (max length={field.length})"
        raise Refused("STRING_TOO_LONG", told, (field.name,))
    if "restricted" in field.words and dict(field.choices).get(value) is not True:
        told = f"{field.label}: bad value for restricted picklist field: {value}"
        raise Refused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", told, (field.name,))
    if field.type == "email" and not MAIL.fullmatch(value):
        raise Refused("INVALID_EMAIL_ADDRESS", f"{field.label}: invalid email address: {value}", (field.name,))
    if field.type == "reference" and not _is_there(records, field, value):
        raise Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", (field.name,))


def _is_there(records: Records, field: Field, id: str) -> bool:
    object = records.object_of(id)
    row = records.find(object, id) if object in field.references else None
    return row is not None and not row["IsDeleted"]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _reference(value: Any) -> str:
    return full(_text(value))


def _number(value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return value


def _day(value: Any) -> str:
    return date.fromisoformat(_text(value)[:10]).isoformat()


def _moment(value: Any) -> str:
    return stamp(datetime.fromisoformat(_text(value)))


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


KEPT: dict[str, Callable[[Any], Any]] = {
    "boolean": _truth,
    "int": lambda value: int(_number(value)),
    "double": lambda value: float(_number(value)),
    "currency": lambda value: float(_number(value)),
    "percent": lambda value: float(_number(value)),
    "date": _day,
    "datetime": _moment,
    "reference": _reference,
}
