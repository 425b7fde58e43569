"""Questions in SOQL, page by page, with Salesforce's own clock; what has been deleted; how many there are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fleetcs.clients.http import Unavailable
from fleetcs.clients.salesforce.line import Conversation, call, conversation, of
from fleetcs.clients.salesforce.values import certain_moment, name_of, plain


@dataclass(frozen=True)
class Page:
    """Up to 2,000 records and the moment at which Salesforce answered, by its own clock (whole seconds)."""

    rows: list[dict[str, Any]]
    server_now: datetime
    total: int


@dataclass(frozen=True)
class Deleted:
    """Ids that were deleted, and up to when that is known: the start of the next question."""

    ids: tuple[str, ...]
    latest_date_covered: datetime
    earliest_date_available: datetime | None


def query(soql: str, *, include_deleted: bool = False) -> Iterator[Page]:
    """Every page of an answer; `include_deleted` also gives what lies in the recycle bin or was merged away.

    Values in `soql` are to be written by `quoted`; it travels in the address, so some 15,000 characters are the most.
    A page is asked for when it is taken.
    """
    with conversation() as talk:
        found = talk.call(lambda library: library.query(soql, include_deleted))
        yield _page(talk, found)
        while following := found.get("nextRecordsUrl"):
            found = _more(talk, following)
            yield _page(talk, found)


def count(object: str, where: str = "", *, include_deleted: bool = False) -> int:
    """How many records there are, of those that `where` (SOQL) lets through; the recycle bin counts when asked for."""
    condition = f" WHERE {where}" if where else ""
    soql = f"SELECT COUNT() FROM {name_of(object)}{condition}"  # noqa: S608 - a name, and values written by `quoted`
    return _total(call(lambda library: library.query(soql, include_deleted)))


def deleted(object: str, start: datetime, end: datetime) -> Deleted:
    """What was deleted between two moments; Salesforce cuts their seconds off and looks back 15 days at most.

    Rejected("INVALID_REPLICATION_DATE") means that the log does not reach back so far: compare all ids instead.
    """
    said = call(lambda library: of(library, object).deleted(start.astimezone(UTC), end.astimezone(UTC)))
    found = said.get("deletedRecords") if isinstance(said, dict) else None
    if not isinstance(found, list):
        raise Unavailable(code="not_understood")
    return Deleted(
        tuple(str(each["id"]) for each in found if isinstance(each, dict) and "id" in each),
        certain_moment(said.get("latestDateCovered")),
        certain_moment(said.get("earliestDateAvailable")) if said.get("earliestDateAvailable") else None,
    )


def record_counts(objects: Sequence[str]) -> dict[str, int]:
    """Salesforce's own rough count of each object, for one call: not up to the minute, recycle bin included."""
    names = ",".join(name_of(object) for object in objects)
    said = call(lambda library: library.restful("limits/recordCount", {"sObjects": names}))
    found = said.get("sObjects") if isinstance(said, dict) else None
    if not isinstance(found, list):
        raise Unavailable(code="not_understood")
    return {str(each.get("name")): int(each.get("count") or 0) for each in found if isinstance(each, dict)}


def _more(talk: Conversation, following: str) -> dict[str, Any]:
    found: dict[str, Any] = talk.call(lambda library: library.query_more(following, identifier_is_url=True))
    return found


def _page(talk: Conversation, found: Any) -> Page:
    records = found.get("records") if isinstance(found, dict) else None
    if not isinstance(records, list):
        raise Unavailable(code="not_understood")
    return Page([plain(record) for record in records], certain_moment(talk.line.date), _total(found))


def _total(found: Any) -> int:
    if not isinstance(found, dict) or not isinstance(found.get("totalSize"), int):
        raise Unavailable(code="not_understood")
    return int(found["totalSize"])
