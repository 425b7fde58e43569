"""Both sides of the mirror as tests need them: rows over there, changes here, and readings between."""

from datetime import UTC, datetime
from typing import Any

from accounts.models import Account
from fleetcs import effects
from fleetcs.mirrors import duties
from fleetcs.models import Effect, Mirror, MirrorField
from tests.factories import make_user
from tests.standins import StandIns


def load(line: StandIns, *rows: dict[str, Any], object: str = "Account", at: str = "2026-03-01T09:00:00Z") -> list[str]:
    ids: list[str] = line.act("load", object=object, rows=list(rows), at=at)
    return ids


def brooks(count: int) -> list[dict[str, Any]]:
    return [{"Name": f"Brook {number:05}", "NumberOfEmployees": number} for number in range(count)]


def poll() -> int:
    """The next poll, whenever it is due."""
    Mirror.objects.update(tried_at=None)
    return duties.poll()


def send_all() -> None:
    for _ in range(6):
        Effect.objects.open().update(next_at=datetime(2020, 1, 1, tzinfo=UTC))
        if not effects.send_rest():
            return


def accounts() -> Mirror:
    return Mirror.objects.get(code="accounts")


def both_write(*fields: str) -> None:
    MirrorField.objects.filter(mirror__code="accounts", ours__in=fields).update(master="both")


def calls(line: StandIns, path: str = "") -> list[str]:
    return [entry["path"] for entry in line.journal("salesforce", "/services/data") if path in entry["path"]]


def record(line: StandIns, id: str, object: str = "Account") -> dict[str, Any]:
    return next(row for row in line.records(object) if row["Id"] == id)


def changed(**changes: Any) -> Account:
    """A colleague changes the only account here."""
    account = Account.objects.get()
    account.change(changes, by=make_user("bizops"))
    return account
