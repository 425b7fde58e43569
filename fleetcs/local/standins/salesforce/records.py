"""The records, made from facts; ids and moments as Salesforce writes them; what it works out when asked."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import batched
from typing import Any

from fleetcs.local.standins.salesforce.objects import PREFIXES, Field, Shape, field_of, shapes
from fleetcs.local.standins.wire import Fact

Record = dict[str, Any]
POD = "Lf0000"
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)


def stamp(at: datetime) -> str:
    """A moment as REST writes it; Salesforce keeps whole seconds."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000+0000"


def numbered(prefix: str, number: int) -> str:
    """The id of 18 characters with that number: 15 and three that guard their case."""
    digits = ""
    for _ in range(15 - len(prefix) - len(POD)):
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return guarded(prefix + POD + digits)


def guarded(id15: str) -> str:
    """The 18 characters for an id of 15."""
    fives = (
        sum(1 << place for place, sign in enumerate(five) if sign.isupper()) for five in batched(id15, 5, strict=True)
    )
    return id15 + "".join(CHECK[five] for five in fives)


def full(id: str) -> str:
    """An id in its long form, whichever was given."""
    return guarded(id) if len(id) == 15 else id


INTEGRATION, PERSON = numbered("005", 1), numbered("005", 2)
INTEGRATION_NAME = "integration@lanternfish.example"


class Records:
    """Every record by object and id, deleted ones included until they are purged; what is unique has an index."""

    def __init__(self) -> None:
        self.shapes = shapes()
        self.rows: dict[str, dict[str, Record]] = {name: {} for name in PREFIXES}
        self.keys: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        self.children: dict[str, set[str]] = defaultdict(set)  # opportunities by their account
        self.last: dict[str, int] = defaultdict(int)
        self._add_people()

    def apply(self, fact: Fact) -> None:
        """Let a fact be true, however often it is told."""
        kind = fact["kind"]
        if kind == "salesforce.row":
            self._set(fact["object"], fact["id"], fact["set"])
        if kind == "salesforce.purged":
            self._purge(fact["object"], fact["id"])
        if kind == "salesforce.shape":
            self._reshape(self.shapes[fact["object"].lower()], fact)

    def next_id(self, object: str) -> str:
        return numbered(PREFIXES[object], self.last[object] + 1)

    def find(self, object: str, id: str) -> Record | None:
        """A record, deleted or not, by its id in either form."""
        return self.rows[object].get(full(id))

    def with_key(self, object: str, field: str, value: object) -> list[Record]:
        """The living records that carry an external id."""
        found = self.keys.get((object, field, str(value).lower()), set())
        return [row for row in (self.rows[object][id] for id in sorted(found)) if not row["IsDeleted"]]

    def shape(self, object: str) -> Shape | None:
        return self.shapes.get(object.lower())

    def object_of(self, id: str) -> str | None:
        """The object whose records begin like this id."""
        return next((name for name, prefix in PREFIXES.items() if id.startswith(prefix)), None)

    def value(self, object: str, row: Record, field: Field) -> Any:
        """What a field shows."""
        if "formula" in field.words and field.name in FORMULAS:
            return FORMULAS[field.name](self, row)
        return row.get(field.name, False if field.type == "boolean" else None)

    def opportunities(self, account: str) -> Iterator[Record]:
        rows = self.rows["Opportunity"]
        return (rows[id] for id in self.children[account] if id in rows and not rows[id]["IsDeleted"])

    def _set(self, object: str, id: str, values: Record) -> None:
        known = self.rows[object].setdefault(id, {"Id": id, "IsDeleted": False})
        for field in self._unique(object) & set(values):
            self.keys[object, field, str(known.get(field)).lower()].discard(id)
            if values[field] is not None:
                self.keys[object, field, str(values[field]).lower()].add(id)
        if object == "Opportunity" and "AccountId" in values:
            self.children[str(known.get("AccountId"))].discard(id)
            self.children[str(values["AccountId"])].add(id)
        known.update(values)
        self.last[object] = max(self.last[object], _number(id))

    def _unique(self, object: str) -> set[str]:
        return {field.name for field in self.shapes[object.lower()].fields.values() if "external" in field.words}

    def _purge(self, object: str, id: str) -> None:
        row = self.rows[object].pop(id, {})
        for field in self._unique(object) & set(row):
            self.keys[object, field, str(row[field]).lower()].discard(id)

    def _reshape(self, shape: Shape, fact: Fact) -> None:
        for line in fact.get("fields", ()):
            shape.keep(field_of(line))
        for name in fact.get("without", ()):
            shape.fields.pop(name.lower(), None)
        for name, values in fact.get("choices", {}).items():
            shape.choose(name, values)

    def _add_people(self) -> None:
        made = {
            "CreatedDate": stamp(FIRST_DAY),
            "LastModifiedDate": stamp(FIRST_DAY),
            "SystemModstamp": stamp(FIRST_DAY),
        }
        by = {"CreatedById": PERSON, "LastModifiedById": PERSON, "IsActive": True}
        people = {
            INTEGRATION: {"Username": INTEGRATION_NAME, "LastName": "Integration"},
            PERSON: {"Username": "sales@lanternfish.example", "FirstName": "Sales", "LastName": "Person"},
        }
        for id, person in people.items():
            self._set("User", id, {**made, **by, **person, "Email": person["Username"]})


def _number(id: str) -> int:
    number = 0
    for sign in id[3 + len(POD) : 15]:
        number = number * 62 + BASE62.index(sign)
    return number


def _name(records: Records, row: Record) -> str:
    return " ".join(part for part in (row.get("FirstName"), row.get("LastName")) if part)


def _won(records: Records, row: Record) -> list[Record]:
    return [each for each in records.opportunities(row["Id"]) if each.get("StageName") == "Closed Won"]


def _first(dates: Iterable[str | None]) -> str | None:
    return min((date for date in dates if date), default=None)


def _expected(records: Records, row: Record) -> float | None:
    amount = row.get("Amount")
    return None if amount is None else round(amount * (row.get("Probability") or 0) / 100, 2)


def _is_closed(records: Records, row: Record) -> bool:
    return row.get("StageName") in {"Closed Won", "Closed Lost"} or row.get("Status") == "Completed"


def _account_of(records: Records, row: Record) -> str | None:
    """The account of an activity: what it is about, else whom."""
    what, who = str(row.get("WhatId") or ""), str(row.get("WhoId") or "")
    if what.startswith(PREFIXES["Account"]):
        return what
    about = records.find("Opportunity", what) or records.find("Contact", who)
    return about.get("AccountId") if about else None


FORMULAS: dict[str, Callable[[Records, Record], Any]] = {
    "Name": _name,
    "AccountId": _account_of,
    "ExpectedRevenue": _expected,
    "IsClosed": _is_closed,
    "IsWon": lambda records, row: row.get("StageName") == "Closed Won",
    "Total_opportunities__c": lambda records, row: float(len(list(records.opportunities(row["Id"])))),
    "Deals_won__c": lambda records, row: float(len(_won(records, row))),
    "First_close_date__c": lambda records, row: _first(each.get("CloseDate") for each in _won(records, row)),
    "Cumulative_revenue__c": lambda records, row: sum(each.get("Amount") or 0.0 for each in _won(records, row)),
}
