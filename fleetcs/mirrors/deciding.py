"""What each record of a page means for us, decided before anything is written: for a dry run and for a real one."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db import connection, models
from django.db.models import F
from django.db.models.functions import Lower

from fleetcs.merging import Clash, Merged, Value, merge, settle
from fleetcs.mirrors.columns import Column, among, columns_of, ids, keys
from fleetcs.mirrors.mapping import Mapped, canonical, mappings
from fleetcs.mirrors.reading import Reading, Told
from fleetcs.mirrors.references import References, Row, is_unknown


@dataclass(slots=True)
class Link:
    """A row of the links as it is read and will be written; a model's instance costs too much for each of a million."""

    mirror_id: int
    salesforce_id: str | None
    record_id: int | None = None
    id: int | None = None
    key: uuid.UUID = field(default_factory=uuid.uuid4)
    base: dict[str, Value] = field(default_factory=dict)
    theirs: dict[str, Value] = field(default_factory=dict)
    sent: dict[str, Value] = field(default_factory=dict)
    awaits: dict[str, Value] = field(default_factory=dict)
    digest: str = ""
    stamp: datetime | None = None
    gone_at: datetime | None = None
    master_id: str = ""
    merged_into_id: int | None = None
    problem: str = ""
    problem_field: str = ""
    rival_id: int | None = None


COLUMNS: Final = tuple(Link.__slots__)


@dataclass(slots=True)
class Decision:
    """One record: its link, the row here (None: not yet), and what merging them gave, or why it cannot be taken."""

    told: Told
    link: Link
    row: Row | None = None
    merged: Merged = field(default_factory=Merged)
    pk: int = 0
    problem: str = ""
    problem_field: str = ""
    rival: int | None = None
    awaits: dict[str, Value] = field(default_factory=dict)
    here: Row = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        return self.row is None

    def leave(self, name: str) -> None:
        """Do not take a value as it is told, if it would be; what was agreed before stays agreed."""
        if name not in self.merged.here:
            return
        del self.merged.here[name]
        self.merged.base.pop(name, None)
        if name in self.link.base:
            self.merged.base[name] = self.link.base[name]

    def hold(self, name: str) -> None:
        """Leave a value that would be taken: a person decides."""
        theirs, ours = self.merged.here[name], canonical((self.row or {}).get(name))
        self.leave(name)
        self.merged.clashes[name] = Clash(self.link.base.get(name), ours, theirs)

    @property
    def is_settled(self) -> bool:
        """Whether nothing follows from it on either side."""
        return not (self.problem or self.merged.here or self.merged.there or self.merged.clashes)

    def to_send(self, writable: Collection[str]) -> dict[str, Value]:
        """The values of ours that Salesforce can learn now: a record that it does not have cannot be named to it."""
        there = self.merged.there.items()
        return {name: value for name, value in there if name in writable and not is_unknown(value)}

    def holds_back(self, writable: Collection[str]) -> bool:
        """Whether a value of ours has to wait for a record that Salesforce does not have."""
        return any(name in writable and is_unknown(value) for name, value in self.merged.there.items())

    def refuse(self, problem: str, name: str = "", rival: int | None = None) -> None:
        """The first reason stands."""
        if not self.problem:
            self.problem, self.problem_field, self.rival = problem, name, rival


class Page:
    """Some records of one mirror, read and locked inside the caller's transaction."""

    def __init__(self, reading: Reading, told: Sequence[Told], *, again: bool = False) -> None:
        self.reading = reading
        self.mapping = reading.declared
        self.columns = columns_of(self.mapping.code)
        digests = self._digests(told)
        self.told = told if again else [one for one in told if digests.get(one.id) != one.digest]
        self.links = self._links(digests)
        self._meet()
        self.gone = [one for one in self.told if one.is_gone and one.id in self.links]
        self.rows = self._rows()
        self.references = References(reading, self.told, self.rows.values())
        self.decisions = [self._merged(one) for one in self.told if not one.is_gone]
        self._judge()

    # --- what is there already ---------------------------------------------------------------------------------------
    def _digests(self, told: Sequence[Told]) -> dict[str, str]:
        """What was read before, in short, by the ids that are known: what is word for word the same is left alone."""
        known = self.reading.mirror.links.filter(ids("salesforce_id", [one.id for one in told])) if told else None
        return dict(known.values_list("salesforce_id", "digest")) if known is not None else {}  # type: ignore[arg-type]

    def _links(self, known: Collection[str]) -> dict[str, Link]:
        """By their id over there; a record that was made from here is known by ours until its answer arrives."""
        mine = self.reading.mirror.links.select_for_update().order_by("pk")
        asked = [one.id for one in self.told if one.id in known]
        rows = mine.filter(ids("salesforce_id", asked)).values(*COLUMNS) if asked else ()
        links = {str(row["salesforce_id"]): Link(**row) for row in rows}
        unmet = {one.key: one.id for one in self.told if one.key and one.id not in links}
        for row in mine.filter(key__in=unmet, salesforce_id=None).values(*COLUMNS) if unmet else ():
            links[unmet[str(row["key"])]] = Link(**row)
        return links

    def _meet(self) -> None:
        """Told for the first time, but of a record that was made here."""
        for id, pk in (self.mapping.met(self) if self.mapping.met else {}).items():
            self.links[id] = Link(self.reading.mirror.pk, id, pk)

    def _rows(self) -> dict[int, Row]:
        pks = [link.record_id for link in self.links.values() if link.record_id]
        rows = self.mapping.model._default_manager.filter(keys("pk", pks)).order_by("pk")
        return {row["id"]: row for row in rows.select_for_update().values()} if pks else {}

    # --- what it means -----------------------------------------------------------------------------------------------
    def _merged(self, told: Told) -> Decision:
        link = self.links.get(told.id) or Link(self.reading.mirror.pk, told.id)
        row = self.rows.get(link.record_id or 0)
        if row is None:
            return Decision(told, link, merged=_first(told.values))
        by_us = bool(self.reading.us) and told.by == self.reading.us
        base = settle(link.base, link.sent, told.values, by_us=by_us)
        merged = merge(self.reading.masters, base, self.ours(row), told.values)
        if self.mapping.keeps:
            self._leave(merged, row)
        return Decision(told, link, row, merged, row["id"])

    def _leave(self, merged: Merged, row: Row) -> None:
        """A record that is never changed: only a reference that had to wait is filled in."""
        columns = self.columns
        empty = [name for name in merged.here if columns[name].is_reference and row[columns[name].attname] is None]
        merged.here = {name: merged.here[name] for name in empty}

    def ours_of(self, row: Row) -> dict[str, Value]:
        """The values of a row that the page was not asked about."""
        self.references = References(self.reading, [], [row])
        return self.ours(row)

    def ours(self, row: Row) -> dict[str, Value]:
        """The values of a row here as Salesforce would keep them."""
        return {mapped.ours: self._ours(self.columns[mapped.ours], row) for mapped, _ in self.reading.fields}

    def _ours(self, column: Column, row: Row) -> Value:
        value = row[column.attname]
        return self.references.there(column.mapped.of, value) if column.is_reference else canonical(value)

    # --- whether it can be -------------------------------------------------------------------------------------------
    def _judge(self) -> None:
        if self.mapping.guards:
            self.mapping.guards(self)
        for decision in self.decisions:
            self._judge_values(decision)
        for name in self.mapping.unique:
            self._judge_unique(name)
        new = [decision for decision in self.decisions if decision.is_new and not decision.problem]
        for decision, pk in zip(new, fresh_keys(self.mapping.model, len(new)), strict=True):
            decision.pk = pk
            self.references.add(self.mapping.code, decision.told.id, pk)
        for decision in self.decisions:
            self._resolve(decision)

    def _judge_values(self, decision: Decision) -> None:
        values, columns = decision.told.values if decision.is_new else decision.merged.here, self.columns
        for name, value in values.items():
            column = columns.get(name)
            if column is None:
                continue
            if value is None or value == "":
                if column.is_needed:
                    decision.refuse("empty", name)
            elif column.is_reference:
                if column.is_needed and not self.references.here(column.mapped.of, value):
                    decision.refuse("unknown", name)
            elif problem := column.wrong(value):
                decision.refuse(problem, name)

    def _judge_unique(self, name: str) -> None:
        wanted: dict[str, list[Decision]] = defaultdict(list)
        for decision in self.decisions:
            if text := str(decision.merged.here.get(name) or "").lower():
                wanted[text].append(decision)
        taken = self._taken(name, wanted)
        for text, decisions in wanted.items():
            holder = taken.get(text)
            for decision in decisions:
                if decision.problem or (holder is not None and holder == decision.pk):
                    continue
                if holder is None:
                    taken[text] = holder = decision.pk or -1
                else:
                    decision.refuse("taken", name, holder if holder > 0 else None)

    def _taken(self, name: str, texts: Collection[str]) -> dict[str, int]:
        if not texts:
            return {}
        held = among(Lower(F(name)), texts, models.TextField())
        rows = self.mapping.model._default_manager.filter(held).exclude(**{name: ""})
        return {str(text).lower(): pk for text, pk in rows.order_by().values_list(name, "pk")}

    def _resolve(self, decision: Decision) -> None:
        """The values for the columns here; a reference to a record that is still to come waits on the link."""
        here, columns = decision.here, self.columns
        for name, value in list(decision.merged.here.items()):
            column = columns[name]
            if value is None or value == "":
                here[column.attname] = column.empty
            elif not column.is_reference:
                here[column.attname] = value
            elif pk := self._other(decision, column.mapped, value):
                here[column.attname] = pk
            else:
                self._await(decision, column, value)

    def _await(self, decision: Decision, column: Column, value: Value) -> None:
        """What stands here stays till then; but nobody keeps what somebody else over there owns by now."""
        name = column.mapped.ours
        decision.awaits[name] = value
        decision.merged.here.pop(name)
        decision.merged.base = {other: agreed for other, agreed in decision.merged.base.items() if other != name}
        stands = decision.row is not None and decision.row[column.attname] is not None
        if stands and mappings()[column.mapped.of].through and name in decision.link.base:
            decision.merged.here[name] = decision.here[column.attname] = None

    def _other(self, decision: Decision, mapped: Mapped, value: Value) -> int | None:
        """The record of ours that a reference leads to; none leads to itself."""
        pk = self.references.here(mapped.of, value)
        return None if mapped.of == self.mapping.code and pk == decision.pk else pk


def _first(theirs: dict[str, Value]) -> Merged:
    """Merging what is not here yet: everything that is not empty is taken as it is."""
    return Merged(
        {name: value for name, value in theirs.items() if value is not None and value != ""}, {}, dict(theirs)
    )


def fresh_keys(model: type[models.Model], count: int) -> list[int]:
    """Keys for rows that are still to be written."""
    if not count:
        return []
    with connection.cursor() as cursor:
        sequence = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        cursor.execute(sequence, [model._meta.db_table, count])
        return [pk for (pk,) in cursor.fetchall()]
