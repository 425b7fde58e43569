"""Both sides of the mirror as tests need them: rows over there, changes here, and readings between."""

from typing import Any

from accounts.models import Account
from fleetcs.models import Mirror, MirrorField
from tests import mirrored
from tests.factories import make_user
from tests.standins import StandIns


def load(line: StandIns, *rows: dict[str, Any], object: str = "Account", at: str = "2026-03-01T09:00:00Z") -> list[str]:
    return mirrored.load(line, object, *rows, at=at)


def brooks(count: int) -> list[dict[str, Any]]:
    return [{"Name": f"Brook {number:05}", "NumberOfEmployees": number} for number in range(count)]


def accounts() -> Mirror:
    return Mirror.objects.get(code="accounts")


def both_write(*fields: str) -> None:
    MirrorField.objects.filter(mirror__code="accounts", ours__in=fields).update(master="both")


def calls(line: StandIns, path: str = "") -> list[str]:
    return [entry["path"] for entry in line.journal("salesforce", "/services/data") if path in entry["path"]]


def record(line: StandIns, id: str, object: str = "Account") -> dict[str, Any]:
    return mirrored.record(line, id, object)


def changed(**changes: Any) -> Account:
    """A colleague changes the only account here."""
    account = Account.objects.get()
    account.change(changes, by=make_user("bizops"))
    return account
