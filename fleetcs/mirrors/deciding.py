"""What each record of a page means for us, decided before anything is written: for a dry run and for a real one."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models.functions import Lower

from fleetcs.merging import EMPTY, Master, Merged, Value, merge, settle
from fleetcs.mirrors.mapping import Kind, Mapped, canonical, mappings
from fleetcs.mirrors.reading import Reading, Told
from fleetcs.models import MirrorLink

type Row = dict[str, Any]


@dataclass(slots=True)
class Decision:
    """One record: its link, the row here (None: not yet), and what merging them gave, or why it cannot be taken."""

    told: Told
    link: MirrorLink
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

    def refuse(self, problem: str, name: str = "", rival: int | None = None) -> None:
        """The first reason stands."""
        if not self.problem:
            self.problem, self.problem_field, self.rival = problem, name, rival


class Page:
    """Some records of one mirror, read and locked inside the caller's transaction."""

    def __init__(self, reading: Reading, told: Sequence[Told], *, again: bool = False) -> None:
        self.reading = reading
        self.mapping = reading.declared
        self.told = told if again else self._unseen(told)
        self.links = self._links()
        self._meet()
        self.gone = [one for one in self.told if one.is_gone and one.id in self.links]
        self.rows = self._rows()
        self.references = References(reading, self.told, self.rows.values())
        self.decisions = [self._merged(one) for one in self.told if not one.is_gone]
        self._judge()

    # --- what is there already ---------------------------------------------------------------------------------------
    def _unseen(self, told: Sequence[Told]) -> list[Told]:
        """Those that are not word for word what was read before."""
        known = self.reading.mirror.links.filter(salesforce_id__in=[one.id for one in told])
        digests = dict(known.values_list("salesforce_id", "digest"))
        return [one for one in told if digests.get(one.id) != one.digest]

    def _links(self) -> dict[str, MirrorLink]:
        """By their id over there; a record that was made from here is known by ours until its answer arrives."""
        mine = self.reading.mirror.links
        links = {str(link.salesforce_id): link for link in mine.filter(salesforce_id__in=[one.id for one in self.told])}
        keys = {one.key: one.id for one in self.told if one.key and one.id not in links}
        for link in mine.filter(key__in=keys, salesforce_id=None) if keys else ():
            links[keys[str(link.key)]] = link
        return links

    def _meet(self) -> None:
        """Told for the first time, but of a record that was made here."""
        for id, pk in (self.mapping.met(self) if self.mapping.met else {}).items():
            self.links[id] = MirrorLink(mirror=self.reading.mirror, salesforce_id=id, record_id=pk)

    def _rows(self) -> dict[int, Row]:
        pks = [link.record_id for link in self.links.values() if link.record_id]
        rows = self.mapping.model._default_manager.filter(pk__in=pks).order_by("pk")
        return {row["id"]: row for row in rows.select_for_update().values()} if pks else {}

    # --- what it means -----------------------------------------------------------------------------------------------
    def _merged(self, told: Told) -> Decision:
        link = self.links.get(told.id) or MirrorLink(mirror=self.reading.mirror, salesforce_id=told.id)
        row = self.rows.get(link.record_id or 0)
        decision = Decision(told, link, row, pk=row["id"] if row else 0)
        if row is None:
            ours: dict[str, Value] = {}
            base: dict[str, Value] = {}
            masters = dict.fromkeys(self.reading.masters, Master.THEIRS)
        else:
            by_us = bool(self.reading.us) and told.by == self.reading.us
            ours, masters = self.ours(row), self.reading.masters
            base = settle(link.base, link.sent, told.values, by_us=by_us)
        decision.merged = merge(masters, base, ours, told.values)
        if self.mapping.keeps and row is not None:
            self._leave(decision, row)
        return decision

    def _leave(self, decision: Decision, row: Row) -> None:
        """A record that is never changed: only a reference that had to wait is filled in."""
        wanted, columns = decision.merged.here, {mapped.ours: mapped.column for mapped, _ in self.reading.fields}
        decision.merged.here = {name: value for name, value in wanted.items() if row[columns[name]] is None}

    def ours_of(self, row: Row) -> dict[str, Value]:
        """The values of a row that the page was not asked about."""
        self.references = References(self.reading, [], [row])
        return self.ours(row)

    def ours(self, row: Row) -> dict[str, Value]:
        """The values of a row here as Salesforce would keep them."""
        return {mapped.ours: self._ours(mapped, row[mapped.column]) for mapped, _ in self.reading.fields}

    def _ours(self, mapped: Mapped, value: Any) -> Value:
        if mapped.kind is Kind.REFERENCE:
            return self.references.there(mapped.of, value)
        return canonical(value)

    # --- whether it can be -------------------------------------------------------------------------------------------
    def _judge(self) -> None:
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
        values = decision.told.values if decision.is_new else decision.merged.here
        for mapped, _ in self.reading.fields:
            if mapped.ours in values and (problem := self._problem(mapped, values[mapped.ours])):
                decision.refuse(problem, mapped.ours)

    def _problem(self, mapped: Mapped, value: Value) -> str:
        column: Any = self.mapping.model._meta.get_field(mapped.ours)
        needed = not column.null and (mapped.kind is Kind.REFERENCE or not column.blank)
        if value in EMPTY:
            return "empty" if needed else ""
        if mapped.kind is Kind.REFERENCE:
            known = self.references.here(mapped.of, value)
            return "unknown" if needed and known is None else ""
        return wrong(column, value)

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
        rows = self.mapping.model._default_manager.alias(low=Lower(name)).filter(low__in=texts)
        return {str(text).lower(): pk for text, pk in rows.order_by().values_list(name, "pk")} if texts else {}

    def _resolve(self, decision: Decision) -> None:
        """The values for the columns here; a reference to a record that is still to come waits on the link."""
        for name, value in list(decision.merged.here.items()):
            mapped = self.mapping.mapped(name)
            column: Any = self.mapping.model._meta.get_field(name)
            if mapped.kind is not Kind.REFERENCE:
                decision.here[mapped.column] = (None if column.null else "") if value in EMPTY else value
            elif value in EMPTY or (pk := self._other(decision, mapped, value)):
                decision.here[mapped.column] = None if value in EMPTY else pk
            else:
                self._await(decision, mapped, value)

    def _await(self, decision: Decision, mapped: Mapped, value: Value) -> None:
        """What stands here stays till then; but nobody keeps what somebody else over there owns by now."""
        decision.awaits[mapped.ours] = value
        decision.merged.here.pop(mapped.ours)
        decision.merged.base.pop(mapped.ours, None)
        if mappings()[mapped.of].through and mapped.ours in decision.link.base:
            decision.here[mapped.column] = None

    def _other(self, decision: Decision, mapped: Mapped, value: Value) -> int | None:
        """The record of ours that a reference leads to; none leads to itself."""
        pk = self.references.here(mapped.of, value)
        return None if mapped.of == self.mapping.code and pk == decision.pk else pk


class References:
    """Records of ours by their ids over there, and the other way round, as far as a page speaks of them."""

    def __init__(self, reading: Reading, told: Iterable[Told], rows: Iterable[Row]) -> None:
        self._here: dict[tuple[str, str], int] = {}
        self._there: dict[tuple[str, int], str] = {}
        told, rows = list(told), list(rows)
        fields = [mapped for mapped, _ in reading.fields if mapped.kind is Kind.REFERENCE]
        for code in {mapped.of for mapped in fields}:
            columns = [mapped for mapped in fields if mapped.of == code]
            ids = {str(one.values.get(each.ours) or "") for one in told for each in columns} - {""}
            pks = {row[each.column] for row in rows for each in columns if row[each.column]}
            self._look_up(code, ids, pks)

    def here(self, code: str, id: Value) -> int | None:
        return self._here.get((code, str(id)))

    def there(self, code: str, pk: int | None) -> str:
        """ "" for nothing; a record that Salesforce does not know has a name that it never gives."""
        return self._there.get((code, pk), f"#{pk}") if pk else ""

    def add(self, code: str, id: str, pk: int) -> None:
        self._here[code, id] = pk

    def _look_up(self, code: str, ids: Collection[str], pks: Collection[int]) -> None:
        links, beyond = MirrorLink.objects.filter(mirror__code=code), Beyond(code)
        columns = ("salesforce_id", "record_id", "merged_into__record_id")
        told = links.filter(salesforce_id__in=ids).values_list(*columns) if ids else ()
        for id, pk in beyond.from_here({str(id): winner or pk for id, pk, winner in told if winner or pk}).items():
            self._here[code, id] = pk
        ends = beyond.to_here(pks) if pks else {}
        live = links.filter(record_id__in=ends, gone_at=None).exclude(salesforce_id=None) if ends else None
        for known, row in live.values_list("salesforce_id", "record_id") if live is not None else ():
            self._there[code, ends[row or 0]] = str(known)


class Beyond:
    """References to some records lead on to others: to a user of Salesforce means to the colleague that they are."""

    def __init__(self, code: str) -> None:
        self.mapping = mappings()[code]
        self.rows = self.mapping.model._default_manager

    def from_here(self, found: dict[str, int]) -> dict[str, int]:
        """Ids over there with the records that references to them end at."""
        if not self.mapping.through or not found:
            return found
        ends = dict(self.rows.filter(pk__in=found.values()).values_list("pk", self.mapping.through))
        return {id: ends[pk] for id, pk in found.items() if ends.get(pk)}

    def to_here(self, ends: Collection[int]) -> dict[int, int]:
        """The mirrored records from which references end at these, each with its end."""
        if not self.mapping.through:
            return {pk: pk for pk in ends}
        mine = self.rows.filter(**{f"{self.mapping.through}__in": ends})
        return dict(mine.values_list("pk", self.mapping.through))


def wrong(column: Any, value: Value) -> str:
    """What speaks against a value in a column; "" for nothing."""
    try:
        column.run_validators(Decimal(str(value)) if isinstance(column, models.DecimalField) else value)
    except ValidationError as error:
        code = str(getattr(error.error_list[0], "code", ""))
        return "too_long" if code == "max_length" else "not_valid"
    return "not_valid" if column.choices and value not in dict(column.flatchoices) else ""


def fresh_keys(model: type[models.Model], count: int) -> list[int]:
    """Keys for rows that are still to be written."""
    if not count:
        return []
    with connection.cursor() as cursor:
        sequence = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        cursor.execute(sequence, [model._meta.db_table, count])
        return [pk for (pk,) in cursor.fetchall()]
