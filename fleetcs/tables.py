"""The lists of records: what each shows, how it is narrowed down, and by which form its cells are changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.apps import apps
from django.db.models import BigIntegerField, CharField, Model, QuerySet
from django.utils.module_loading import import_string
from django_filters import FilterSet

from fleetcs.columns import Column, Shown, keys_of, shown
from fleetcs.editing import RecordForm
from fleetcs.listing import Order
from fleetcs.models import ChosenColumns, User
from fleetcs.models.written import Written

CHOSEN: Final = Written(
    lambda owner, page: ChosenColumns.objects.filter(owner=owner, page=page).values("keys"),
    owner=BigIntegerField(),
    page=CharField(),
)


@dataclass(frozen=True)
class Columned:
    """A list whose columns people choose: `page` is its URL name."""

    page: str
    columns: tuple[Column, ...]

    def known_to(self, user: User) -> list[Column]:
        """The columns that the person may see, and so may change where the record is theirs to change."""
        return [column for column in self.columns if not column.action or user.may(column.action)]

    def shown_to(self, user: User, asked: str) -> Shown:
        """The columns as the address asks for them, else as the person has chosen them, else as they come."""
        chosen = [key for kept in CHOSEN(owner=user.pk, page=self.page) for key in kept["keys"]]
        return shown(self.known_to(user), keys_of(asked), chosen)


@dataclass(frozen=True)
class Table(Columned):
    """One list of records: `rows` gives what a person may see of it, `many` names the fields that can be set on many
    at once; `edit` and `export` are the actions of `fleetcs.posts` that this takes."""

    code: str
    noun: str
    edit: str
    export: str
    model: type[Model]
    form: type[RecordForm[Any]]
    filters: type[FilterSet]
    rows: Callable[[User], QuerySet[Any]]
    sorts: Mapping[str, Order]
    many: tuple[str, ...] = ()

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
def columned() -> Sequence[Columned]:
    """Every list whose columns people choose."""
    named = (getattr(config, "tables", []) for config in apps.get_app_configs())
    return [table for names in named for table in map(import_string, names)]


@cache
def tables() -> Mapping[str, Table]:
    """Every list of records, by its code."""
    return {table.code: table for table in columned() if isinstance(table, Table)}


def columns_at(page: str) -> Sequence[Column]:
    """The columns of the list at an address, by its URL name; none where there are none to choose."""
    return next((table.columns for table in columned() if table.page == page), ())
