"""The lists of records: what each shows, how it is narrowed down, and by which form its cells are changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Model, QuerySet
from django.utils.module_loading import import_string
from django_filters import FilterSet

from fleetcs.columns import Column, Shown, keys_of, shown
from fleetcs.editing import RecordForm
from fleetcs.listing import Order
from fleetcs.models import ChosenColumns, User


@dataclass(frozen=True)
class Table:
    """One list: `rows` gives what a person may see of it, `many` names the fields that can be set on many at once;
    `edit` and `export` are the actions of `fleetcs.posts` that this takes."""

    code: str
    page: str
    noun: str
    edit: str
    export: str
    model: type[Model]
    form: type[RecordForm[Any]]
    filters: type[FilterSet]
    rows: Callable[[User], QuerySet[Any]]
    columns: tuple[Column, ...]
    sorts: Mapping[str, Order]
    many: tuple[str, ...] = ()

    def known_to(self, user: User) -> list[Column]:
        """The columns that the person may see, and so may change where the record is theirs to change."""
        return [column for column in self.columns if not column.action or user.may(column.action)]

    def shown_to(self, user: User, asked: str) -> Shown:
        """The columns as the address asks for them, else as the person has chosen them, else as they come."""
        return shown(self.known_to(user), keys_of(asked), ChosenColumns.objects.keys(user, self.page))

    def many_fields(self, user: User) -> list[tuple[str, str]]:
        """What the person can set on many records at once: names and labels."""
        hidden = {column.field for column in self.columns} - {column.field for column in self.known_to(user)}
        return [(name, str(self.form.base_fields[name].label)) for name in self.many if name not in hidden]

    def editable(self, user: User) -> QuerySet[Any]:
        """The records that the person may change."""
        rows: Any = self.model._default_manager
        found: QuerySet[Any] = rows.editable_by(user)
        return found


@cache
def tables() -> Mapping[str, Table]:
    """Every list of records, by its code."""
    named = (getattr(config, "tables", []) for config in apps.get_app_configs())
    return {table.code: table for names in named for table in map(import_string, names)}


def table_at(page: str) -> Table | None:
    """The list at an address, by its URL name."""
    return next((table for table in tables().values() if table.page == page), None)
