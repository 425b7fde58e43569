"""How the records of one mirror are asked for and read, by the field table of this moment."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import blake2b
from typing import Any, Final

from django.conf import settings

from fleetcs.clients.salesforce import moment
from fleetcs.merging import Master, Value
from fleetcs.mirrors.mapping import READ_ONLY, Kind, Mapped, flag, mappings, number, text_of, whole
from fleetcs.mirrors.mapping import Mapping as Declared
from fleetcs.models import Mirror, MirrorField, MirrorLink

type Reader = Callable[[Any], Value]

ALWAYS: Final = ("Id", "SystemModstamp", "LastModifiedById", "IsDeleted")
MERGES: Final = "MasterRecordId"


@dataclass(slots=True)
class Told:
    """One record as Salesforce tells it, its values in the form in which they are compared."""

    id: str
    stamp: datetime | None
    values: dict[str, Value]
    by: str = ""
    key: str = ""
    is_gone: bool = False
    master_id: str = ""
    digest: str = ""
    dumped: str = ""  # the values as JSON, where they have been written so already


@dataclass
class Reading:
    """A mirror, its declaration, and the fields that are mirrored now; `us` is the user we act as over there."""

    mirror: Mirror
    us: str = ""

    @cached_property
    def declared(self) -> Declared:
        return mappings()[self.mirror.code]

    @cached_property
    def rows(self) -> list[MirrorField]:
        """The fields that are mirrored and exist over there."""
        return list(self.mirror.fields.filter(is_on=True, missing_at=None))

    @cached_property
    def fields(self) -> list[tuple[Mapped, list[str]]]:
        return [(self.declared.mapped(row.ours), row.names) for row in self.rows]

    @cached_property
    def masters(self) -> dict[str, Master]:
        return {row.ours: Master(row.master) for row in self.rows}

    @cached_property
    def writable(self) -> dict[str, str]:
        """Fields that we may send, and their names over there."""
        read_only = {mapped.ours for mapped in self.declared.fields if mapped.kind in READ_ONLY}
        rows = [row for row in self.rows if row.ours not in read_only]
        return {row.ours: row.theirs for row in rows if row.may_write and len(row.names) == 1}

    @cached_property
    def names(self) -> list[str]:
        """What to ask for."""
        keys = [settings.SALESFORCE_EXTERNAL_ID] if self.mirror.has_key else []
        merges = [MERGES] if self.declared.merges else []
        told = (name for _, names in self.fields for name in names)
        always = [name for name in ALWAYS if name not in self.declared.lacks]
        return list(dict.fromkeys([*always, *merges, *keys, *told]))

    @cached_property
    def signature(self) -> str:
        """Changes whenever the field table does, so that everything is looked at again."""
        return repr([(row.ours, row.theirs, row.master) for row in self.rows])

    def soql(self, condition: str = "", order: str = "") -> str:
        """The question for these records."""
        where = f" WHERE {condition}" if condition else ""
        return f"SELECT {', '.join(self.names)} FROM {self.mirror.object}{where}{order}"  # noqa: S608 - names, checked when they are entered

    @property
    def living(self) -> str:
        """The condition of records that are not deleted, where they have to be asked for with those that are.

        A plain question leaves out tasks and events that Salesforce has archived, a year after they were done.
        """
        return "IsDeleted = false" if self.declared.archives else ""

    def of_living(self, fields: str) -> str:
        """The question after these fields of all records that are not deleted."""
        where = f" WHERE {self.living}" if self.living else ""
        return f"SELECT {fields} FROM {self.mirror.object}{where}"  # noqa: S608 - names, checked when they are entered

    def told(self, rows: Iterable[Mapping[str, Any]]) -> list[Told]:
        return [self._one(row) for row in rows]

    def _one(self, row: Mapping[str, Any]) -> Told:
        get, values = row.get, self.values(row)
        stamp, is_gone = moment(get("SystemModstamp")), str(get("IsDeleted")).lower() == "true"
        dumped = json.dumps(values)
        said = f"{self.signature}{stamp}{is_gone}{dumped}"
        return Told(
            id=str(row["Id"]),
            stamp=stamp,
            values=values,
            by=str(get("LastModifiedById") or get("CreatedById") or ""),
            key=str(get(settings.SALESFORCE_EXTERNAL_ID) or ""),
            is_gone=is_gone,
            master_id=str(get(MERGES) or ""),
            digest=blake2b(said.encode(), digest_size=16).hexdigest(),
            dumped=dumped,
        )

    @cached_property
    def readers(self) -> tuple[list[tuple[str, str, Reader]], list[tuple[Mapped, list[str]]]]:
        """Fields that are read of one value alone, by the shortest way, and the others."""
        quick = [(mapped, names) for mapped, names in self.fields if is_quick(mapped, names)]
        others = [(mapped, names) for mapped, names in self.fields if not is_quick(mapped, names)]
        return [(mapped.ours, names[0], DIRECT[mapped.kind]) for mapped, names in quick], others

    def values(self, row: Mapping[str, Any]) -> dict[str, Value]:
        get, (quick, others) = row.get, self.readers
        values = {ours: read(get(name)) for ours, name, read in quick}
        for mapped, names in others:
            values[mapped.ours] = mapped.read([get(name) for name in names])
        return values

    def remembered(self, links: Sequence[MirrorLink]) -> list[Told]:
        """The records of some links as they were read last, to be looked at again without asking."""
        known = [link for link in links if link.salesforce_id and link.theirs]
        return [self._remembered(link) for link in known]

    def _remembered(self, link: MirrorLink) -> Told:
        """Without what was read of fields that are not mirrored any more."""
        values = {name: value for name, value in link.theirs.items() if name in self.masters}
        return Told(str(link.salesforce_id), link.stamp, values, digest=link.digest)


def is_quick(mapped: Mapped, names: Sequence[str]) -> bool:
    return len(names) == 1 and not mapped.only and mapped.kind in DIRECT


DIRECT: Final[dict[Kind, Reader]] = {
    Kind.TEXT: text_of,
    Kind.DAY: text_of,
    Kind.REFERENCE: text_of,
    Kind.WHOLE: whole,
    Kind.NUMBER: number,
    Kind.FLAG: flag,
}


def literal(at: datetime) -> str:
    """A moment as SOQL writes it, to the millisecond: records of one second are told apart by their ids."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
