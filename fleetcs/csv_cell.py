"""A cell of a CSV file: written so that no spreadsheet runs it, and read in again as it was (T26). Pure."""

import re
import unicodedata
from datetime import datetime
from typing import Final

FORMULA: Final = frozenset("=+-@")
BREAKS: Final = re.compile(r"[\t\r\n]")
# What a program may skip before it looks for a formula: blanks, quotes, marks that nobody sees.
IGNORED: Final = re.compile(r"""[\s"'\u200b-\u200f\u2060\ufeff]*""")


def safe(value: object) -> str:
    """A value as a cell: numbers as they are, moments in ISO form, text with an apostrophe before a formula."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return str(value)
        case datetime():
            return value.isoformat(timespec="seconds")
    text = str(value)
    return f"'{text}" if is_formula(text) else text


def is_formula(text: str) -> bool:
    """Whether a spreadsheet might run the cell: full-width signs, and signs after blanks and quotes, count too; so does
    what has got an apostrophe before a break, which could not be told from what `safe` makes."""
    rest = IGNORED.sub("", text, count=1)
    return bool(BREAKS.match(text.lstrip("'"))) or unicodedata.normalize("NFKC", rest[:1]) in FORMULA


def unescape(cell: str) -> str:
    """The text that `safe` has made this cell from, for reading our own files in again."""
    return cell[1:] if cell.startswith("'") and is_formula(cell[1:]) else cell
