"""What every list page shows: one page of rows by key, a capped count, chips for the filters, and the links between."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from urllib.parse import parse_qsl

from django import forms
from django.core import signing
from django.core.exceptions import BadRequest
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, QueryDict

from fleetcs.wording import plural

SIZE: Final = 50
COUNTED: Final = 1_000  # beyond that a list says "1,000+": nobody reads on, and counting would cost more than the page
LONGEST_QUERY: Final = 8_000  # what servers take as an address; less of it would be another list
PLACE: Final = ("after", "before", "panel")  # where one is in a list, as opposed to what the list shows

type Order = tuple[str, ...]


@dataclass(frozen=True)
class Fact:
    """A line of a field table. `edit_url` gives the field in place."""

    label: str
    value: Any
    url: str = ""
    edit_url: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Chip:
    """A filter that is on, and the address of the list without it."""

    label: str
    value: str
    remove_url: str


@dataclass(frozen=True)
class Listing[M: Model]:
    """One page of a list with all that its template needs."""

    rows: list[M]
    count: int
    noun: str
    chips: list[Chip]
    clear_url: str
    next_url: str
    back_url: str
    sort: str
    sorts: Mapping[str, Order]
    params: QueryDict
    status: int

    @property
    def is_filtered(self) -> bool:
        return bool(self.chips) or self.status != 200

    @property
    def is_capped(self) -> bool:
        return self.count > COUNTED

    @property
    def count_text(self) -> str:
        return plural(min(self.count, COUNTED), self.noun, at_least=self.is_capped)

    @property
    def query(self) -> str:
        """The view itself as a query string: filters and sort, not the place in it."""
        return link(self.params, **dict.fromkeys(PLACE)).removeprefix("?")

    def sorted_by(self, key: str) -> str:
        """ "ascending", "descending" or "" for a column."""
        return {key: "ascending", f"-{key}": "descending"}.get(self.sort, "")

    def sort_url(self, key: str) -> str:
        """Where a click on the column's head leads: the other direction when there is one."""
        turns = [turn for turn in (key, f"-{key}") if turn in self.sorts and turn != self.sort]
        return link(self.params, **dict.fromkeys(PLACE), sort=turns[0] if turns else self.sort)


def listing[M: Model](
    request: HttpRequest,
    queryset: QuerySet[M],
    *,
    sorts: Mapping[str, Order],
    form: forms.BaseForm | None = None,
    noun: str = "row",
    size: int = SIZE,
) -> Listing[M]:
    """One page of `queryset` as the address asks for it. Sort columns are never NULL and end in a unique one."""
    refused = form is not None and form.is_bound and not form.is_valid()
    found = queryset.none() if refused else queryset
    sort = request.GET.get("sort", "")
    sort = sort if sort in sorts else next(iter(sorts))
    rows, newer, older = page_of(found, sorts[sort], request.GET, size)
    return Listing(
        rows=rows,
        count=counted(found),
        noun=noun,
        chips=chips_of(form, request.GET),
        clear_url=_clear_url(request, form),
        next_url=_place_url(request, "after", older),
        back_url=_place_url(request, "before", newer),
        sort=sort,
        sorts=sorts,
        params=request.GET,
        status=422 if refused else 200,
    )


def counted(queryset: QuerySet[Any]) -> int:
    """How many rows there are, up to one more than is ever said."""
    return queryset.order_by().values("pk")[: COUNTED + 1].count()


def page_of[M: Model](queryset: QuerySet[M], order: Order, params: QueryDict, size: int) -> tuple[list[M], str, str]:
    """The rows, and the cursors of what comes before and after them ("" at the ends)."""
    backwards, key = cursor_of(params, len(order))
    turned = tuple(_turn(column) for column in order) if backwards else order
    rows = list(queryset.filter(_beyond(turned, key)).order_by(*turned)[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    newer, older = (more, True) if backwards else (bool(key), more)
    return rows, _cursor(rows, 0, order) if newer else "", _cursor(rows, -1, order) if older else ""


def cursor_of(params: QueryDict, length: int) -> tuple[bool, list[Any]]:
    """(backwards, key) from the address; a cursor that is not ours begins at the beginning."""
    backwards = "before" in params
    try:
        key = signing.loads(params.get("before") or params.get("after") or "", salt="cursor")
    except signing.BadSignature:
        return False, []
    return (backwards, key) if len(key) == length else (False, [])


def cursor_after(row: Model, order: Order) -> str:
    """The cursor of what comes after a row, for a page whose first rows were found in another way."""
    return _cursor([row], 0, order)


def _cursor(rows: Sequence[Model], at: int, order: Order) -> str:
    if not rows:
        return ""
    return signing.dumps([_plain(_read(rows[at], column.removeprefix("-"))) for column in order], salt="cursor")


def _read(row: object, column: str) -> object:
    for name in column.split("__"):
        row = getattr(row, name)
    return row


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value if isinstance(value, int | float) else str(value)


def _turn(column: str) -> str:
    return column.removeprefix("-") if column.startswith("-") else f"-{column}"


def _beyond(order: Order, key: Sequence[Any]) -> Q:
    """Rows after `key`: the first column alone bounds the index, the others break its ties."""
    if not key:
        return Q()
    column, lookup = order[0].removeprefix("-"), "lt" if order[0].startswith("-") else "gt"
    if len(order) == 1:
        return Q((f"{column}__{lookup}", key[0]))
    later = Q((f"{column}__{lookup}", key[0])) | _beyond(order[1:], key[1:])
    return Q((f"{column}__{lookup}e", key[0])) & later


def chips_of(form: forms.BaseForm | None, params: QueryDict) -> list[Chip]:
    """The filters that are on, as people read them."""
    if form is None or not form.is_bound:
        return []
    values = getattr(form, "cleaned_data", {})
    return [
        Chip(str(field.label or name.capitalize()), shown(field, values[name]), link(params, **{name: None}, **_GONE))
        for name, field in form.fields.items()
        if values.get(name) not in (None, "", []) and params.get(name)
    ]


_GONE: Final = dict.fromkeys(PLACE)


def shown(field: forms.Field, value: object) -> str:
    """A filter's value in words: the label of a choice, "yes" for a tick, several with commas."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | QuerySet):
        return ", ".join(shown(field, one) for one in value)
    if not isinstance(field, forms.ChoiceField) or isinstance(field, forms.ModelChoiceField):
        return str(value)
    names: Any = field.choices
    return str(dict(names).get(value, value))


def printable(text: str) -> str:
    """A value of a field as it is, "" for what no field holds."""
    return text if text.isprintable() and len(text) <= 255 else ""


def link(params: QueryDict, **changes: str | None) -> str:
    """The query string with some parameters set, or taken out where the value is None."""
    changed = params.copy()
    for name, value in changes.items():
        changed.pop(name, None)
        if value is not None:
            changed[name] = value
    return f"?{changed.urlencode()}"


def query_sent(request: HttpRequest) -> str:
    """The list's query string as a form of that list sends it, whole. Raises BadRequest for what no list has."""
    query = request.POST.get("query", "")
    if len(query) > LONGEST_QUERY:
        raise BadRequest("The list's address is too long.")
    return QueryDict(query).urlencode()


def meaning(query: str) -> frozenset[tuple[str, str]]:
    """What an address shows, whatever the order of its parts and the place in the list."""
    return frozenset((name, value) for name, value in parse_qsl(query) if name not in PLACE)


def _clear_url(request: HttpRequest, form: forms.BaseForm | None) -> str:
    return link(request.GET, **dict.fromkeys([*(form.fields if form else ()), *PLACE]))


def _place_url(request: HttpRequest, side: str, cursor: str) -> str:
    return link(request.GET, **{**_GONE, side: cursor}) if cursor else ""


# --- filters whose choices come and go --------------------------------------------------------------------------------
def offer(form: Any, name: str, known: Iterable[tuple[object, str]], called: Callable[[str], str] = printable) -> None:
    """Let a filter offer what is known, and what the address asks for as well: the last record that said so may just
    have been changed, and an empty list is the answer then, no error. `called`: how that is read, "" for nonsense."""
    choices = [(str(value), words) for value, words in known]
    asked = str(form.data.get(name, ""))
    if asked and asked not in dict(choices) and (words := called(asked)):
        choices.append((asked, words))
    form.fields[name].choices = choices


# --- a list that means something when nothing is said -----------------------------------------------------------------
def mean(request: HttpRequest, **defaults: str) -> None:
    """Read the address as if it said these, unless it says otherwise: they show as chips that can be taken away."""
    read = request.GET.copy()
    for name, value in defaults.items():
        read.setdefault(name, value)
    read_as(request, read)


def read_as(request: HttpRequest, params: QueryDict) -> None:
    """Read the address as if its query string were this."""
    # Django's own is the same but for that it may not be changed, which its type insists on.
    request.GET = params  # type: ignore[assignment]


def without_default[M: Model](page: Listing[M], name: str) -> Listing[M]:
    """Taking the default away must be said in the address, or it would be back at once."""
    away = link(page.params, after=None, before=None, **{name: ""})
    chips = [replace(chip, remove_url=away) if chip.label == name.capitalize() else chip for chip in page.chips]
    return replace(page, chips=chips, clear_url=f"{page.clear_url}&{name}=".replace("?&", "?"))
