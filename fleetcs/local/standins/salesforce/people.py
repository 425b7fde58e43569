"""What people and administrators do in Salesforce itself, beside the interface: each act by its word.

`edit`, `load`, `delete`, `undelete`, `purge`, `merge`, `convert` change records; `at` back-dates them (a row committed
late). `shape`, `rule`, `no_rules`, `app` set the company up; `expire`, `quota`, `script`, `lock`, `job_fails` are of
this run only.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fleetcs.local.standins.salesforce.asked import Org
from fleetcs.local.standins.salesforce.objects import Shape
from fleetcs.local.standins.salesforce.records import PERSON, Record, full, stamp
from fleetcs.local.standins.salesforce.refusals import Refused
from fleetcs.local.standins.salesforce.writing import Writer
from fleetcs.local.standins.wire import Fact

Given = dict[str, Any]
Told = tuple[tuple[Fact, ...], Any]


def act(org: Org, given: Given, now: datetime) -> Told:
    """Do it; what it made true, and what there is to tell. Refused as the product is; ValueError for no such act."""
    one = ACTS.get(str(given.get("act")))
    if one is None:
        raise ValueError(f"no such act: {given.get('act')}")
    return one(org, given, now)


def _writer(org: Org, given: Given, now: datetime) -> Writer:
    at = datetime.fromisoformat(given["at"]) if given.get("at") else now
    return Writer(org.records, str(given.get("by") or PERSON), at, org.rules)


def _shape(org: Org, given: Given) -> Shape:
    shape = org.records.shape(str(given.get("object")))
    if shape is None:
        raise Refused("INVALID_TYPE", f"no such object: {given.get('object')}")
    return shape


def _edit(org: Org, given: Given, now: datetime) -> Told:
    writer, shape = _writer(org, given, now), _shape(org, given)
    writer.change(shape, given["id"], given["set"])
    return tuple(writer.facts), {"id": full(given["id"])}


def _load(org: Org, given: Given, now: datetime) -> Told:
    """Many records as they are, unchecked; system fields may be given. Their ids in order."""
    object, at = _shape(org, given).name, given.get("at") or now.isoformat()
    when = stamp(datetime.fromisoformat(at))
    made = {"CreatedDate": when, "LastModifiedDate": when, "SystemModstamp": when}
    by = {"CreatedById": PERSON, "LastModifiedById": PERSON, "OwnerId": PERSON}
    facts = [_loaded(org, object, {**made, **by, **row}) for row in given["rows"]]
    return tuple(facts), [fact["id"] for fact in facts]


def _loaded(org: Org, object: str, row: Record) -> Fact:
    id = full(row.pop("Id", "") or org.records.next_id(object))
    fact: Fact = {"kind": "salesforce.row", "object": object, "id": id, "set": row}
    org.records.apply(fact)
    return fact


def _delete(org: Org, given: Given, now: datetime) -> Told:
    writer = _writer(org, given, now)
    writer.remove(_shape(org, given), given["id"])
    return tuple(writer.facts), {}


def _undelete(org: Org, given: Given, now: datetime) -> Told:
    writer = _writer(org, given, now)
    writer.restore(_shape(org, given), given["id"])
    return tuple(writer.facts), {}


def _purge(org: Org, given: Given, now: datetime) -> Told:
    """Gone without a trace: a hard delete, or an emptied bin whose log is gone too."""
    return ({"kind": "salesforce.purged", "object": _shape(org, given).name, "id": full(given["id"])},), {}


def _merge(org: Org, given: Given, now: datetime) -> Told:
    writer = _writer(org, given, now)
    writer.merge(_shape(org, given), given["master"], given["losers"])
    return tuple(writer.facts), {}


def _convert(org: Org, given: Given, now: datetime) -> Told:
    writer = _writer(org, given, now)
    ids = writer.convert(given["id"], str(given.get("opportunity") or "First deal"), given.get("account"))
    return tuple(writer.facts), ids


def _reshape(org: Org, given: Given, now: datetime) -> Told:
    """Fields come (lines of objects.py), go (`without`), or change their choices ({field: {value: in use}})."""
    fact: Given = {key: given[key] for key in ("fields", "without", "choices") if key in given}
    return ({"kind": "salesforce.shape", "object": _shape(org, given).name, **fact},), {}


def _rule(org: Org, given: Given, now: datetime) -> Told:
    """{"rule": "validation", object, field, above, message} or {"rule": "duplicate", object, field, allow_save}."""
    kept = {key: value for key, value in given.items() if key != "act"}
    return ({"kind": "salesforce.rule", **kept},), {}


def _no_rules(org: Org, given: Given, now: datetime) -> Told:
    return ({"kind": "salesforce.no_rules"},), {}


def _app(org: Org, given: Given, now: datetime) -> Told:
    """A connected app: {client_id, public_key, secret, password}."""
    kept = {key: given[key] for key in ("client_id", "public_key", "secret", "password") if given.get(key)}
    return ({"kind": "salesforce.app", **kept},), {}


def _expire(org: Org, given: Given, now: datetime) -> Told:
    """Every session ends, now or after so many calls."""
    org.expires_after = int(given.get("after") or 0)
    return (), {}


def _quota(org: Org, given: Given, now: datetime) -> Told:
    """Calls used and allowed, and how many of the next find too many others running (`crowded`)."""
    org.used, org.limit = int(given.get("used", org.used)), int(given.get("limit", org.limit))
    org.crowded = int(given.get("crowded", 0))
    return (), {"used": org.used, "limit": org.limit}


def _script(org: Org, given: Given, now: datetime) -> Told:
    org.script.rows = [str(word) for word in given["rows"]]
    return (), {}


def _lock(org: Org, given: Given, now: datetime) -> Told:
    org.script.locks[full(given["id"])] = int(given.get("times") or 1)
    return (), {}


def _job_fails(org: Org, given: Given, now: datetime) -> Told:
    org.job_fails_with = str(given.get("message") or "")
    return (), {}


ACTS: dict[str, Callable[[Org, Given, datetime], Told]] = {
    "edit": _edit,
    "load": _load,
    "delete": _delete,
    "undelete": _undelete,
    "purge": _purge,
    "merge": _merge,
    "convert": _convert,
    "shape": _reshape,
    "rule": _rule,
    "no_rules": _no_rules,
    "app": _app,
    "expire": _expire,
    "quota": _quota,
    "script": _script,
    "lock": _lock,
    "job_fails": _job_fails,
}
