"""Which of the codenames that the company had before are taken over."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.adoption import Row


class AdoptForm(forms.Form):
    """Rows by their number; only those that may be chosen."""

    rows = forms.TypedMultipleChoiceField(
        coerce=int,
        label="Rows",
        error_messages={
            "required": "Choose at least one row.",
            "invalid_choice": "A row that you chose does not fit any more, or is taken over: look at them again.",
        },
    )

    def __init__(self, data: Any, *, rows: Sequence[Row]) -> None:
        super().__init__(data)
        choosable: Any = self.fields["rows"]
        choosable.choices = [(row.number, str(row.number)) for row in rows if row.state != "blocked"]
