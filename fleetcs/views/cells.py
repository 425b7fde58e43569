"""One cell of a list of records changed in place: by the field of the record's own form, its version checked (ux 9)."""

from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from fleetcs.columns import Column
from fleetcs.editing import RecordForm
from fleetcs.models import User
from fleetcs.models.stale import Stale
from fleetcs.tables import Table, tables
from fleetcs.views.records import Request, posted

CHANGED = "A colleague has changed the record meanwhile: this says {} now. Save again to write yours over it."


@require_http_methods(["GET", "HEAD", "POST"])
def cell(request: Request, code: str, pk: int, key: str) -> HttpResponse:
    """The cell as a form, and as it says after that; without scripts a page of its own that leads back to the list."""
    table, column = column_of(code, key, request.user)
    record = get_object_or_404(table.editable(request.user), pk=pk)
    if request.GET.get("wish") == "leave":
        return cell_page(request, table, column, pk)
    form = field_of(table.form(posted(request), instance=record, user=request.user), column)
    try:
        done = form.change() if form.is_valid() else None
    except Stale:
        return form_page(request, table, column, overtaken(form, column), status=409)
    return cell_page(request, table, column, pk) if done else form_page(request, table, column, form)


def column_of(code: str, key: str, user: User) -> tuple[Table, Column]:
    """A column that shows a field of the record's form and that the person may see. Raises Http404 for any other."""
    table = tables().get(code)
    column = next((one for one in table.known_to(user) if one.key == key and one.field), None) if table else None
    if table is None or column is None:
        raise Http404
    return table, column


def field_of(form: RecordForm[Any], column: Column) -> RecordForm[Any]:
    """The form with the column's field alone. Raises Http404 where the person's form does not have it."""
    if column.field not in form.fields:
        raise Http404
    return form.only(column.field)


def overtaken(form: RecordForm[Any], column: Column) -> RecordForm[Any]:
    """What was typed, on the version that a colleague has written meanwhile, with what that one says."""
    theirs = ", ".join(difference.theirs for difference in form.differences())
    told = QueryDict(mutable=True)
    told.update(form.data)
    told["version"] = str(form.fresh().version)
    again = type(form)(told, instance=form.fresh(), user=form.user).only(column.field)
    if again.is_valid():
        again.add_error(column.field, CHANGED.format(theirs or "what you read"))
    return again


def form_page(request: Request, table: Table, column: Column, form: RecordForm[Any], status: int = 422) -> HttpResponse:
    """The form; a fragment is answered with 422 whatever is wrong, since only that is put in its place."""
    name, record = str(form.fields[column.field].label), form.fresh()
    page = {"title": f"{name} of {record.name}", "form": form, "url": request.path, "back": reverse(table.page)}
    page |= {"field": form[column.field], "locked": form.fields[column.field].disabled}
    is_part = bool(request.htmx)
    template = "fleetcs/_cell_form.html" if is_part else "fleetcs/cell.html"
    return render(request, template, page, status=(422 if is_part else status) if form.errors else 200)


def cell_page(request: Request, table: Table, column: Column, pk: int) -> HttpResponse:
    """What the cell says now; what has left the person's sight by the change says nothing any more."""
    if not request.htmx:
        return redirect(table.page)
    row = table.rows(request.user).filter(pk=pk).first()
    still = table.editable(request.user).filter(pk=pk).exists()
    page = {"table": table, "column": column, "row": row, "may_edit": still}
    return render(request, "fleetcs/_cell.html", page)
