"""What taking up Salesforce's records costs beside a plain COPY and upsert of the very same rows; prints JSON.

Each round begins with empty tables: our first load, a pass in which everything has changed, a pass in which nothing
has; then the plain writing of the rows that the first load left. Processor time is that of this process and of the
server's process that serves it. Fetching is not part of it.
"""

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

os.environ["FLEETCS_MODE"] = "development"
django.setup()
reading_of = import_string("fleetcs.mirrors.reading.Reading")  # models can be imported from here on
apply = import_string("fleetcs.mirrors.writing.apply")

ROUNDS: Final = 3
PIECE: Final = 2_000
US: Final = "005000000000US1AAA"
SOLD: Final = ("accounts", "contacts", "opportunities")
TABLES: Final = ("accounts_account", "accounts_contact", "opportunities_opportunity", "fleetcs_mirrorlink")
WIPE: Final = "TRUNCATE accounts_account, fleetcs_mirrorlink, fleetcs_event, fleetcs_effect CASCADE"

type Rows = list[dict[str, Any]]


# --- what is told -----------------------------------------------------------------------------------------------------
def id_of(prefix: str, number: int) -> str:
    return f"{prefix}{number:012}AAA"


def told(sizes: Sequence[int], version: int) -> dict[str, Rows]:
    """Records as REST tells them; another version has another value in one field of each."""
    accounts, contacts, opportunities = sizes
    return {
        "accounts": [account(number, version) for number in range(accounts)],
        "contacts": [contact(number, accounts, version) for number in range(contacts)],
        "opportunities": [opportunity(number, accounts, version) for number in range(opportunities)],
    }


def system(prefix: str, number: int, version: int) -> dict[str, Any]:
    stamp = f"2026-01-0{version}T10:{number // 60 % 60:02}:{number % 60:02}.000+0000"
    changed = {"SystemModstamp": stamp, "LastModifiedById": id_of("005", 7), "IsDeleted": False}
    return {"Id": id_of(prefix, number), **changed, "MasterRecordId": None, "OwnerId": id_of("005", number % 20)}


def account(number: int, version: int) -> dict[str, Any]:
    place = {"BillingStreet": f"{number} Harbour Road", "BillingCity": "Seatown", "BillingCountry": "USA"}
    parent = {"ParentId": id_of("001", number - number % 10) if number % 10 else None}
    own = {"Name": f"Brook {number} Works", "Type": "Customer", "Industry": "Water", **place, **parent}
    return {**system("001", number, version), **own, "NumberOfEmployees": 100 * number + version}


def contact(number: int, accounts: int, version: int) -> dict[str, Any]:
    who = {"Name": f"Ada Lund {number}", "Email": f"ada{number}@brook.example", "Title": "CISO", "Department": "IT"}
    where = {"AccountId": id_of("001", number % accounts), "MobilePhone": f"+1 555 {version}{number:06}"}
    return {**system("003", number, version), **who, **where, "Is_champion__c": number % 5 == 0}


def opportunity(number: int, accounts: int, version: int) -> dict[str, Any]:
    deal = {"Name": f"Brook {number} 2026", "Type": "New", "StageName": "Proposal", "Amount": 1000.0 * version + number}
    terms = {"Probability": 60.0, "CloseDate": "2026-06-30", "NextStep": "Send the quote", "Payment_terms__c": "Net 30"}
    return {**system("006", number, version), **deal, **terms, "AccountId": id_of("001", number % accounts)}


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
    cursor.execute(f"SELECT {shown} FROM {table} ORDER BY id")  # noqa: S608
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


def main(sizes: Sequence[int]) -> None:
    ready()
    rounds = [round_of(told(sizes, 1), told(sizes, 2)) for _ in range(ROUNDS)]
    print(json.dumps({name: statistics.median(each[name] for each in rounds) for name in rounds[0]}))


if __name__ == "__main__":
    main([int(number) for number in sys.argv[1:]])
