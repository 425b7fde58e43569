"""Settings that nearly every request reads and hardly anybody changes: kept by each process, and never out of date."""

from collections.abc import Callable
from functools import cache

from django.apps import apps
from django.db import connection

type Stamp = tuple[int | str, ...]


class Kept[Value]:
    """A value made of the rows of some tables; read anew as soon as any process has changed one of them.

    Each use asks one cheap question: how many rows there are, and how many entries of their history, and which is the
    last. A change that is rolled back leaves a gap in the history's numbers; one that is committed after a later one
    adds to their count: so no two states ever have the same stamp.
    """

    def __init__(self, read: Callable[[], Value], *models: str) -> None:
        self.read, self.models = read, models
        self.known: tuple[Stamp, Value] | None = None

    def now(self) -> Value:
        """The value as the rows say it now."""
        stamp, known = stamp_of(self.models), self.known
        if known is None or known[0] != stamp:
            known = self.known = (stamp, self.read())
        return known[1]


def stamp_of(models: tuple[str, ...]) -> Stamp:
    """Changes whenever a row of these models does; each must have a history."""
    with connection.cursor() as cursor:
        cursor.execute(_question(models))
        found: Stamp = cursor.fetchone()
    return found


@cache
def _question(models: tuple[str, ...]) -> str:
    parts = []
    for label in models:
        table, history = (apps.get_model(name)._meta.db_table for name in (label, f"{label}Event"))
        parts += [f"(SELECT count(*) FROM {table})", f"(SELECT (count(*), max(pgh_id))::text FROM {history})"]  # noqa: S608 - our own tables
    return f"SELECT {', '.join(parts)}"
