"""The one task of the product: a poke, which does a duty of the schedule and says when it was done; and one duty that
is of the whole floor."""

from django.utils.module_loading import import_string

from fleetcs import clock, effects
from fleetcs.celery import SCHEDULE, app
from fleetcs.models import BulkEdit, CsvImport, Heartbeat


@app.task(name="fleetcs.poke")
def poke(name: str) -> int:
    """Do the duty `name` once; how many rows it moved. May run twice, at once, or late.

    The heartbeat is stamped after success only: a duty that fails grows old on the operations page.
    """
    moved: int = import_string(SCHEDULE[name].runs)()
    beat = Heartbeat(name=name, at=clock.now())
    Heartbeat.objects.bulk_create([beat], update_conflicts=True, unique_fields=["name"], update_fields=["at"])
    return moved


def forget_old() -> int:
    """Delete what has been settled for long, and what was begun and left; says how many rows."""
    return effects.forget_old() + BulkEdit.objects.forget_old() + CsvImport.objects.forget_old()
