"""The one writer of CSV files: a list exactly as filtered, with no cell that a spreadsheet would run (T26)."""

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import structlog
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django_htmx.http import HttpResponseClientRedirect

from fleetcs.listing import Order
from fleetcs.working_day import today

log = structlog.get_logger(__name__)

type Columns[M: Model] = Mapping[str, Callable[[M], Any]]

BOM: Final = "\ufeff"  # without it spreadsheets take UTF-8 for something else
AT_ONCE: Final = 500
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


def is_wanted(request: HttpRequest) -> bool:
    """Whether the address asks for the list as a file."""
    return request.GET.get("format") == "csv"


def csv_of[M: Model](
    request: HttpRequest, name: str, columns: Columns[M], rows: QuerySet[M], sorts: Mapping[str, Order]
) -> HttpResponseBase:
    """The whole list as a file, row by row; a click that htmx caught is sent to the same address as a plain one."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(request.get_full_path())
    order = sorts.get(request.GET.get("sort", ""), next(iter(sorts.values())))
    log.info("exported", list=name, by=request.user.pk)
    found = rows.order_by(*order).iterator(chunk_size=AT_ONCE)
    return sheet(name, list(columns), ([value(row) for value in columns.values()] for row in found))


def sheet(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse | StreamingHttpResponse:
    """A CSV file named after the list and the company's day."""
    response = StreamingHttpResponse(lines(head, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{today():%Y-%m-%d}.csv"'
    return response


def lines(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The file's lines; every cell is quoted."""
    writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL)
    yield BOM + str(writer.writerow([safe(cell) for cell in head]))
    for row in rows:
        yield str(writer.writerow([safe(cell) for cell in row]))


class _Line:
    """Hands back what is written to it: the writer's answer is then the line itself."""

    def write(self, line: str) -> str:
        return line
