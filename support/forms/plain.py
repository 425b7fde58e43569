"""Fields of filter bars, written at once: a template for each of them costs more than the rows below."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString


class Choices(forms.Select):
    """A select that is written at once: a template for every option of a dozen selects costs more than the rows."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = str(value or "")
        options = "".join(_option(str(key), str(words), chosen) for key, words in self.choices)
        return SafeString(f'<select name="{name}" id="id_{name}"{said(attrs)}>{options}</select>')


def _option(key: str, words: str, chosen: str) -> str:
    mark = " selected" if key == chosen else ""
    return f'<option value="{conditional_escape(key)}"{mark}>{conditional_escape(words)}</option>'


class Typed(forms.TextInput):
    """A plain field of the filter bar."""

    def __init__(self, kind: str = "text") -> None:
        super().__init__()
        self.kind = kind

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        given = conditional_escape("" if value is None else value)
        return SafeString(
            f'<input type="{self.kind}" name="{name}" id="id_{name}" value="{given}" maxlength="120" '
            f'autocomplete="off"{said(attrs)}>'
        )


def said(attrs: Mapping[str, Any] | None) -> str:
    """What a form says of a field that was refused."""
    told = ((name, value) for name, value in (attrs or {}).items() if name.startswith("aria-"))
    return "".join(f' {name}="{conditional_escape(value)}"' for name, value in told)
