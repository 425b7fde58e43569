"""A cell of a list of records: its value in the form that all pages give to values of its kind."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from fleetcs.columns import Column, Link, State
from fleetcs.models import User
from fleetcs.templatetags.kit import day, dot, escaped, moment, person

register = template.Library()

NONE = SafeString("&ndash;")


@register.simple_tag(takes_context=True)
def cell(context: Context, column: Column, row: Any) -> SafeString:
    """What a column says of a row."""
    return written(context, column.of(row))


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
