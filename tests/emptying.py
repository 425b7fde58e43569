"""Tests that commit leave an empty database behind: emptied in one statement, and filled again by copying.

Django's own way writes every content type anew and loading the defaults asks for each row; both cost more than most of
these tests.
"""

from typing import Any

from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase
from django.utils.module_loading import import_string

from fleetcs.boundary import insist

KEPT: dict[str, bytes] = {}  # each table that is not empty after migrations, as COPY writes it


def install() -> None:
    """Have tests that commit end like this."""
    TransactionTestCase._fixture_teardown = empty  # type: ignore[method-assign]


def empty(_test: Any = None) -> None:
    """No row is left in any table of the product.

    A page may have begun to ask for something just as its browser was closed, and the database ends one of the two.
    """
    insist(truncate)


def truncate() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(map(connection.ops.quote_name, tables()))}")


def restore() -> None:
    """As after migrations: the first time by loading everything, later by copying what was there then."""
    if not KEPT:
        call_command("flush", verbosity=0, interactive=False)
        import_string("fleetcs.defaults.load")()
        KEPT.update(read())
        return
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no trigger, and no order of tables
        for table, rows in KEPT.items():
            with cursor.copy(f'COPY "{table}" FROM STDIN') as stream:
                stream.write(rows)
        cursor.execute("SET session_replication_role = DEFAULT")


def read() -> dict[str, bytes]:
    found = {}
    with connection.cursor() as cursor:
        for table in tables():
            with cursor.copy(f'COPY "{table}" TO STDOUT') as stream:
                found[table] = b"".join(map(bytes, stream))
    return {table: rows for table, rows in found.items() if rows}


def tables() -> list[str]:
    return connection.introspection.django_table_names(only_existing=True, include_views=False)
