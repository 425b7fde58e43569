"""A cell of a list of records: its value in the form that all pages give to values of its kind."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from fleetcs.columns import Choice, Column, Link, State
from fleetcs.models import User
from fleetcs.templatetags.kit import day, dot, escaped, icon, moment, person

register = template.Library()

NONE = SafeString("&ndash;")


@register.simple_tag(takes_context=True)
def cell(context: Context, column: Column, row: Any) -> SafeString:
    """What a column says of a row."""
    return written(context, column.of(row))


@register.simple_tag
def cell_edit(code: str, column: Column, row: Any) -> SafeString:
    """The pencil by which a cell becomes its form."""
    return pencil(column, row, reverse("cell", args=[code, row.pk, column.key]))


def pencil(column: Column, row: Any, way: str) -> SafeString:
    what = f"{escaped(column.label.lower())} of {escaped(row.name)}"
    how = f'href="{way}" hx-get="{way}" hx-target="closest td" hx-swap="innerHTML" aria-label="Edit {what}"'
    return SafeString(f'<a class="fact-edit" {how}>{sign("pencil")}</a>')


@register.simple_tag(takes_context=True)
def table_rows(context: Context) -> SafeString:
    """The body of a list of records: `listing`, `table`, and where they may be changed `code`, `editable`, `bulk_url`.
    Written here: hundreds of turns of a template's loop cost more than all else on such a page."""
    columns, code = context["table"].columns, str(context.get("code") or "")
    begun = [(column, opened(column, labelled=place > 0), _way(code, column)) for place, column in enumerate(columns)]
    return SafeString("\n".join(_line(context, row, begun) for row in context["listing"].rows))


def opened(column: Column, *, labelled: bool) -> str:
    """How a cell begins; on a telephone a labelled one says what it is, which is plain of the record's name."""
    kind = f' class="{column.kind}"' if column.kind else ""
    return f'<td{kind} data-label="{escaped(column.label)}">' if labelled else f"<td{kind}>"


def _way(code: str, column: Column) -> list[str]:
    """The address of a cell's form, in two parts with the record's number between; none where it has no form."""
    return reverse("cell", args=[code, 0, column.key]).rsplit("0", 1) if code and column.field else []


def _line(context: Context, row: Any, begun: Iterable[tuple[Column, str, list[str]]]) -> str:
    mine, cells = row.pk in (context.get("editable") or ()), list[str]()
    for column, begin, way in begun:
        edit = pencil(column, row, str(row.pk).join(way)) if way and mine else ""
        cells.append(f"{begin}{written(context, column.of(row))}{edit}</td>")
    return f"<tr>{pick(row, row.name) if context.get('bulk_url') else ''}{''.join(cells)}</tr>"


def pick(row: Any, name: str) -> str:
    """The cell with which it is selected."""
    how = f'id="p{row.pk}" name="pk" value="{row.pk}" form="bulk" aria-label="Select {escaped(name)}"'
    return f'<td class="pick"><input class="form-check-input" type="checkbox" {how}></td>'


@register.simple_tag
def column_choices(choices: Iterable[Choice]) -> SafeString:
    """The columns to choose from. Written here: a list may offer twenty, and every view of it carries them."""
    return SafeString("\n".join(map(_choice, choices)))


def _choice(choice: Choice) -> str:
    column = choice.column
    key, label = escaped(column.key), escaped(column.label)
    stays = f'<input type="hidden" name="column" value="{key}">' if column.stays else ""
    how = (" checked" if choice.is_on else "") + (" disabled" if choice.is_fixed or column.stays else "")
    ways = "" if choice.is_fixed else f'<span class="columns-moves">{"".join(_moves(key, label))}</span>'
    return (
        f'<li class="row-line"><input type="hidden" name="order" value="{key}">{stays}<label class="row-line">'
        f'<input class="form-check-input" type="checkbox" name="column" value="{key}"{how}>{label}</label>{ways}</li>'
    )


def _moves(key: str, label: str) -> Iterator[str]:
    for name, step in (("up", -1), ("down", 1)):
        words = f'<span class="visually-hidden">Move {label} {name}</span>'
        how = f'class="btn btn-small" name="{name}" value="{key}" data-move="{step}"'
        yield f"<button {how}>{sign(f'arrow-{name}')}{words}</button>"


@cache
def sign(name: str) -> SafeString:
    """A small icon, made once."""
    return icon(name, 14)


def written(context: Context, value: object) -> SafeString:
    match value:
        case None | "" | False:
            return NONE
        case True:
            return dot("good", "Yes")
        case Link():
            return _link(value)
        case State():
            return dot(value.tone, value.words)
        case User():
            return person(value, "small")
        case datetime():
            return moment(context, value)
        case date():
            return day(value)
    return _plain(value)


def _plain(value: object) -> SafeString:
    if isinstance(value, Decimal):
        return SafeString(f"{value:,.2f}".removesuffix(".00"))
    return SafeString(escaped(f"{value:,}" if isinstance(value, int) else str(value)))


def _link(link: Link) -> SafeString:
    opens = SafeString(" data-panel") if link.opens else ""
    return format_html('<a href="{}"{}>{}</a>', link.url, opens, link.words)
