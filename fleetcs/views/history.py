"""The field-level audit: what stood in the audited tables, row by row, bulk changes included (safety.md)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.apps import apps
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from fleetcs.listing import listing
from fleetcs.mirrors.mapping import mapping_of
from fleetcs.models import User
from fleetcs.views.records import only
from fleetcs.wording import absolute
from fleetcs.working_day import ZONE

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
WITHHELD = "(set)"
OUTSIDE = "The system"  # a command, a worker or a migration: nobody was signed in

type Change = dict[str, Any]


@require_safe
@only("history.see")
def history(request: HttpRequest, table: str = "ticket") -> HttpResponse:
    """The newest versions of a table's rows."""
    if table not in AUDITED:
        raise Http404
    rows = apps.get_model(AUDITED[table]).objects.select_related("pgh_context")
    page = listing(request, rows, sorts=SORTS, noun="change")
    context = {
        "title": f"History: {table}",
        "listing": page,
        "table": table,
        "tables": AUDITED,
        "rows": signed(page.rows),
    }
    return render(request, "fleetcs/history.html", context, status=page.status)


@require_safe
@only("history.see")
def history_of(request: HttpRequest, table: str, pk: int) -> HttpResponse:
    """What became of one row: each change with the fields that differ from the version before."""
    if table not in AUDITED or pk >= 2**63:
        raise Http404
    versions = apps.get_model(AUDITED[table]).objects.filter(pgh_obj_id=pk).select_related("pgh_context")
    newest = list(versions.order_by("-pgh_id")[:LONGEST])
    if not newest:
        raise Http404
    changes = changes_of(newest[::-1], is_whole=len(newest) < LONGEST)[::-1]
    context = {"title": f"History of {table} {pk}", "changes": changes, "table": table}
    return render(request, "fleetcs/history_of.html", context)


def signed(versions: Iterable[Any]) -> list[tuple[Any, str, str]]:
    """Each version with who made it and on which page."""
    rows = [(version, dict(version.pgh_context.metadata) if version.pgh_context else {}) for version in versions]
    names = User.objects.in_bulk({told["user"] for _, told in rows if told.get("user")})
    return [(version, str(names.get(told.get("user")) or OUTSIDE), str(told.get("url", ""))) for version, told in rows]


def changes_of(versions: list[Any], *, is_whole: bool = True) -> list[Change]:
    """Each version with (field, before, after) for what differs; the first one shows everything that was set.

    Unless it `is_whole` the first version is only what the second is compared with.
    """
    pairs = list(zip([None, *versions], signed(versions), strict=False))
    found = [
        {"version": version, "who": who, "differing": differing(before, version)} for before, (version, who, _) in pairs
    ]
    name_all(found)
    return found if is_whole else found[1:]


def differing(before: Any, version: Any) -> list[tuple[Any, Any, Any]]:
    """(field, value before, value after) of what is not the same; of a first version what is not empty."""
    fields = [field for field in version._meta.fields if not field.name.startswith("pgh_")]
    pairs = [(field, getattr(before, field.attname, None), getattr(version, field.attname)) for field in fields]
    return [(field, old, new) for field, old, new in pairs if old != new and (before or new not in ("", [], {}))]


def name_all(changes: list[Change]) -> None:
    """Write records by name and choices by their label; one query for each kind of record."""
    keys: dict[type[Model], set[Any]] = {}
    for field, *values in (one for change in changes for one in change["differing"]):
        if field.related_model:
            keys.setdefault(field.related_model, set()).update(value for value in values if value is not None)
    names = {model: model._default_manager.in_bulk(wanted) for model, wanted in keys.items()}
    for change in changes:
        change["fields"] = [
            (field.verbose_name, *(named(field, value, names) for value in values))
            for field, *values in change.pop("differing")
        ]


def is_withheld(field: Any) -> bool:
    """Whether a value is told only where each look at it is written down, as a codename is (R11)."""
    mapping = mapping_of(field.model.pgh_tracked_model)
    return mapping is not None and any(each.see and each.ours == field.name for each in mapping.fields)


def named(field: Any, value: Any, names: dict[type[Model], dict[Any, Model]]) -> Any:
    """A value as people read it; a record that is gone is told by its number."""
    if value and is_withheld(field):
        return WITHHELD
    if field.related_model and value is not None:
        return names[field.related_model].get(value, f"no. {value}")
    if isinstance(value, datetime):
        return absolute(value, ZONE)
    return dict(field.flatchoices).get(value, value) if field.flatchoices else value
