"""What can be imported from a CSV file: the fields, how a row finds its record, how text becomes what a form sends."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from django import forms
from django.apps import apps
from django.db.models import Model, QuerySet, Value
from django.db.models.functions import Lower
from django.utils.module_loading import import_string

from fleetcs.editing import RecordForm
from fleetcs.mirrors.mapping import mapping_of
from fleetcs.models import MirrorLink, User
from fleetcs.tables import Table

ID: Final = "id"  # a column that only finds a record
YES: Final = frozenset({"yes", "y", "true", "1", "on", "x"})
NO: Final = frozenset({"no", "n", "false", "0", "off"})


class Refused(Exception):
    """A row of which nothing can come, with the reason in words."""


@dataclass(frozen=True)
class Match:
    """A way to find a row's record: by these fields, which are not written on a record that is found.

    `makes`: whether a row that finds none is a new record.
    """

    code: str
    label: str
    fields: tuple[str, ...]
    find: Callable[[Any, Mapping[str, str]], Any]
    makes: bool = True

    def key(self, texts: Mapping[str, str]) -> str:
        return "\n".join(texts[name].casefold() for name in self.fields)[:300]


@dataclass(frozen=True)
class Importable:
    """A list into which files can be imported by those who may do `action`.

    `heads`: what other files call a field; `fresh`: what a new record has where the file says nothing.
    """

    table: Table
    action: str
    form: type[RecordForm[Any]]
    fields: tuple[str, ...]
    matches: tuple[Match, ...]
    heads: Mapping[str, str] = field(default_factory=dict)
    fresh: Callable[[User], dict[str, Any]] = lambda _user: {}

    def labels(self, user: User) -> dict[str, str]:
        """The fields that the person may fill, and the id."""
        asked = self.form(user=user).fields
        return {name: str(asked[name].label) for name in self.fields if name in asked} | {ID: "Id"}

    def match(self, code: str) -> Match:
        """Raises StopIteration for one that is not there."""
        return next(each for each in self.matches if each.code == code)


@cache
def importables() -> Mapping[str, Importable]:
    """Everything that can be imported, by the code of its list."""
    named = (getattr(config, "imports", []) for config in apps.get_app_configs())
    return {each.table.code: each for names in named for each in map(import_string, names)}


# --- columns ----------------------------------------------------------------------------------------------------------
def guesses(
    head: Sequence[str], labels: Mapping[str, str], heads: Mapping[str, str], known: Mapping[str, str]
) -> list[str]:
    """The field of each column: as the person put it last time, else by its name; no field twice."""
    named = {_plain(word): name for name, label in labels.items() for word in (label, name)}
    named |= {_plain(word): name for word, name in heads.items()}
    taken: set[str] = set()
    found = []
    for column in head:
        guess = known.get(column, named.get(_plain(column), ""))
        found.append(guess if guess in labels and guess not in taken else "")
        taken.add(guess)
    return found


def _plain(words: str) -> str:
    return "".join(letter for letter in words.casefold() if letter.isalnum())


# --- records ----------------------------------------------------------------------------------------------------------
def same(rows: QuerySet[Any], **texts: str) -> QuerySet[Any]:
    """Records that say these texts in these fields, whatever their case."""
    for number, (path, text) in enumerate(texts.items()):
        rows = rows.alias(**{f"said_{number}": Lower(path)}).filter(**{f"said_{number}": Lower(Value(text))})
    return rows


def by_id(rows: QuerySet[Any], texts: Mapping[str, str]) -> QuerySet[Any]:
    """By our number, or by the id that Salesforce has given it."""
    text, mapping = texts[ID], mapping_of(rows.model)
    if text.isascii() and text.isdigit() and len(text) < 15:
        return rows.filter(pk=int(text))
    if mapping is None or len(text) not in (15, 18):
        return rows.none()
    links = MirrorLink.objects.live().filter(mirror__code=mapping.code, salesforce_id__startswith=text)
    return rows.filter(pk__in=links.values("record_id"))


BY_ID: Final = Match(ID, "Id, ours or Salesforce's", (ID,), by_id, makes=False)


# --- cells ------------------------------------------------------------------------------------------------------------
def sent_as(asked: forms.Field, text: str) -> list[str]:
    """A cell as the field's form would send it. Raises Refused."""
    match asked:
        case forms.BooleanField():
            return _tick(asked, text)
        case forms.ModelChoiceField():
            return [str(_record(asked, text).pk)]
        case forms.ChoiceField():
            return [_code(asked, text)]
    return [text]


def _tick(asked: forms.Field, text: str) -> list[str]:
    if text.casefold() not in YES | NO:
        raise Refused(f"{asked.label}: “{text[:60]}” is neither yes nor no.")
    return ["on"] if text.casefold() in YES else []


def _code(asked: forms.ChoiceField, text: str) -> str:
    """The choice of that code or that name; what is none the form refuses."""
    offered: Any = asked.choices
    codes = {str(word).casefold(): str(code) for code, label in offered for word in (label, code)}
    return codes.get(text.casefold(), text)


def _record(asked: forms.ModelChoiceField[Any], text: str) -> Model:
    """The one record of that address or name among those that may be chosen. Raises Refused."""
    rows: Any = asked.queryset
    has = {each.name for each in rows.model._meta.get_fields()}
    paths = [path for path in ("email", "name") if path in has and (path != "email" or "@" in text)]
    for path in paths:
        found: list[Model] = list(same(rows, **{path: text})[:2])
        if len(found) == 1:
            return found[0]
        if found:
            raise Refused(f"{asked.label}: there are several of the name “{text[:60]}”.")
    raise Refused(f"{asked.label}: “{text[:60]}” is not known, or cannot be chosen.")
