"""The forms of a page, as a browser would send them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final

from django.urls import Resolver404, resolve

FIELDS: Final = {"input", "select", "textarea", "button"}

type Pairs = dict[str, list[str]]


@dataclass
class Form:
    """Where a form goes and what stands in it; `hidden` names what people do not type."""

    action: str
    method: str
    fields: Pairs = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    options: dict[str, set[str]] = field(default_factory=dict)  # keys of records that a field offers to choose from

    @property
    def address(self) -> str:
        """The resolver's name for where it goes; "" for a place that is not ours."""
        try:
            return str(resolve(self.action.partition("?")[0]).route)
        except Resolver404:
            return ""


class _Reader(HTMLParser):
    """Collects forms; a field may stand outside its form and name it."""

    def __init__(self, here: str) -> None:
        super().__init__()
        self.here, self.forms, self.open, self.select = here, {}, "", ""
        self.count = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.count += 1
            self.open = given.get("id") or f"form {self.count}"
            self.forms[self.open] = Form(given.get("action") or self.here, given.get("method", "get").upper())
        elif tag in FIELDS and given.get("name"):
            self._field(tag, given)
        elif tag == "option" and self.select:
            self._option(given)

    def _option(self, given: dict[str, str]) -> None:
        form, value = self._form(), given.get("value", "")
        if value.isdecimal():
            form.options.setdefault(self.select, set()).add(value)
        if "selected" in given:
            form.fields[self.select] = [value]

    def _field(self, tag: str, given: dict[str, str]) -> None:
        form, name = self._form(given.get("form", "")), given["name"]
        self.select = name if tag == "select" else ""
        if given.get("type") == "hidden":
            form.hidden.add(name)
        unticked = given.get("type") in {"checkbox", "radio"} and "checked" not in given
        values = form.fields.setdefault(name, [])
        if not unticked and tag in {"input", "textarea"}:
            values.append(given.get("value", ""))

    def _form(self, name: str = "") -> Form:
        return self.forms.setdefault(name or self.open, Form(self.here, "GET"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = ""
        elif tag == "select":
            self.select = ""


def forms_of(html: str, here: str) -> Iterator[Form]:
    """Every form of the page that stands at the address `here`."""
    reader = _Reader(here)
    reader.feed(html)
    yield from (form for form in reader.forms.values() if form.fields)


def filled_in(form: Form, **changes: Any) -> Pairs:
    """What the form sends, with some fields changed."""
    return form.fields | {name: value if isinstance(value, list) else [value] for name, value in changes.items()}
