"""A file of records: which one, what its columns are, how its rows find the records they are about."""

from collections.abc import Iterator
from typing import Any, Final

import django_filters as filters
from django import forms
from django.utils.html import escape

from fleetcs.csv_text import LARGEST, Sheet, Unreadable, read
from fleetcs.importable import Importable, guesses
from fleetcs.models import CsvImport, CsvRow, User

SHOWN: Final = 40  # characters of a cell that is shown as an example


class CsvForm(forms.Form):
    """The file."""

    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        help_text="CSV in UTF-8 with the names of the columns in its first line, parted by commas, semicolons or tabs.",
    )
    sheet: Sheet
    raw: bytes

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        self.raw = file.read(LARGEST + 1)
        try:
            self.sheet = read(self.raw)
        except Unreadable as problem:
            raise forms.ValidationError(str(problem)) from None
        return file

    def take(self, kind: Importable, *, by: User) -> CsvImport:
        """Keep its rows."""
        name = self.cleaned_data["file"].name
        return CsvImport.objects.take(kind.table.code, kind.action, self.sheet, raw=self.raw, name=name, by=by)


class ColumnsForm(forms.Form):
    """The field of each column, how rows are matched, and what happens to records that are there already."""

    match = forms.ChoiceField(label="A row and a record are the same by")
    existing = forms.ChoiceField(label="Records that are there already", choices=CsvImport.Existing.choices)

    def __init__(self, *args: Any, job: CsvImport, kind: Importable, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.job, self.kind, self.labels = job, kind, kind.labels(user)
        known: Any = self.fields
        known["match"].choices = [(each.code, each.label) for each in kind.matches]
        guessed = job.mapping or self._guessed(user)
        for number, field in enumerate(self._columns(guessed)):
            known[f"column_{number}"] = field
        fitting = [each.code for each in kind.matches if set(each.fields) <= set(guessed)]
        self.initial = {"match": job.match or next(iter(fitting), ""), "existing": job.existing}

    def _guessed(self, user: User) -> list[str]:
        known = CsvImport.objects.remembered(self.job.table, user)
        return guesses(self.job.head, self.labels, self.kind.heads, known)

    def _columns(self, guessed: list[str]) -> Iterator[forms.Field]:
        job, choices = self.job, [("", "Leave out"), *self.labels.items()]
        rows = [cells for cells in job.rows.values_list("cells", flat=True)[:3] if len(cells) == len(job.head)]
        for number, name in enumerate(job.head):
            said = ", ".join(cells[number][:SHOWN] for cells in rows if cells[number])
            hint = escape(f"Says: {said}" if said else "Says nothing in the first rows")  # hints are shown as HTML
            asked: dict[str, Any] = {"choices": choices, "initial": guessed[number], "help_text": hint}
            yield forms.ChoiceField(label=name, required=False, **asked)

    @property
    def mapping(self) -> list[str]:
        return [self.cleaned_data.get(f"column_{number}", "") for number in range(len(self.job.head))]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        used = self.mapping
        for number, name in enumerate(used):
            if name and name in used[:number]:
                self.add_error(f"column_{number}", f"“{self.labels[name]}” has a column already.")
        needed = self.kind.match(said["match"]).fields if "match" in said else ()
        if lacking := [self.labels[name] for name in needed if name not in used]:
            self.add_error("match", f"No column is {' or '.join(f'“{label}”' for label in lacking)}.")
        return said


class BeginForm(forms.Form):
    """Which of the rows are imported, and the check whose outcome the person has seen."""

    checked_at = forms.DateTimeField()
    plans = forms.MultipleChoiceField(choices=[(each, each.label) for each in (CsvRow.Plan.ADD, CsvRow.Plan.CHANGE)])


class CsvRowFilter(filters.FilterSet):
    """The rows of one file."""

    plan = filters.ChoiceFilter(choices=CsvRow.Plan.choices, label="When checked", empty_label="Any")
    state = filters.ChoiceFilter(choices=CsvRow.State.choices, label="State", empty_label="Any")
    q = filters.CharFilter(field_name="key", lookup_expr="icontains", label="Search", max_length=120)
