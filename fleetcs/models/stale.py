"""Two people at one record: what was read as version 3 may only be written while it still is version 3 (F47)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models


class Stale(Exception):
    """A colleague has changed the record since it was read."""


def held[M: models.Model](row: M) -> M:
    """Lock a row and read it anew: what was read before may have changed since."""
    row.refresh_from_db(from_queryset=type(row)._default_manager.select_for_update())
    return row


def hold(row: models.Model, version: int | None) -> None:
    """Lock `row` and count its version on; Raises Stale unless it still is the version that was read (None: any)."""
    rows = type(row)._default_manager.select_for_update().filter(pk=row.pk)
    current = rows.values_list("version", flat=True).get()
    if version is not None and version != current:
        raise Stale
    row.version = current + 1  # type: ignore[attr-defined]


@contextmanager
def as_it_was(row: models.Model) -> Iterator[None]:
    """Leave the object as it is, too, where a change of it is refused: the page that says so is drawn from it."""
    before = {each.attname: getattr(row, each.attname) for each in row._meta.concrete_fields}
    try:
        yield
    except (ValidationError, Stale):
        for name, value in before.items():
            setattr(row, name, value)
        raise


def write(row: models.Model, changes: dict[str, Any], version: int | None = None) -> dict[str, Any]:
    """Set fields by name on the version that was read, all or nothing; what they said before.

    Raises Stale and ValidationError. Call it inside the verb's transaction.
    """
    with as_it_was(row):
        hold(row, version)
        before = {field: getattr(row, field) for field in changes}
        for field, value in changes.items():
            setattr(row, field, value)
        row.full_clean()
        row.save()
    return before
