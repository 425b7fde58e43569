"""The one writer of CSV files: a list exactly as filtered, with no cell that a spreadsheet would run (T26)."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import structlog
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django_htmx.http import HttpResponseClientRedirect

from fleetcs.csv_cell import safe
from fleetcs.listing import Order
from fleetcs.working_day import today

log = structlog.get_logger(__name__)

type Columns[M: Model] = Mapping[str, Callable[[M], Any]]

BOM: Final = "\ufeff"  # without it spreadsheets take UTF-8 for something else
AT_ONCE: Final = 500


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
