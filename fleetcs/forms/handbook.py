"""Forms of the handbook's texts and entries."""

from io import StringIO
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from fleetcs.handbook_texts import EMPTY_OF, LONGEST_VALUE, trouble
from fleetcs.models import HandbookEntry, MessageText


class TextForm(forms.ModelForm[MessageText]):
    """The wording of one text: it holds the variables it must, names none that nobody fills, and is in one piece."""

    class Meta:
        model = MessageText
        fields = ("subject", "body")
        widgets = {"body": forms.Textarea(attrs={"rows": 12})}

    def clean_body(self) -> str:
        """With the line ends that are stored; browsers send others."""
        body: str = self.cleaned_data["body"].replace("\r\n", "\n")
        if len(body) > LONGEST_VALUE:
            raise ValidationError(f"At most {LONGEST_VALUE:,} characters.")
        return body

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not self.errors and (found := self.instance.faults(data["subject"], data["body"])):
            self.add_error("body", [ValidationError(reason) for reason in found])
        return data


class EntryForm(forms.Form):
    """One value of the handbook: a plain text, or YAML for orders and missions."""

    value = forms.CharField(required=False, max_length=LONGEST_VALUE, widget=forms.Textarea(attrs={"rows": 8}))

    def __init__(self, *args: Any, entry: HandbookEntry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["value"] = written(entry.value)
        self.section = entry.section
        if entry.section in EMPTY_OF:
            self.fields["value"].help_text = "In YAML, as the handbook pack has it."

    def clean_value(self) -> Any:
        text = self.cleaned_data["value"].replace("\r\n", "\n")
        value = self._parsed(text) if self.section in EMPTY_OF else text
        if reason := trouble(self.section, value):
            raise ValidationError(reason)
        return value

    def _parsed(self, text: str) -> Any:
        if not text:
            return EMPTY_OF[self.section]
        try:
            return YAML(typ="safe", pure=True).load(text)
        except (YAMLError, ValueError, RecursionError) as error:
            raise ValidationError("This cannot be read as YAML.") from error


def written(value: Any) -> str:
    """A value as a person edits it: a text as it is, lists and mappings as YAML that reads back to the same."""
    if isinstance(value, str):
        return value
    yaml, stream = YAML(), StringIO()
    yaml.width, yaml.allow_unicode = 120, True
    if value:
        yaml.dump(value, stream)
    return stream.getvalue().strip()
