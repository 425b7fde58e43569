"""What the pages of the lists of records have in common: their filter, one page of rows, the columns that are shown."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django_filters import FilterSet

from fleetcs.importable import importables
from fleetcs.listing import Listing, listing
from fleetcs.tables import Table
from fleetcs.views.records import Request, list_page


def filtered(request: Request, table: Table) -> FilterSet:
    """What of the list the address asks for."""
    return table.filters(request.GET, queryset=table.rows(request.user), request=request)


def table_listing(request: Request, table: Table, filters: FilterSet) -> Listing[Any]:
    return listing(request, filters.qs, sorts=table.sorts, form=filters.form, noun=table.noun)


def table_page(
    request: Request, template: str, table: Table, page: Listing[Any], form: Any, **more: Any
) -> HttpResponse:
    """The list's page, with the columns that the address or the person asks for."""
    user = request.user
    more["table"] = table.shown_to(user, request.GET.get("columns", ""))
    kind = importables().get(table.code)
    if kind and user.may(kind.action):
        more["import_url"] = reverse("csv_new", args=[table.code])
    if user.may(table.export):
        more["export_url"] = reverse(f"{table.page}_export")
    if user.may(table.edit):
        more |= {"bulk_url": reverse("bulk", args=[table.code]), "many": table.many_fields(user), "code": table.code}
        mine = table.editable(user).filter(pk__in=[row.pk for row in page.rows])
        more["editable"] = set(mine.values_list("pk", flat=True))
    return list_page(request, template, page, form, **more)
