"""Writes as Salesforce does them: system fields by its own clock, stage history, cascades, merges, conversions."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fleetcs.local.standins.salesforce import checks
from fleetcs.local.standins.salesforce.objects import PROBABILITY, Shape
from fleetcs.local.standins.salesforce.records import Record, Records, full, stamp
from fleetcs.local.standins.salesforce.refusals import Refused
from fleetcs.local.standins.wire import Fact

HISTORY = ("StageName", "Amount", "Probability", "CloseDate")
GONE_WITH = {
    "Account": (("Contact", "AccountId"), ("Opportunity", "AccountId")),
    "Opportunity": (("OpportunityHistory", "OpportunityId"),),
}
ABOUT = (("Task", "WhatId"), ("Event", "WhatId"))
LINKS = {
    "Account": (("Contact", "AccountId"), ("Opportunity", "AccountId"), ("Account", "ParentId"), *ABOUT),
    "Contact": (("Contact", "ReportsToId"), ("Task", "WhoId"), ("Event", "WhoId")),
    "Lead": (("Task", "WhoId"), ("Event", "WhoId")),
}


@dataclass
class Script:
    """What is to happen to the next written rows: an error word each ("" for none), and locks that last some tries."""

    rows: list[str] = field(default_factory=list)
    locks: dict[str, int] = field(default_factory=dict)

    def check(self, id: str) -> None:
        """Refused when the script says so for this row."""
        word = self.rows.pop(0) if self.rows else ""
        if not word and self.locks.get(id, 0) > 0:
            self.locks[id] -= 1
            word = "UNABLE_TO_LOCK_ROW"
        if word:
            raise Refused(word, fields=())


@dataclass
class Writer:
    """One call's writes, by one user at one moment. Every fact is true at once, so that later rows see earlier ones."""

    records: Records
    by: str
    now: datetime
    rules: list[checks.Rule] = field(default_factory=list)
    script: Script = field(default_factory=Script)
    allow_duplicates: bool = False
    base: str = ""
    facts: list[Fact] = field(default_factory=list)

    def create(self, shape: Shape, values: Record) -> str:
        """A new record; its id."""
        if not shape.writable:
            raise Refused("INVALID_TYPE_FOR_OPERATION", f"entity type {shape.name} does not support create")
        id = self.records.next_id(shape.name)
        self.script.check(id)
        kept = {**self._defaults(shape), **checks.fitting(self.records, shape, values)}
        self._stage(shape, kept, {})
        self._complete(shape, kept, {})
        self._check(shape, id, kept, kept)
        self._keep(shape.name, id, {**kept, **self._made()})
        self._history(shape, id, {}, kept)
        return id

    def change(self, shape: Shape, id: str, values: Record) -> None:
        """Set fields of a record."""
        row = self.living(shape, id)
        self.script.check(row["Id"])
        if row.get("IsConverted"):
            raise Refused("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", ())
        kept, before = checks.fitting(self.records, shape, values), dict(row)
        self._stage(shape, kept, row)
        self._complete(shape, kept, row)
        self._check(shape, row["Id"], {**row, **kept}, kept)
        self._keep(shape.name, row["Id"], {**kept, **self._touched()})
        self._history(shape, row["Id"], before, {**before, **kept})

    def remove(self, shape: Shape, id: str) -> None:
        """Into the recycle bin, with what hangs on it."""
        row = self.living(shape, id)
        self.script.check(row["Id"])
        self._throw_away(shape.name, row["Id"])

    def _throw_away(self, object: str, id: str) -> None:
        self._keep(object, id, {"IsDeleted": True, **self._touched()})
        for other, link in GONE_WITH.get(object, ()):
            for child in self._linked(other, link, id):
                self._throw_away(other, child)

    def restore(self, shape: Shape, id: str) -> None:
        """Out of the recycle bin."""
        self._keep(shape.name, full(id), {"IsDeleted": False, **self._touched()})

    def merge(self, shape: Shape, master: str, losers: list[str]) -> None:
        """The losers go into the bin and name their master, to which everything that hung on them is moved."""
        for id in losers:
            loser = self.living(shape, id)["Id"]
            for object, link in LINKS[shape.name]:
                for child in self._linked(object, link, loser):
                    self._keep(object, child, {link: full(master), **self._touched()})
            self._keep(shape.name, loser, {"IsDeleted": True, "MasterRecordId": full(master), **self._touched()})
        self._keep(shape.name, full(master), self._touched())

    def convert(self, lead: str, opportunity: str, account: str | None) -> dict[str, str]:
        """A lead becomes a contact of an account (a new one unless named) with an opportunity; the new ids."""
        shapes = self.records.shapes
        row = self.living(shapes["lead"], lead)
        company = full(account) if account else self.create(shapes["account"], {"Name": row["Company"]})
        person = {name: row.get(name) for name in ("FirstName", "LastName", "Email", "Title")}
        contact = self.create(shapes["contact"], {**person, "AccountId": company})
        deal = {"Name": opportunity, "AccountId": company, "StageName": "Prospecting"}
        made = self.create(shapes["opportunity"], {**deal, "CloseDate": self.now.date().isoformat()})
        ids = {"ConvertedAccountId": company, "ConvertedContactId": contact, "ConvertedOpportunityId": made}
        became = {"IsConverted": True, "Status": "Qualified", "ConvertedDate": self.now.date().isoformat(), **ids}
        self._keep("Lead", row["Id"], {**became, **self._touched()})
        return ids

    def living(self, shape: Shape, id: str) -> Record:
        """The record, Refused when it is deleted or was never there."""
        row = self.records.find(shape.name, id)
        if row is None:
            raise Refused("NOT_FOUND", "The requested resource does not exist")
        if row["IsDeleted"]:
            raise Refused("ENTITY_IS_DELETED", fields=())
        return row

    def _check(self, shape: Shape, id: str, row: Record, changed: Record) -> None:
        checks.complete(shape, row)
        checks.unique(self.records, shape, id, changed)
        row = {**row, "Id": id}
        checks.obeying(self.records, self.rules, shape, row, self.allow_duplicates, self.base)

    def _defaults(self, shape: Shape) -> Record:
        given = {each.name: each.choices[0][0] for each in shape.fields.values() if "default" in each.words}
        return {**given, **({"OwnerId": self.by} if shape.named("OwnerId") else {})}

    def _stage(self, shape: Shape, kept: Record, before: Record) -> None:
        """A new stage brings its probability along."""
        stage = kept.get("StageName")
        if shape.name == "Opportunity" and stage not in (None, before.get("StageName")) and "Probability" not in kept:
            kept["Probability"] = PROBABILITY.get(stage, before.get("Probability"))

    def _complete(self, shape: Shape, kept: Record, before: Record) -> None:
        """A task that is done has a moment at which it was."""
        if shape.name == "Task" and "Status" in kept and kept["Status"] != before.get("Status"):
            kept["CompletedDateTime"] = stamp(self.now) if kept["Status"] == "Completed" else None

    def _history(self, shape: Shape, id: str, before: Record, after: Record) -> None:
        if shape.name != "Opportunity" or all(before.get(name) == after.get(name) for name in HISTORY):
            return
        amount, probability = after.get("Amount"), after.get("Probability") or 0
        row: Record = {name: after.get(name) for name in HISTORY}
        row |= {"OpportunityId": id, "PrevAmount": before.get("Amount"), "PrevCloseDate": before.get("CloseDate")}
        row["ExpectedRevenue"] = None if amount is None else round(amount * probability / 100, 2)
        made = {name: value for name, value in self._made().items() if not name.startswith("LastModified")}
        self._keep("OpportunityHistory", self.records.next_id("OpportunityHistory"), {**row, **made})

    def _linked(self, object: str, link: str, id: str) -> list[str]:
        rows = self.records.rows[object].values()
        return [row["Id"] for row in rows if row.get(link) == id and not row["IsDeleted"]]

    def _made(self) -> dict[str, Any]:
        return {"CreatedDate": stamp(self.now), "CreatedById": self.by, **self._touched()}

    def _touched(self) -> dict[str, Any]:
        at = stamp(self.now)
        return {"LastModifiedDate": at, "LastModifiedById": self.by, "SystemModstamp": at}

    def _keep(self, object: str, id: str, values: Record) -> None:
        fact: Fact = {"kind": "salesforce.row", "object": object, "id": id, "set": values}
        self.records.apply(fact)
        self.facts.append(fact)
