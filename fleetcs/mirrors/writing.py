"""Writing a page that has been decided: two statements for however many records, none for what has not changed."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import batched
from operator import attrgetter, itemgetter
from typing import Any, Final

import psycopg
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection, models, transaction

from fleetcs import clock
from fleetcs.audit import behind
from fleetcs.mirrors import merged, pushing
from fleetcs.mirrors.columns import keys
from fleetcs.mirrors.deciding import COLUMNS, Decision, Link, Page, fresh_keys
from fleetcs.mirrors.reading import Reading, Told
from fleetcs.mirrors.references import Row
from fleetcs.models import Conflict, Event, MirrorLink

AT_ONCE: Final = 2_000  # rows of one transaction (P15)

# by the database, or by a verb that what was told would have to go through
TURNED_DOWN: Final = (ValidationError, IntegrityError, DataError, psycopg.IntegrityError, psycopg.DataError)

INSERT: Final = """
    INSERT INTO {table} AS kept ({columns}) SELECT {columns} FROM incoming
    ON CONFLICT (id) DO UPDATE SET {changes} WHERE ({kept}) IS DISTINCT FROM ({told})
"""


def apply(reading: Reading, told: Sequence[Told], *, again: bool = False) -> Counter[str]:
    """Make what was told ours, in the caller's transaction: how many records were made, changed, skipped and so on.

    `again` looks also at records that are word for word what was read before. Doing it twice writes nothing.
    """
    try:
        with transaction.atomic():
            return _write(Page(reading, told, again=again))
    except TURNED_DOWN:
        if len(told) == 1:
            return _refuse(reading, told[0])
    half = len(told) // 2  # one record that is not taken must not hold up the others
    return apply(reading, told[:half], again=again) + apply(reading, told[half:], again=again)


def _write(page: Page) -> Counter[str]:
    taken = [decision for decision in page.decisions if not decision.problem]
    changed = [decision for decision in taken if decision.here]
    within = page.mapping.within(page) if page.mapping.within else nullcontext()
    with behind(source="salesforce"), within:
        written = _records(page, changed)
    _links(page)
    _note(page, [decision for decision in changed if not decision.is_new])
    opened = _conflicts(taken)
    for decision in taken:
        if decision.to_send(page.reading.writable):
            pushing.push(decision.link.id or 0, by=None)
    counted = Counter(new=sum(decision.is_new for decision in taken), written=written, conflicts=opened)
    counted["skipped"] = len(page.decisions) - len(taken)
    return counted + Counter(gone=merged.let_go(page.reading, page.gone))


def _records(page: Page, changed: Sequence[Decision]) -> int:
    """Rows that were made or are different now."""
    model, columns = page.mapping.model, [page.columns[mapped.ours].attname for mapped, _ in page.reading.fields]
    table = table_of(model)
    rows = [{**(each.row or table.blank), **each.here, "id": each.pk} for each in changed]
    has_version = "version" in table.names
    return upsert(table, rows, columns, "version = kept.version + 1" if has_version else "")


@dataclass(frozen=True)
class Table:
    """A table with its columns by the names of their attributes, which are JSON, and what a new row begins with."""

    name: str
    names: tuple[str, ...]
    quoted: tuple[str, ...]
    are_json: frozenset[str]
    blank: Row

    @property
    def columns(self) -> str:
        return ", ".join(self.quoted)


def table_of(model: type[models.Model]) -> Table:
    """As it is now: a new row begins with the moment at which it is made."""
    fields, blank = model._meta.concrete_fields, model()
    return Table(
        model._meta.db_table,
        tuple(field.attname for field in fields),
        tuple(connection.ops.quote_name(str(field.column)) for field in fields),
        frozenset(field.attname for field in fields if isinstance(field, models.JSONField)),
        {field.attname: field.value_from_object(blank) for field in fields},
    )


def upsert(table: Table, rows: Sequence[Row], columns: Collection[str], also: str = "") -> int:
    """Write rows of every column with their keys: insert what is new, change `columns` of what is different."""
    if not rows:
        return 0
    quoted = dict(zip(table.names, table.quoted, strict=True))
    mine = [quoted[name] for name in columns]
    changes = ", ".join([*(f"{name} = EXCLUDED.{name}" for name in mine), *([also] if also else [])])
    parts = {"table": table.name, "columns": table.columns, "changes": changes}
    parts["kept"] = ", ".join(f"kept.{name}" for name in mine)
    parts["told"] = ", ".join(f"EXCLUDED.{name}" for name in mine)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE incoming (LIKE {table.name})")
        _copy(cursor, "incoming", table, rows)
        cursor.execute(INSERT.format(**parts))
        written = int(cursor.rowcount)
        cursor.execute("DROP TABLE incoming")
    return written


def _copy(cursor: Any, into: str, table: Table, rows: Iterable[Row], without: Collection[str] = ()) -> None:
    """JSON is given as what it is, or as text where it has been written so already."""
    names = [name for name in table.names if name not in without]
    shown = ", ".join(quoted for name, quoted in zip(table.names, table.quoted, strict=True) if name not in without)
    are_json = [name for name in names if name in table.are_json]
    values = itemgetter(*names)
    with cursor.copy(f"COPY {into} ({shown}) FROM STDIN") as copy:
        for row in rows:
            for name in are_json:
                if not isinstance(row[name], str):
                    row[name] = json.dumps(row[name])
            copy.write_row(values(row))


# --- links -----------------------------------------------------------------------------------------------------------
KEPT: Final = (
    *("salesforce_id", "record_id", "base", "theirs", "awaits", "digest", "stamp", "gone_at", "master_id"),
    *("merged_into_id", "problem", "problem_field", "rival_id"),
)
values_of: Final = attrgetter(*COLUMNS)


def _links(page: Page) -> None:
    links = [_linked(decision, page.reading.writable) for decision in page.decisions]
    new = [link for link in links if link.id is None]
    for link, pk in zip(new, fresh_keys(MirrorLink, len(new)), strict=True):
        link.id = pk
    rows = [_row(decision, link) for decision, link in zip(page.decisions, links, strict=True)]
    upsert(table_of(MirrorLink), rows, KEPT)


def _row(decision: Decision, link: Link) -> Row:
    """What both sides say is written as JSON once: for most records they say the same."""
    row: Row = dict(zip(COLUMNS, values_of(link), strict=True))
    row["sent"], row["awaits"] = link.sent or "{}", link.awaits or "{}"
    if dumped := decision.told.dumped:
        row["theirs"], row["base"] = dumped, dumped if link.base == link.theirs else link.base
    return row


def _linked(decision: Decision, writable: Collection[str]) -> Link:
    """The link as it stands after this page.

    What was skipped, or could not be sent, has no digest: it is looked at whenever it is told, and every night.
    """
    link, told = decision.link, decision.told
    link.salesforce_id, link.theirs, link.stamp = told.id, told.values, told.stamp
    link.gone_at, link.master_id, link.merged_into_id = None, "", None
    link.problem, link.problem_field, link.rival_id = decision.problem, decision.problem_field, decision.rival
    link.digest = "" if decision.problem or decision.holds_back(writable) else told.digest
    if not decision.problem:
        link.record_id, link.base, link.awaits = decision.pk, decision.merged.base, decision.awaits
    return link


def _refuse(reading: Reading, told: Told) -> Counter[str]:
    link, _ = MirrorLink.objects.get_or_create(mirror=reading.mirror, salesforce_id=told.id)
    link.theirs, link.stamp, link.problem, link.problem_field, link.digest = told.values, told.stamp, "refused", "", ""
    link.save(update_fields=["theirs", "stamp", "problem", "problem_field", "digest"])
    return Counter(skipped=1)


# --- what follows ----------------------------------------------------------------------------------------------------
def _note(page: Page, changed: Sequence[Decision]) -> None:
    """One line in the history of each record that was changed: which fields, never their values."""
    kind, at, account = ContentType.objects.get_for_model(page.mapping.model), clock.now(), page.mapping.account
    same = {"subject_type_id": kind.pk, "verb": "changed_in_salesforce", "by_id": None, "at": at}
    made = (
        {
            **same,
            "subject_id": each.pk,
            "account_pk": (each.row or {}).get(account),
            "facts": {"fields": sorted(each.merged.here)},
        }
        for each in changed
    )
    with connection.cursor() as cursor:
        _copy(cursor, Event._meta.db_table, table_of(Event), made, without=("id",))


def _conflicts(taken: Sequence[Decision]) -> int:
    """Open what clashes, keep it up to date, and close what agrees again by itself."""
    known = [each.link.id or 0 for each in taken if not each.is_new]
    standing = Conflict.objects.open().filter(keys("link_id", known)) if known else ()
    open_now = {(one.link_id, one.field): one for one in standing}
    fresh = []
    for decision in taken:
        for name, clash in decision.merged.clashes.items():
            values = {"base": clash.base, "ours": clash.ours, "theirs": clash.theirs}
            if stands := open_now.pop((decision.link.id or 0, name), None):
                Conflict.objects.open().filter(pk=stands.pk).update(**values)
            else:
                fresh.append(Conflict(link_id=decision.link.id or 0, field=name, **values))
    for left in open_now.values():
        left.close(Conflict.Settled.AGREED)
    return len(Conflict.objects.bulk_create(fresh))


def in_pieces(told: Sequence[Told]) -> Iterable[Sequence[Told]]:
    """Pieces of a size that one transaction takes."""
    return batched(told, AT_ONCE, strict=False)
