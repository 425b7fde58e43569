"""CSV files as people bring them: their encoding, separator and quotes, and what is wrong with a line (F43). Pure."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from typing import Final

from fleetcs.csv_cell import unescape

LARGEST: Final = 10 * 1024 * 1024  # bytes
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 100
LONGEST_CELL: Final = 10_000  # characters
KEPT: Final = 300  # characters of a cell that is too long
SEPARATORS: Final = ",;\t"
ZIPPED: Final = b"PK\x03\x04"  # how spreadsheets' own files begin

NO_TEXT: Final = "It is no text file: save the table as CSV in UTF-8 in your spreadsheet program."
TOO_LONG: Final = f"A cell in it is longer than {LONGEST_CELL:,} characters."
NEVER_CLOSED: Final = "A quotation mark opens in this line and is never closed."
MISPLACED: Final = "A quotation mark stands where it cannot be read: inside a quoted cell it is written twice."


class Unreadable(Exception):
    """A file of which nothing can be read, with the reason in words."""


@dataclass(frozen=True)
class Line:
    """A row by the number of the line it begins in, as an editor counts; `problem` says why it cannot be read."""

    number: int
    cells: Sequence[str] = ()
    problem: str = ""


@dataclass(frozen=True)
class Sheet:
    """The names of the columns, and the rows below them that are not empty."""

    head: list[str]
    lines: list[Line]


def read(raw: bytes) -> Sheet:
    """What a file holds. Raises Unreadable."""
    if len(raw) > LARGEST:
        raise Unreadable(f"It is larger than {LARGEST // 1024 // 1024} MB: split it.")
    text = decoded(raw)
    lines = _lines(text, separator_of(text))
    head = _head(next(lines, None))
    rows = [_whole(line, len(head)) for line in islice(lines, MOST_ROWS + 1)]
    if not rows:
        raise Unreadable("There is no row below the names of the columns.")
    if len(rows) > MOST_ROWS:
        raise Unreadable(f"It has more than {MOST_ROWS:,} rows: split it.")
    return Sheet(head, rows)


def decoded(raw: bytes) -> str:
    """UTF-8 with or without its mark. Raises Unreadable for other bytes."""
    if b"\0" in raw or raw.startswith(ZIPPED):
        raise Unreadable(NO_TEXT)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        words = f"It is not in UTF-8 (line {line:,}): save it as “CSV UTF-8” in your spreadsheet program."
        raise Unreadable(words) from None


def separator_of(text: str) -> str:
    """What parts most columns in the first row; a comma where nothing does."""
    return max(SEPARATORS, key=lambda each: len(next(_lines(text, each), Line(0)).cells))


def _lines(text: str, separator: str) -> Iterator[Line]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:  # the reader goes on with the line after it
            yield Line(number, problem=_why(str(error)) + _swallowed(number, reader.line_num))
            continue
        if any(cell.strip() for cell in cells):
            yield Line(number, [unescape(cell.strip().replace("\r\n", "\n")) for cell in cells])


def _swallowed(first: int, last: int) -> str:
    """Which lines a quotation mark has taken into one row, that none of them is missed without a word."""
    return f" Lines {first:,} to {last:,} are read as one row: none of them is imported." if last > first else ""


def _why(error: str) -> str:
    if "field larger" in error:
        return TOO_LONG
    return NEVER_CLOSED if "end of data" in error else MISPLACED


def _head(line: Line | None) -> list[str]:
    """The names of the columns. Raises Unreadable."""
    if line is None:
        raise Unreadable("It is empty.")
    if line.problem:
        raise Unreadable(f"The names of the columns cannot be read: {line.problem}")
    if len(line.cells) > MOST_COLUMNS:
        raise Unreadable(f"It has more than {MOST_COLUMNS} columns.")
    return [cell[:KEPT] or f"Column {number}" for number, cell in enumerate(_cut(line.cells, 1), 1)]


def _whole(line: Line, width: int) -> Line:
    """The row as wide as the head; else with what is wrong with it."""
    cells = _cut(line.cells, width)
    if line.problem or (len(cells) == width and all(len(cell) <= LONGEST_CELL for cell in cells)):
        return Line(line.number, cells, line.problem)
    wrong = TOO_LONG if len(cells) == width else f"It has {len(cells)} cells where there are {width} columns."
    return Line(line.number, [cell[:KEPT] for cell in cells[:MOST_COLUMNS]], wrong)


def _cut(cells: Sequence[str], least: int) -> Sequence[str]:
    """Without the empty cells at the end that spreadsheets leave behind."""
    end = len(cells)
    while end > least and not cells[end - 1]:
        end -= 1
    return cells[:end]
