"""What Salesforce holds: the fields of an object as this login may see them, and the limits of the company."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fleetcs.clients.http import Unavailable
from fleetcs.clients.salesforce import login
from fleetcs.clients.salesforce.line import call, of


@dataclass(frozen=True)
class Choice:
    """One value of a picklist; values out of use may be missing, so old records hold others (never refuse those)."""

    value: str
    label: str
    active: bool


@dataclass(frozen=True)
class Field:
    """One field. `calculated` ones change without a new SystemModstamp; `references` names the objects it points to."""

    name: str
    label: str
    type: str
    length: int
    custom: bool
    nillable: bool
    createable: bool
    updateable: bool
    calculated: bool
    external_id: bool
    filterable: bool
    unique: bool
    restricted: bool
    choices: tuple[Choice, ...]
    references: tuple[str, ...]
    relationship: str


@dataclass(frozen=True)
class Limit:
    """How much of something the company may use a day, and what is left of it."""

    max: int
    remaining: int


def describe(object: str) -> list[Field]:
    """The fields that this login may see; never kept here, since new ones come and old ones go (trap 17)."""
    said = call(lambda library: of(library, object).describe())
    found = said.get("fields") if isinstance(said, dict) else None
    if not isinstance(found, list):
        raise Unavailable(code="not_understood")
    return [_field(each) for each in found if isinstance(each, dict)]


def objects() -> list[str]:
    """The names of all objects that can be asked for in SOQL."""
    said = call(lambda library: library.describe())
    found = said.get("sobjects") if isinstance(said, dict) else None
    if not isinstance(found, list):
        raise Unavailable(code="not_understood")
    return [str(each["name"]) for each in found if isinstance(each, dict) and each.get("queryable")]


def limits() -> dict[str, Limit]:
    """The limits by Salesforce's names, "DailyApiRequests" the one that matters most."""
    said = call(lambda library: library.limits())
    if not isinstance(said, dict):
        raise Unavailable(code="not_understood")
    return dict(_limits(said))


def user_id() -> str:
    """The id of the user we act as: changes that carry it are echoes of ours, if their values are (trap 26)."""
    return login.current().user_id


def _limits(said: dict[str, Any]) -> Iterator[tuple[str, Limit]]:
    for name, each in said.items():
        if isinstance(each, dict) and isinstance(each.get("Max"), int) and isinstance(each.get("Remaining"), int):
            yield name, Limit(each["Max"], each["Remaining"])


def _field(said: dict[str, Any]) -> Field:
    told = said.get
    return Field(
        name=str(told("name") or ""),
        label=str(told("label") or ""),
        type=str(told("type") or ""),
        length=int(told("length") or 0),
        custom=told("custom") is True,
        nillable=told("nillable") is True,
        createable=told("createable") is True,
        updateable=told("updateable") is True,
        calculated=told("calculated") is True,
        external_id=told("externalId") is True,
        filterable=told("filterable") is not False and told("sortable") is not False,
        unique=told("unique") is True,
        restricted=told("restrictedPicklist") is True,
        choices=tuple(_choice(each) for each in told("picklistValues") or () if isinstance(each, dict)),
        references=tuple(str(each) for each in told("referenceTo") or ()),
        relationship=str(told("relationshipName") or ""),
    )


def _choice(said: dict[str, Any]) -> Choice:
    value = str(said.get("value") or "")
    return Choice(value, str(said.get("label") or value), said.get("active") is not False)
