"""Which object of Salesforce is which model here, field by field: what the apps declare and an admin fine-tunes.

Values are compared as Salesforce keeps them (an account is its 18 characters), so that both sides say the same when
they mean the same.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from functools import cache, cached_property
from math import isfinite
from typing import Any, Final

from django.apps import apps
from django.db import models
from django.utils.module_loading import import_string

from fleetcs.merging import Master, Value
from fleetcs.models.person import User
from fleetcs.working_day import ZONE


class Kind(StrEnum):
    """How a value is read; the last two are put together here and can only be read."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"
    FLAG = "flag"
    REFERENCE = "reference"
    LINES = "lines"
    CHOICE = "choice"


READ_ONLY: Final = (Kind.LINES, Kind.CHOICE)
NOON: Final = time(12)
TRUE: Final = ("true", "1")


@dataclass(frozen=True)
class Mapped:
    """One field: its name here, its name or names there, how it is read, and who masters it unless an admin says so.

    `of` is the code of the mirror that a reference leads to, `only` the beginning of the ids that do where it may lead
    to several objects; `choose` reads a choice from the word over there; `see` is the action one must be allowed on a
    record to be told its value.
    """

    ours: str
    theirs: str
    kind: Kind = Kind.TEXT
    master: Master = Master.THEIRS
    of: str = ""
    only: str = ""
    choose: Callable[[str], Value] | None = None
    see: str = ""

    def shown_to(self, user: User, record: Any) -> bool:
        """Whether somebody may be told the value that a record has in this field."""
        return not self.see or (record is not None and bool(record.allows(user, self.see)))

    def read(self, told: Sequence[Any]) -> Value:
        """The value out of what was told of the fields in `theirs`."""
        match self.kind:
            case Kind.WHOLE:
                return whole(told[0])
            case Kind.NUMBER:
                return number(told[0])
            case Kind.MOMENT:
                return moment_of(next((each for each in told if each), ""))
            case Kind.FLAG:
                return flag(told[0])
            case Kind.LINES:
                return "\n".join(text for each in told if (text := text_of(each)))
            case Kind.CHOICE if self.choose:
                return self.choose(text_of(told[0]))
            case Kind.REFERENCE:
                return text_of(told[0]) if str(told[0]).startswith(self.only) else ""
        return text_of(told[0])

    @property
    def column(self) -> str:
        """The attribute that holds it here."""
        return f"{self.ours}_id" if self.kind is Kind.REFERENCE else self.ours


@dataclass(frozen=True)
class Mapping:
    """One object over there and its model here."""

    code: str
    name: str
    object: str
    model_name: str
    fields: tuple[Mapped, ...]
    unique: tuple[str, ...] = ()  # fields whose text, whatever its case, stands on one record only
    merges: bool = False  # whether records can be merged over there
    born: Callable[[dict[str, Any]], dict[str, Any]] | None = None  # what a new record over there needs besides
    lacks: tuple[str, ...] = ()  # fields that every other object has
    keeps: bool = False  # whether a record here is never changed: its empty references may be filled, no more
    met: Callable[[Any], dict[str, int]] | None = None  # which records of ours the told ones are, by their ids
    archives: bool = False  # whether old records are put away over there, where only queryAll finds them
    through: str = ""  # the attribute of its records to which references to them lead on
    guards: Callable[[Any], None] | None = None  # takes back what the business does not let in: a clash for a person
    within: Callable[[Any], AbstractContextManager[None]] | None = None  # around writing
    settled: Callable[[int, User, datetime], None] | None = None  # what a settled conflict of a record entails
    account: str = "account_id"  # the attribute that says to which account a record belongs

    @cached_property
    def model(self) -> type[models.Model]:
        return apps.get_model(self.model_name)

    def mapped(self, ours: str) -> Mapped:
        """The declaration of a field. Raises LookupError."""
        for each in self.fields:
            if each.ours == ours:
                return each
        raise LookupError(f"{self.code} maps no field {ours!r}.")


@cache
def mappings() -> dict[str, Mapping]:
    """Every mapping that the apps list, by its code, in the order of the floors."""
    named = [import_string(name) for config in apps.get_app_configs() for name in getattr(config, "mirrors", [])]
    return {each.code: each for each in named}


def mapping_of(model: type[models.Model]) -> Mapping | None:
    """The mapping of a model, if it has one."""
    return next((each for each in mappings().values() if each.model is model), None)


@cache
def needed(code: str) -> tuple[str, ...]:
    """The mirrors without whose records none of this one can be kept here."""
    mapping = mappings()[code]
    fields: Iterable[tuple[Mapped, Any]] = ((each, mapping.model._meta.get_field(each.ours)) for each in mapping.fields)
    return tuple(mapped.of for mapped, column in fields if mapped.kind is Kind.REFERENCE and not column.null)


def canonical(value: Any) -> Value:
    """A value of ours in the form in which both sides are compared."""
    match value:
        case Decimal():
            return float(value)
        case datetime():
            return value.astimezone(UTC).isoformat()
        case None | bool() | int() | float():
            return value
    return str(value)  # days and texts


def label_of(code: str, ours: str) -> str:
    """What people call a field of a mirror's records here."""
    column: Any = mappings()[code].model._meta.get_field(ours)
    label = str(column.verbose_name)
    return label[:1].upper() + label[1:]


def text_of(told: object) -> str:
    """A text without the space around it, and without what no text can hold."""
    if told is None:
        return ""
    text = str(told).strip()
    return text if text.isascii() and "\0" not in text else text.replace("\0", "").encode("utf-8", "replace").decode()


def flag(told: object) -> bool:
    """Whether something is true, as REST says it or as CSV does."""
    return told is True or str(told).lower() in TRUE


def number(told: object) -> float | None:
    """An amount in cents at the finest; None for nothing and for what is none."""
    if told is None:
        return None
    try:
        found = round(float(str(told)), 2)
    except ValueError:
        return None
    return found if isfinite(found) else None


def moment_of(told: object) -> str:
    """A moment in UTC, whichever way it was written, a day as its noon; "" for nothing and for what is none."""
    text = str(told)
    try:
        if len(text) == len("2026-01-05"):
            return datetime.combine(date.fromisoformat(text), NOON, ZONE).astimezone(UTC).isoformat()
        return datetime.fromisoformat(text).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return ""


def whole(told: object) -> int | None:
    """A whole number out of 12, 12.0 or "12.0"; None for nothing and for what is no number."""
    if told is None:
        return None
    try:
        return int(float(str(told)))
    except (ValueError, OverflowError):
        return None
