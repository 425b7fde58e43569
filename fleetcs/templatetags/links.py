"""The `url` tag of every template, with its work done once: most addresses hold nothing, or the key of a record."""

from functools import cache
from typing import Final

from django import template
from django.template import Context, Node
from django.template.base import Parser, Token
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as django_url
from django.urls import reverse
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

register = template.Library()

STAND_INS: Final = tuple(range(7_000_000_001, 7_000_000_005))  # digits that no address holds by itself


@cache
def pattern(name: str, numbers: int) -> str:
    """The address `name` with `{}` for each of its numbers. Raises NoReverseMatch."""
    address = str(conditional_escape(reverse(name, args=STAND_INS[:numbers])))
    for stand_in in STAND_INS[:numbers]:
        address = address.replace(str(stand_in), "{}")
    return address


class Address(Node):
    """A `{% url %}` with a fixed name and whole numbers only; with anything else it does what Django's does."""

    def __init__(self, name: str, node: URLNode) -> None:
        self.name, self.node = name, node

    def render(self, context: Context) -> str:
        values = [arg.resolve(context) for arg in self.node.args]
        if all(type(value) is int for value in values):
            return SafeString(pattern(self.name, len(values)).format(*values))
        return str(self.node.render(context))


@register.tag
def url(parser: Parser, token: Token) -> Node:
    """As Django's."""
    node: URLNode = django_url(parser, token)
    name = node.view_name.var
    is_plain = isinstance(name, str) and not node.kwargs and not node.asvar and len(node.args) <= len(STAND_INS)
    return Address(str(name), node) if is_plain else node
