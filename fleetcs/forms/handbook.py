"""Forms of the handbook's texts and entries."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from fleetcs.handbook_texts import TEXTS
from fleetcs.models import HandbookEntry, MessageText



class TextForm(forms.ModelForm[MessageText]):
    """The wording of one text; every variable it must name is named."""

    class Meta:
        model = MessageText
        fields = ("subject", "body")
        widgets = {"body": forms.Textarea(attrs={"rows": 12})}

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        lost = [name for name in self.instance.required if body and "{" + name + "}" not in body]
        if lost:
            raise ValidationError(f"The text must hold {', '.join('{' + name + '}' for name in lost)}.")
        return body

    @property
    def is_known(self) -> bool:
        """Whether the product itself sends or offers it."""
        return self.instance.code in {text.code for text in TEXTS}


class EntryForm(forms.Form):
    """One value of the handbook: a plain text, or YAML for lists and orders."""

    value = forms.CharField(required=False, max_length=20_000, strip=True, widget=forms.Textarea(attrs={"rows": 8}))

    def __init__(self, *args: Any, entry: HandbookEntry, **kwargs: Any) -> None:
        super().__init__(*args, initial={"value": written(entry.value)}, **kwargs)
        self.is_plain = isinstance(entry.value, str)

    def clean_value(self) -> Any:
        text: str = self.cleaned_data["value"]
        if self.is_plain or not text:
            return text
        try:
            return YAML(typ="safe", pure=True).load(text)
        except YAMLError as error:
            raise ValidationError("This cannot be read as YAML.") from error


def written(value: Any, indent: str = "") -> str:
    """A value as a person edits it: a text as it is, lists and mappings in block form."""
    match value:
        case list():
            return "\n".join(f"{indent}- {_inline(item)}" for item in value)
        case dict():
            return "\n".join(f"{indent}{name}: {_inline(item)}" for name, item in value.items())
    return str(value)


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_inline(item)}" for name, item in value.items()) + "}"
    return f'"{value}"' if isinstance(value, str) and set(value) & set(":#{}[],&*@") else str(value)
