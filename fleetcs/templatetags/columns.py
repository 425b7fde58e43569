"""A cell of a list of records: its value in the form that all pages give to values of its kind."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django import template
from django.template.context import Context
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
        yield f"<button {how}>{arrow(name)}{words}</button>"


@cache
def arrow(name: str) -> SafeString:
    return icon(f"arrow-{name}", 14)


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
