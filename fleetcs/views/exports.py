"""Lists of people outside leave as a file only by those who may, and every file is written down first (LEA-03).

The company keeps such data for its own use and gives it to nobody else: whoever takes it out answers for it.
"""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_filters import FilterSet

from fleetcs.export import Columns, csv_of
from fleetcs.listing import Order, listing, query_sent, read_as
from fleetcs.models import Export
from fleetcs.views.records import Request, only

SORTS = {"-at": ("-pk",), "at": ("pk",)}


@require_safe
@only("history.see")
def exports(request: Request) -> HttpResponse:
    """Who took which list away."""
    page = listing(request, Export.objects.select_related("by"), sorts=SORTS, noun="file")
    return render(request, "fleetcs/exports.html", {"title": "Files taken away", "listing": page}, status=page.status)


def allow(request: Request, action: str) -> None:
    """Raises PermissionDenied unless the person may do it; then lets the form's `query` be what the address asks."""
    if not request.user.may(action):
        raise PermissionDenied
    read_as(request, QueryDict(query_sent(request), mutable=True))


def logged(
    request: Request, name: str, columns: Columns[Any], filters: FilterSet, sorts: Mapping[str, Order]
) -> HttpResponseBase:
    """The list as the form's query narrows it down, after a row that tells of it. Raises BadRequest."""
    if not filters.is_valid():
        raise BadRequest
    count = filters.qs.order_by().count()
    Export.objects.create(name=name, by=request.user, query=request.GET.urlencode(), count=count)
    return csv_of(request, name, columns, filters.qs, sorts)
