"""Files of tickets: JSON, one JSON object a line, or CSV; a row that cannot be read is kept with the reason. Pure."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final

from support.desks.conversation import Unreadable, clean

LONGEST_LINE: Final = 5_000_000  # characters
LARGEST: Final = 25 * 1024 * 1024  # bytes of an upload
KEPT: Final = 20_000  # characters of what could not be read

csv.field_size_limit(LONGEST_LINE)

type Payload = dict[str, Any]
type Tables = Callable[[list[Payload]], list[Payload]]


@dataclass(frozen=True)
class Row:
    """One ticket of a file by its place in it; `raw` holds what is no ticket, and `problem` why."""

    number: int
    payload: Payload | None = None
    raw: str = ""
    problem: str = ""


def rows_of(raw: bytes, names: tuple[str, ...], from_table: Tables | None) -> list[Row]:
    """The tickets of a file. `names`: under which a JSON object may hold the list; `from_table` makes tickets of the
    rows of a CSV file, where there is such a form. Raises Unreadable for a file that holds nothing to read."""
    text = decoded(raw).strip()
    if not text:
        raise Unreadable("the file is empty")
    if text[0] not in "[{":
        if from_table is None:
            raise Unreadable("the file holds no JSON")
        values: list[Any] | None = list(from_table(_table(text)))
    else:
        values = _whole(text, names)
    rows = list(_numbered(_lines(text) if values is None else values))
    if not rows:
        raise Unreadable("the file holds no ticket")
    return rows


def decoded(raw: bytes) -> str:
    """UTF-8 with or without its mark. Raises Unreadable for other bytes."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("the file is not UTF-8") from None


def _whole(text: str, names: tuple[str, ...]) -> list[Any] | None:
    """The list that the file is, or holds; None where it is no one JSON value."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(found, dict):
        lists = (found[name] for name in names if isinstance(found.get(name), list))
        found = next(lists, [found])
    return found if isinstance(found, list) else None


def _lines(text: str) -> list[Any]:
    """One JSON object a line, which may hold whatever else breaks lines; a line that is none stays text."""
    return [_value(line.strip()) for line in text.split("\n") if line.strip()]


def _value(line: str) -> Any:
    try:
        return json.loads(line) if len(line) <= LONGEST_LINE else line
    except (ValueError, RecursionError):
        return line


def _numbered(values: list[Any]) -> Iterator[Row]:
    for number, value in enumerate(values, 1):
        if isinstance(value, Mapping):
            yield Row(number, clean(value))
        else:
            kept = value if isinstance(value, str) else json.dumps(value)
            yield Row(number, raw=clean(kept[:KEPT]), problem="it is no JSON object")


def _table(text: str) -> list[Payload]:
    """The rows of a CSV file with a head. Raises Unreadable."""
    try:
        return [{str(name): each for name, each in row.items()} for row in csv.DictReader(StringIO(text, newline=""))]
    except csv.Error as error:
        raise Unreadable(f"the file is no CSV: {error}") from None
