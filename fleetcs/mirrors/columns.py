"""What the columns behind mirrored fields take, worked out once a process: a first load asks it a million times."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import F, Func, Value

from fleetcs import merging
from fleetcs.mirrors.mapping import Kind, Mapped, mappings


@dataclass(frozen=True, slots=True)
class Column:
    """A mirrored field with the attribute that holds it here; `empty` is what stands there for nothing."""

    mapped: Mapped
    attname: str
    is_reference: bool
    is_needed: bool
    empty: str | None
    longest: int | None
    choices: frozenset[Any] | None
    checks: tuple[Callable[[Any], Any], ...]
    is_decimal: bool

    def wrong(self, value: merging.Value) -> str:
        """What speaks against a value that is not empty; "" for nothing."""
        if self.longest is not None and isinstance(value, str) and len(value) > self.longest:
            return "too_long"
        if self.choices is not None and value not in self.choices:
            return "not_valid"
        return "" if not self.checks or self._passes(value) else "not_valid"

    def _passes(self, value: merging.Value) -> bool:
        asked = Decimal(str(value)) if self.is_decimal else value
        try:
            for check in self.checks:
                check(asked)
        except ValidationError:
            return False
        return True


@cache
def columns_of(code: str) -> dict[str, Column]:
    """The columns of a mapping, by the names of their fields here."""
    mapping = mappings()[code]
    return {mapped.ours: _column(mapped, mapping.model._meta.get_field(mapped.ours)) for mapped in mapping.fields}


def _column(mapped: Mapped, field: Any) -> Column:
    is_reference = mapped.kind is Kind.REFERENCE
    limits = [each.limit_value for each in field.validators if isinstance(each, MaxLengthValidator)]
    return Column(
        mapped=mapped,
        attname=field.attname,
        is_reference=is_reference,
        is_needed=not field.null and (is_reference or not field.blank),
        empty=None if field.null else "",
        longest=min(limits, default=None),
        choices=frozenset(dict(field.flatchoices)) if field.choices else None,
        checks=tuple(each for each in field.validators if not isinstance(each, MaxLengthValidator)),
        is_decimal=isinstance(field, models.DecimalField),
    )


def among(column: Any, values: Iterable[Any], kind: models.Field[Any, Any]) -> Func:
    """Whether a column is one of the values: one parameter however many there are, where IN would have thousands."""
    asked = F(column) if isinstance(column, str) else column
    listed = Value(list(values), output_field=ArrayField(kind))
    return Func(asked, listed, template="%(expressions)s)", arg_joiner=" = ANY(", output_field=models.BooleanField())


def ids(column: str, values: Iterable[str]) -> Func:
    return among(column, values, models.CharField())


def keys(column: str, values: Iterable[int]) -> Func:
    return among(column, values, models.BigIntegerField())
