"""Filing a bug from a ticket, and what is said of it on the stand-up (BUG-01 to BUG-14)."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms

from support import bug_text, details
from support.models import BugReport, Investigation
from support.models.bug_search import LONGEST
from support.models.remark import LONGEST as LONGEST_REMARK
from support.models.repository import Repository

LONG: Final = frozenset({"expected", "actual", "debug_archive"})
REPOS: Final = [
    (Repository.Code.PUBLIC.value, "Public: everybody can read it"),
    (Repository.Code.CONFIDENTIAL.value, "Confidential: only colleagues can"),
]


class SearchForm(forms.Form):
    """Words to look for an issue of the same."""

    words = forms.CharField(
        label="Look for other words",
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"class": "form-control", "type": "search", "autocomplete": "off"}),
    )

    def clean_words(self) -> str:
        return " ".join(self.cleaned_data["words"].split())


class BugForm(forms.Form):
    """The report: six details that are needed, steps, thirteen details that help, and where it is filed.

    What is typed is kept, complete or not; what is missing, the report itself says.
    """

    title = forms.CharField(label="Title", max_length=bug_text.LONGEST_TITLE, required=False)
    reproduced_by_us = forms.BooleanField(label="We could reproduce it", required=False)
    steps = forms.CharField(
        label="Steps to reproduce",
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Needed when we could reproduce it.",
    )
    customer_steps = forms.CharField(
        label="Steps the customer took",
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Needed when we could not.",
    )
    recording = forms.URLField(
        label="Recording of the call",
        max_length=300,
        required=False,
        assume_scheme="https",
        help_text="Kept here; it is part of a confidential issue only.",
    )
    repo = forms.ChoiceField(label="Repository", choices=REPOS, widget=forms.RadioSelect)
    repo_reason = forms.CharField(
        label="Why it may not be public", max_length=300, required=False, help_text="Needed for the confidential one."
    )

    def __init__(self, data: Any = None, *, report: BugReport) -> None:
        own = {name: getattr(report, name) for name in self.base_fields}
        super().__init__(data, initial=own | report.ticket.details)
        for code, label in (details.REQUIRED | details.OPTIONAL).items():
            widget = forms.Textarea(attrs={"rows": 3}) if code in LONG else forms.TextInput()
            self.fields[code] = forms.CharField(label=label, max_length=details.LONGEST, required=False, widget=widget)
        self.order_fields(["title", *details.REQUIRED, "reproduced_by_us", "steps", "customer_steps", "recording"])

    def explain(self, faults: Mapping[str, str]) -> bool:
        """Say at each field what is missing; whether nothing is."""
        for name, why in faults.items():
            self.add_error(name or None, why)
        return not faults

    @property
    def needed(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in details.OPTIONAL]

    @property
    def helpful(self) -> list[forms.BoundField]:
        """The thirteen that nobody needs (BUG-05)."""
        return [self[code] for code in details.OPTIONAL]


class NumberForm(forms.Form):
    """Which issue it became, as GitHub's own form says; nothing: it is looked for."""

    number = forms.CharField(
        label="Number or address of the issue",
        max_length=300,
        required=False,
        help_text="Leave it empty to have it looked for by its hidden mark, or else by its title.",
    )

    def clean_number(self) -> int | None:
        given = self.cleaned_data["number"].strip().rstrip("/").rpartition("/")[2].removeprefix("#")
        if not given:
            return None
        if not (given.isascii() and given.isdecimal()) or not 0 < int(given) < 2**31:
            raise forms.ValidationError("Give the issue's number, or its address.")
        return int(given)


class GiveUpForm(forms.Form):
    """Why it is no bug after all."""

    because = forms.CharField(label="Why it is no bug", max_length=300)


class TextForm(forms.Form):
    """A comment under an issue; it is shown as everybody will read it before it leaves."""

    text = forms.CharField(
        label="Comment", max_length=LONGEST_REMARK, required=False, widget=forms.Textarea(attrs={"rows": 5})
    )


class AcknowledgeForm(TextForm):
    """The manager's acknowledgement: a comment to be written, or the link of one that stands there (BUG-09)."""

    link = forms.URLField(
        label="Or the link of a comment you have written there", max_length=300, required=False, assume_scheme="https"
    )
    field_order = ("text", "link")

    def clean(self) -> dict[str, Any]:
        if not self.cleaned_data.get("text") and not self.cleaned_data.get("link") and not self.errors:
            self.add_error("text", "Write the comment, or give the link of the one you have written.")
        return self.cleaned_data


class DecideForm(TextForm):
    """The second working day: could we reproduce it (BUG-10 to BUG-12)?"""

    decision = forms.ChoiceField(label="Decision", choices=Investigation.Decision.choices, widget=forms.RadioSelect)
    nothing_new = forms.BooleanField(label="There is nothing to add", required=False)
    field_order = ("decision", "text", "nothing_new")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["text"].label = "Logs, steps and details that are new"

    def clean(self) -> dict[str, Any]:
        if not self.cleaned_data.get("text") and not self.cleaned_data.get("nothing_new") and not self.errors:
            self.add_error("text", "Add what is known now, or say that there is nothing to add.")
        return self.cleaned_data
