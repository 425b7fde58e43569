"""The field table against what Salesforce says it has: what is missing, back, of another type, or only to be read."""

from django.conf import settings
from django.db import transaction

from fleetcs import clock
from fleetcs.clients import salesforce
from fleetcs.models import Event, Mirror, MirrorField


def look(mirror: Mirror) -> None:
    """Ask what fields the object has, and write down what became of ours. Raises Unavailable or Rejected."""
    known = {field.name: field for field in salesforce.describe(mirror.object)}
    with transaction.atomic():
        for row in mirror.fields.select_for_update():
            _compare(mirror, row, known)
        key = known.get(settings.SALESFORCE_EXTERNAL_ID)
        by_time = known.get("SystemModstamp")
        mirror.keep(has_key=key is not None and key.external_id, is_whole=by_time is None or not by_time.filterable)


def _compare(mirror: Mirror, row: MirrorField, known: dict[str, salesforce.Field]) -> None:
    fields = [known.get(name) for name in row.names]
    before = (row.found, row.was, row.may_write, row.missing_at)
    if None in fields:
        row.missing_at = row.missing_at or clock.now()
    else:
        row.missing_at = None
        found = ", ".join(sorted({field.type for field in fields if field}))
        row.was, row.found = (row.found if row.found not in ("", found) else row.was), found
        row.may_write = all(field.updateable and not field.calculated for field in fields if field)
    if before != (row.found, row.was, row.may_write, row.missing_at):
        row.save(update_fields=["found", "was", "may_write", "missing_at"])
        _note(mirror, row, before[0], before[3] is None)


def _note(mirror: Mirror, row: MirrorField, found: str, was_there: bool) -> None:
    is_there = row.missing_at is None
    if was_there != is_there:
        Event.log(mirror, "mirror_field_came_back" if is_there else "mirror_field_vanished", field=row.ours)
    if is_there and (not was_there or found != row.found):
        mirror.links.update(digest="")  # what is read otherwise now, or for the first time, has to be looked at again
