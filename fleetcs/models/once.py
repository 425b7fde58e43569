"""Rows that a unique key allows once: the second insert is no error, it is the expected case."""

from django.db import connection, models

# Conflicts are avoided in SQL, never by catching IntegrityError: its text would carry the values into the logs.
INSERT = "INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT DO NOTHING RETURNING id"


def insert_once(row: models.Model) -> bool:
    """Insert `row` in one statement unless a unique key already stands; says whether it did, and sets its pk then."""
    fields = [field for field in row._meta.concrete_fields if not field.primary_key]
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
    columns = ", ".join(str(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format(table=row._meta.db_table, columns=columns, marks=marks), values)
        found = cursor.fetchone()
    row.pk = found[0] if found else None
    row._state.adding = found is None
    return found is not None
