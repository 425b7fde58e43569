"""The field-level audit: what stood in the audited tables, row by row, bulk changes included (safety.md)."""

from typing import Any, Final

from django.apps import apps
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from fleetcs.listing import listing
from fleetcs.views.records import only

# table's word in the address -> the model that keeps its versions
AUDITED: Final = {
    "account": "accounts.AccountEvent",
    "contact": "accounts.ContactEvent",
    "contract": "accounts.ContractEvent",
    "ticket": "support.TicketEvent",
    "policy": "support.SlaPolicyEvent",
    "rule": "support.SlaRuleEvent",
    "hours": "fleetcs.OpeningHoursEvent",
    "holiday": "fleetcs.HolidayEvent",
    "holding": "fleetcs.RoleHoldingEvent",
}
SORTS = {"-at": ("-pgh_id",), "at": ("pgh_id",)}
LONGEST = 500


@require_safe
@only("history.see")
def history(request: HttpRequest, table: str = "ticket") -> HttpResponse:
    """The newest versions of a table's rows."""
    if table not in AUDITED:
        raise Http404
    rows = apps.get_model(AUDITED[table]).objects.select_related("pgh_context")
    page = listing(request, rows, sorts=SORTS, noun="change")
    context = {"title": f"History: {table}", "listing": page, "table": table, "tables": AUDITED}
    return render(request, "fleetcs/history.html", context)


@require_safe
@only("history.see")
def history_of(request: HttpRequest, table: str, pk: int) -> HttpResponse:
    """What became of one row: each change with the fields that differ from the version before."""
    if table not in AUDITED or pk >= 2**63:
        raise Http404
    versions = list(apps.get_model(AUDITED[table]).objects.filter(pgh_obj_id=pk).select_related("pgh_context")
                    .order_by("pgh_id")[:LONGEST])
    if not versions:
        raise Http404
    context = {"title": f"History of {table} {pk}", "changes": list(reversed(changes_of(versions))), "table": table}
    return render(request, "fleetcs/history_of.html", context)


def changes_of(versions: list[Any]) -> list[dict[str, Any]]:
    """Each version with (field, before, after) for what differs; the first one shows everything that was set."""
    before: dict[str, Any] = {}
    found = []
    for version in versions:
        after = {field.name: getattr(version, field.attname) for field in version._meta.fields
                 if not field.name.startswith("pgh_")}
        differing = [(name, before.get(name), value) for name, value in after.items() if before.get(name) != value]
        found.append({"version": version, "fields": differing})
        before = after
    return found
