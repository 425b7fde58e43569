"""The mirror of Salesforce as tests need it: started mirrors, rows over there, and readings in between."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fleetcs import clock
from fleetcs.clients import salesforce
from fleetcs.mirrors import duties
from fleetcs.models import Automation, Mirror
from tests.factories import make_user
from tests.standins import StandIns


@contextmanager
def started(*codes: str) -> Iterator[None]:
    """These mirrors, or all, are started and may act; what the line has counted is forgotten afterwards."""
    Automation.objects.get(code="salesforce").switch("act", by=None)
    for mirror in Mirror.objects.filter(code__in=codes) if codes else Mirror.objects.all():
        mirror.start(by=make_user("administrator"))
    yield
    salesforce.line._quota.clear()
    salesforce.spent()


def load(line: StandIns, object: str, *rows: dict[str, Any], at: str = "") -> list[str]:
    """Records that are made over there, at this moment or now; their ids."""
    ids: list[str] = line.act("load", object=object, rows=list(rows), at=at or clock.now().isoformat())
    return ids


def record(line: StandIns, id: str, object: str = "Opportunity") -> dict[str, Any]:
    return next(row for row in line.records(object) if row["Id"] == id)


def poll() -> int:
    """The next poll, whenever it is due."""
    Mirror.objects.update(tried_at=None)
    return duties.poll()
