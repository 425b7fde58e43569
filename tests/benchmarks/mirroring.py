"""What taking up Salesforce's records costs beside a plain COPY and upsert of the very same rows; prints JSON.

Each round begins with empty tables: our first load, a pass in which everything has changed, a pass in which nothing
has; then the plain writing of the rows that the first load left. Processor time is that of this process and of the
server's process that serves it. Fetching is not part of it.
"""

import gc
import json
import os
import statistics
import sys
from collections.abc import Callable, Sequence
from itertools import batched
from typing import Any, Final

import django
import psutil
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from django.utils.module_loading import import_string

from tests.benchmarks.places import on_cpu
from tests.benchmarks.rows import US, Rows, id_of, told

os.environ["FLEETCS_MODE"] = "development"
django.setup()
reading_of = import_string("fleetcs.mirrors.reading.Reading")  # models can be imported from here on
apply = import_string("fleetcs.mirrors.writing.apply")
poll = import_string("fleetcs.mirrors.duties.poll")

ROUNDS: Final = 3
PIECE: Final = 2_000
SOLD: Final = ("accounts", "contacts", "opportunities")
TABLES: Final = ("accounts_account", "accounts_contact", "opportunities_opportunity", "fleetcs_mirrorlink")
WIPE: Final = "TRUNCATE accounts_account, fleetcs_mirrorlink, fleetcs_event, fleetcs_effect CASCADE"


# --- what is done with it ---------------------------------------------------------------------------------------------
def take(records: dict[str, Rows]) -> int:
    """As a run takes its pages; how many rows were written."""
    written = 0
    for code in SOLD:
        reading = reading_of(mirror(code), us=US)
        for piece in batched(records[code], PIECE, strict=False):
            with transaction.atomic(durable=True):
                written += apply(reading, reading.told(piece))["written"]
    return written


def mirror(code: str) -> Any:
    return apps.get_model("fleetcs", "Mirror").objects.get(code=code)


def kept() -> dict[str, tuple[str, list[Any]]]:
    """The rows of each table as they stand, ready to be copied."""
    with connection.cursor() as cursor:
        return {table: rows_of(cursor, table) for table in TABLES}


def rows_of(cursor: Any, table: str) -> tuple[str, list[Any]]:
    cursor.execute(f"SELECT * FROM {table} LIMIT 0")  # noqa: S608 - one of the names above
    names = [column.name for column in cursor.description]
    shown = ", ".join(f'"{name}"::text' for name in names)
    cursor.execute(f"SELECT {shown} FROM {table} ORDER BY {table}.id")  # noqa: S608
    return ", ".join(f'"{name}"' for name in names), cursor.fetchall()


def copy_plainly(tables: dict[str, tuple[str, list[Any]]]) -> None:
    """COPY and INSERT ... ON CONFLICT of the same rows, in pieces of the same size."""
    for table, (columns, rows) in tables.items():
        for piece in batched(rows, PIECE, strict=False):
            with transaction.atomic(durable=True), connection.cursor() as cursor:
                upsert(cursor, table, columns, piece)


def upsert(cursor: Any, table: str, columns: str, rows: Sequence[Any]) -> None:
    cursor.execute(f"CREATE TEMPORARY TABLE told (LIKE {table}) ON COMMIT DROP")
    with cursor.copy(f"COPY told ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    changes = ", ".join(f"{name} = EXCLUDED.{name}" for name in columns.split(", "))
    written = f"INSERT INTO {table} ({columns}) SELECT {columns} FROM told"  # noqa: S608
    cursor.execute(f"{written} ON CONFLICT (id) DO UPDATE SET {changes}")


# --- what it costs ----------------------------------------------------------------------------------------------------
def cost(act: Callable[[], Any]) -> float:
    """Seconds of processor time, ours and the server's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        processes = [psutil.Process(), psutil.Process(cursor.fetchone()[0])]
    before = sum(map(on_cpu, processes))
    act()
    return sum(map(on_cpu, processes)) - before


def wipe() -> None:
    with connection.cursor() as cursor:
        cursor.execute(WIPE)


def round_of(first: dict[str, Rows], second: dict[str, Rows]) -> dict[str, float]:
    wipe()
    took = {"load": cost(lambda: take(first))}
    plain = kept()
    took["change"] = cost(lambda: take(second))
    written: list[int] = []
    took["same"] = cost(lambda: written.append(take(second)))
    wipe()
    took["plain"] = cost(lambda: copy_plainly(plain))
    return took | {"written": written[0], "rows": sum(map(len, second.values()))}


def ready() -> None:
    """An empty installation whose mirrors know their fields, and twenty owners of whom ten are somebody here."""
    call_command("migrate", verbosity=0, interactive=False)
    apps.get_model("fleetcs", "MirrorField").objects.update(found="string")
    links, users = apps.get_model("fleetcs", "MirrorLink").objects, apps.get_model("fleetcs", "SalesforceUser").objects
    for number in range(20):
        person = apps.get_model("fleetcs", "User").objects.create_user(f"p{number}@brook.example", name="Person")
        user = users.create(name="Person", colleague=person if number % 2 else None)
        links.create(mirror=mirror("users"), salesforce_id=id_of("005", number), record_id=user.pk)


# --- over the line ----------------------------------------------------------------------------------------------------
def read_all() -> dict[str, int]:
    """Polls until everything is loaded, as beat pokes them, and one after that; how many had something to do."""
    everybody = apps.get_model("fleetcs", "Mirror").objects
    for one in everybody.filter(code__in=SOLD):
        one.start(by=None)
    pokes = busy = 0
    while everybody.filter(code__in=SOLD, loaded_at=None).exists():
        everybody.update(tried_at=None)
        busy += bool(poll())
        pokes += 1
    return {"pokes": pokes, "busy": busy}


def idle() -> dict[str, int]:
    """A poll when nothing has changed: what is read again is what the overlap asks for."""
    apps.get_model("fleetcs", "Mirror").objects.update(tried_at=None)
    return {"taken": poll()}


def costs(sizes: Sequence[int]) -> dict[str, float]:
    """The median of the rounds."""
    first, second = told(sizes, 1), told(sizes, 2)
    gc.freeze()  # a run has one page in memory, not all of them: they are no part of what is collected
    rounds = [round_of(first, second) for _ in range(ROUNDS)]
    return {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}


def main(what: str, *sizes: str) -> None:
    if what != "idle":
        ready()
    acts: dict[str, Callable[[], Any]] = {"read": read_all, "idle": idle, "costs": lambda: costs(list(map(int, sizes)))}
    print(json.dumps(acts[what]()))


if __name__ == "__main__":
    main(*sys.argv[1:])
