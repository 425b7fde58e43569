"""Records of ours by their ids over there, and the other way round."""

from collections.abc import Collection, Iterable
from typing import Any

from fleetcs.merging import Value
from fleetcs.mirrors.columns import ids as ids_among
from fleetcs.mirrors.columns import keys
from fleetcs.mirrors.mapping import Kind, mappings
from fleetcs.mirrors.reading import Reading, Told
from fleetcs.models import MirrorLink

type Row = dict[str, Any]


def is_unknown(value: Value) -> bool:
    """Whether a value names a record that Salesforce does not have yet."""
    return isinstance(value, str) and value.startswith("#") and value[1:].isdecimal()


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
        told = links.filter(ids_among("salesforce_id", ids)).values_list(*columns) if ids else ()
        for id, pk in beyond.from_here({str(id): winner or pk for id, pk, winner in told if winner or pk}).items():
            self._here[code, id] = pk
        ends = beyond.to_here(pks) if pks else {}
        live = links.filter(keys("record_id", ends), gone_at=None).exclude(salesforce_id=None) if ends else None
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
        ends = dict(self.rows.filter(keys("pk", set(found.values()))).values_list("pk", self.mapping.through))
        return {id: ends[pk] for id, pk in found.items() if ends.get(pk)}

    def to_here(self, ends: Collection[int]) -> dict[int, int]:
        """The mirrored records from which references end at these, each with its end."""
        if not self.mapping.through:
            return {pk: pk for pk in ends}
        mine = self.rows.filter(**{f"{self.mapping.through}__in": ends})
        return dict(mine.values_list("pk", self.mapping.through))
