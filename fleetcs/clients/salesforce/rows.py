"""One record or many: read, change, upsert by an id of ours. Nothing is ever created otherwise: a create whose answer
was lost would make a second record when repeated (F27)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import batched
from typing import Any
from urllib.parse import quote

from simple_salesforce.api import SFType

from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.clients.salesforce.line import Conversation, call, conversation, of, of_error
from fleetcs.clients.salesforce.values import id_of, name_of, plain, written

COLLECTION = 200  # records a call, by Salesforce's rule
Row = dict[str, Any]


@dataclass(frozen=True)
class Upserted:
    """The record's id in Salesforce, and whether the call made it."""

    id: str
    created: bool


@dataclass(frozen=True)
class RowResult:
    """What became of one row of many; `error` is what a call of its own would have raised."""

    id: str = ""
    created: bool = False
    error: Unavailable | Rejected | None = None

    @property
    def success(self) -> bool:
        return self.error is None


def get(object: str, id: str, fields: Sequence[str]) -> Row:
    """The named fields of one record; Rejected("NOT_FOUND") when there is none."""
    wanted = {"fields": ",".join(name_of(field) for field in fields)}
    return plain(call(lambda library: of(library, object).get(id_of(id), params=wanted)))


def update(object: str, id: str, fields: Mapping[str, Any], *, unmodified_since: datetime | None = None) -> None:
    """Set fields of one record; Rejected("precondition") when somebody has changed it after `unmodified_since`.

    Salesforce compares whole seconds, so a change within the same second goes unseen: read again where it matters.
    """
    headers = {"If-Unmodified-Since": _http_date(unmodified_since)} if unmodified_since else None
    call(lambda library: of(library, object).update(id_of(id), written(fields), headers=headers))


def upsert(object: str, external_id_field: str, external_id: str, fields: Mapping[str, Any]) -> Upserted:
    """Create the record that carries our id, or set its fields: repeating it changes nothing."""
    place = f"{name_of(external_id_field)}/{_segment(external_id)}"
    others = {name: value for name, value in fields.items() if name.lower() != external_id_field.lower()}
    return call(lambda library: _upserted(of(library, object), place, written(others)))


def upsert_many(object: str, external_id_field: str, rows: Sequence[Mapping[str, Any]]) -> list[RowResult]:
    """What became of each row, in their order; a row holds its `external_id_field`. One row's error stops no other.

    When a call fails as a whole its rows carry the error. When Salesforce is away, later rows are not sent any more.
    """
    name_of(object), name_of(external_id_field)
    with conversation() as talk:
        return [result for batch in _batches(talk, object, external_id_field, rows) for result in batch]


def _batches(talk: Conversation, object: str, key: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[list[RowResult]]:
    away: Unavailable | None = None
    for batch in batched(rows, COLLECTION, strict=False):
        if away:
            yield [RowResult(error=Unavailable(away.after, away.code))] * len(batch)
            continue
        try:
            yield _batch(talk, object, key, batch)
        except Rejected as refused:
            yield [RowResult(error=refused)] * len(batch)
        except Unavailable as error:
            away = error
            yield [RowResult(error=error)] * len(batch)


def _batch(talk: Conversation, object: str, key: str, rows: Sequence[Mapping[str, Any]]) -> list[RowResult]:
    records = [{"attributes": {"type": object}, **written(row)} for row in rows]
    sent = {"allOrNone": False, "records": records}
    path = f"composite/sobjects/{object}/{key}"
    answer = talk.call(lambda library: library.restful(path, method="PATCH", json=sent))
    if not isinstance(answer, list) or len(answer) != len(rows):
        raise Unavailable(code="not_understood", ambiguous=True)
    return [_result(each) for each in answer]


def _result(said: Any) -> RowResult:
    said = said if isinstance(said, dict) else {}
    if said.get("success") is True:
        return RowResult(str(said.get("id") or ""), said.get("created") is True)
    errors = said.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    return RowResult(str(said.get("id") or ""), error=of_error(first, 400))


def _upserted(rows: SFType, place: str, fields: Row) -> Upserted:
    answer = rows.upsert(place, fields, raw_response=True)
    if isinstance(answer, int) or answer.status_code == 204:  # versions before 46.0 do not say which record it was
        return Upserted(_id(rows.get(place, params={"fields": "Id"}), "Id"), created=False)
    said = answer.json()
    return Upserted(_id(said, "id"), created=answer.status_code == 201)


def _id(said: Any, name: str) -> str:
    if not isinstance(said, dict) or not said.get(name):
        raise Unavailable(code="not_understood", ambiguous=True)
    return str(said[name])


def _segment(external_id: str) -> str:
    """An id of ours as part of an address: one that is empty or made of dots would name something else."""
    if not external_id.strip("."):
        raise Rejected("MALFORMED_ID")
    return quote(external_id, safe="")


def _http_date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)
