"""Once a night every id is compared: what no window can show (hard deletes, late rows, rows lost here) is found then.

Much vanishing at once is more likely a lost permission than a clean-up: it is held until a person says otherwise.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import batched
from typing import Any, Final

from django.db import transaction

from fleetcs import clock
from fleetcs.clients import salesforce
from fleetcs.clients.http import Rejected
from fleetcs.clients.salesforce import moment
from fleetcs.merging import Value, same
from fleetcs.mirrors import quota, shape, writing
from fleetcs.mirrors.mapping import Mapped
from fleetcs.mirrors.reading import Reading, Told
from fleetcs.models import Event, Mirror
from fleetcs.models.mirror import LEASE

type Row = Mapping[str, Any]

BRAKE: Final = 0.02  # of all records; more than that, and more than a handful, is held
HANDFUL: Final = 5
ASKED_AT_ONCE: Final = 300  # ids in one question: its address has to stay within 16,000 signs
DAYS_BACK: Final = timedelta(days=14)  # getDeleted knows 15


def sweep(mirror: Mirror) -> int:
    """Compare all ids and stamps; says how many records were found different. Raises Unavailable or Rejected."""
    shape.look(mirror)
    reading = Reading(mirror, us=salesforce.user_id())
    _forget_lost(reading)
    there, different = _compared(reading)
    live = mirror.links.live()
    vanished = [str(id) for id in live.values_list("salesforce_id", flat=True) if id not in there]
    if len(vanished) > max(HANDFUL, BRAKE * live.count()) and not mirror.let_go:
        return _hold(mirror, len(vanished))
    healed = read(reading, different) + read(reading, vanished)
    mirror.keep(swept_at=clock.now(), healed=len(different) + len(vanished), held=0, let_go=False)
    return healed


def _compared(reading: Reading) -> tuple[set[str], list[str]]:
    """Every id over there, and those of records that are not here as they are there."""
    mirror, there, different = reading.mirror, set(), []
    soql = reading.of_living(", ".join(dict.fromkeys(_asked_of_all(reading))))
    for page in salesforce.query(soql, include_deleted=reading.declared.archives):
        there |= {str(row["Id"]) for row in page.rows}
        different += _different(reading, page.rows)
        mirror.keep(busy_until=clock.now() + LEASE)
        quota.spare()
    return there, different


def _asked_of_all(reading: Reading) -> list[str]:
    return ["Id", "SystemModstamp", *(name for _, names in worked_out(reading) for name in names)]


def worked_out(reading: Reading) -> list[tuple[Mapped, list[str]]]:
    """Fields that Salesforce works out itself: they change without a change of the stamp (trap 8)."""
    only_read = {row.ours for row in reading.rows if not row.may_write and not reading.declared.keeps}
    return [(mapped, names) for mapped, names in reading.fields if mapped.ours in only_read]


def _different(reading: Reading, rows: Sequence[Row]) -> list[str]:
    """Records that we do not have, that were skipped, whose stamp is another, or what is worked out of them."""
    fields = worked_out(reading)
    mine = reading.mirror.links.filter(gone_at=None, salesforce_id__in=[row["Id"] for row in rows]).exclude(digest="")
    columns = [f"theirs__{mapped.ours}" for mapped, _ in fields]
    known = {id: (stamp, values) for id, stamp, *values in mine.values_list("salesforce_id", "stamp", *columns)}
    return [str(row["Id"]) for row in rows if _is_other(row, known.get(row["Id"]), fields)]


def _is_other(row: Row, known: tuple[datetime, list[Value]] | None, fields: list[tuple[Mapped, list[str]]]) -> bool:
    if known is None or known[0] != moment(row.get("SystemModstamp")):
        return True
    told = (mapped.read([row.get(name) for name in names]) for mapped, names in fields)
    return not all(same(before, now) for before, now in zip(known[1], told, strict=True))


def _forget_lost(reading: Reading) -> int:
    """Links whose record here was removed behind our back: read again, they make a new one."""
    here = reading.declared.model._default_manager.values("pk")
    lost = reading.mirror.links.filter(gone_at=None).exclude(record_id=None).exclude(record_id__in=here)
    return lost.update(record_id=None, digest="", base={})


def _hold(mirror: Mirror, vanished: int) -> int:
    with transaction.atomic():
        if mirror.held != vanished:
            Event.log(mirror, "mirror_held", rows=vanished)
        mirror.keep(held=vanished, swept_at=clock.now())
    return 0


def read(reading: Reading, ids: Sequence[str]) -> int:
    """Read records by their ids, the recycle bin included; what is nowhere is gone. Says how many were taken up."""
    taken = 0
    for some in batched(ids, ASKED_AT_ONCE, strict=False):
        told = list(_asked(reading, some))
        found = {one.id for one in told}
        told += [Told(id, None, {}, is_gone=True) for id in some if id not in found]
        with transaction.atomic(durable=True):
            taken += writing.apply(reading, told, again=True).total()
    return taken


def _asked(reading: Reading, ids: Iterable[str]) -> Iterator[Told]:
    soql = reading.soql(f"Id IN {salesforce.quoted(list(ids))}")
    for page in salesforce.query(soql, include_deleted=True):
        yield from reading.told(page.rows)
        quota.spare()


def recount(mirror: Mirror) -> None:
    """How many there are over there and here. Raises Unavailable or Rejected."""
    reading = Reading(mirror)
    there = salesforce.count(mirror.object, reading.living, include_deleted=reading.declared.archives)
    model = reading.declared.model
    here = mirror.links.live().filter(record_id__in=model._default_manager.values("pk")).count()
    mirror.keep(count_there=there, count_here=here, counted_at=clock.now())


def read_deleted(mirror: Mirror) -> int:
    """What their log of deletions says since we last asked; where it does not reach back, all ids are compared."""
    until = mirror.their_clock or clock.now()
    start = max(mirror.deleted_until or until - timedelta(days=1), until - DAYS_BACK)
    if until - start < timedelta(minutes=2):
        return 0
    try:
        found = salesforce.deleted(mirror.object, start, until)
    except Rejected as error:
        if error.code != "INVALID_REPLICATION_DATE":
            raise
        mirror.keep(deleted_until=until, swept_at=None)
        return 0
    live = mirror.links.live().filter(salesforce_id__in=found.ids).values_list("salesforce_id", flat=True)
    taken = read(Reading(mirror), [str(id) for id in live])
    mirror.keep(deleted_until=found.latest_date_covered)
    return taken
