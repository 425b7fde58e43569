"""The columns of a list: which there are, which of them a person has chosen, and in which order (ux 18)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

MOST: Final = 40  # columns that an address may name


@dataclass(frozen=True)
class Link:
    """A cell that leads to a record; `opens` for the row's own, which opens beside the list."""

    words: str
    url: str
    opens: bool = False


@dataclass(frozen=True)
class State:
    """A cell that says how something stands: a colour and its word."""

    tone: str
    words: str


@dataclass(frozen=True)
class Column:
    """One column: `of` gives a row's value, `field` is what of the record's form it shows, `action` who may see it."""

    key: str
    label: str
    of: Callable[[Any], object]
    sort: str = ""
    kind: str = ""
    action: str = ""
    field: str = ""
    extra: bool = False  # not shown before somebody chooses it
    stays: bool = False  # cannot be taken away: it leads to the record where the first column does not

    @property
    def head(self) -> str:
        """How the column's head looks: as its cells where those are figures."""
        return self.kind if self.kind == "num" else ""


@dataclass(frozen=True)
class Choice:
    """A column as it is offered."""

    column: Column
    is_on: bool
    is_fixed: bool


@dataclass(frozen=True)
class Shown:
    """What a list shows, and what else it could."""

    columns: list[Column]
    choices: list[Choice]


def keys_of(text: str) -> list[str]:
    """The columns that an address asks for, in its order."""
    return [key for key in text.split(",") if key][:MOST]


def shown(known: Sequence[Column], *wishes: Iterable[str]) -> Shown:
    """The first wish that names a column of the list counts, else what the list comes with; the first column always
    stands first, and what leads to the record is always there."""
    first, by_key = known[0], {column.key: column for column in known}
    wished = ([by_key[key] for key in dict.fromkeys(wish) if key in by_key] for wish in wishes)
    chosen = next((some for some in wished if some), [column for column in known if not column.extra])
    lacking = [column for column in known if column.stays and column not in chosen]
    columns = [first, *lacking, *(column for column in chosen if column != first)]
    rest = [column for column in known if column not in columns]
    return Shown(columns, [Choice(column, column in columns, column == first) for column in (*columns, *rest)])
