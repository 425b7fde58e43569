"""Forms of a deal's close: its answers, its closing date, the issue, the handoff sheet, a step that is left out."""

from typing import Any

from django import forms

from fleetcs.editing import RecordForm
from fleetcs.procedures import LONGEST
from opportunities import closing, links
from opportunities.models import DealClose, HandoffSheet

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
ANSWERS = [("yes", "Yes"), ("no", "No")]
QUESTIONS = {
    "own_contract": "Do they bring a contract of their own?",
    "docusign": "Do they sign by envelope?",
    "poc_details_done": "Is their deployment known from the proof of concept?",
}


class AnswersForm(forms.Form):
    """What the steps follow from: three questions, each to be answered, and the tier."""

    own_contract = forms.ChoiceField(label=QUESTIONS["own_contract"], choices=ANSWERS, widget=forms.RadioSelect)
    docusign = forms.ChoiceField(label=QUESTIONS["docusign"], choices=ANSWERS, widget=forms.RadioSelect)
    poc_details_done = forms.ChoiceField(label=QUESTIONS["poc_details_done"], choices=ANSWERS, widget=forms.RadioSelect)
    tier = forms.ChoiceField(label="Support tier they buy", choices=DealClose.TIERS, widget=forms.RadioSelect)

    def answers(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {name: said[name] == "yes" for name in closing.BRANCHES} | {"tier": said["tier"]}


def answers_of(close: DealClose) -> dict[str, str]:
    """What was answered, as the form shows it."""
    said = {name: "yes" if getattr(close, name) else "no" for name in closing.BRANCHES}
    return said | {"tier": close.tier}


class WinForm(forms.Form):
    """The closing date: that of the last signature (DCL-09b)."""

    close_date = forms.DateField(label="Closing date", widget=DAY)


class IssueForm(forms.Form):
    """The New Sale issue, where it was not made from here (DCL-12a)."""

    issue = forms.URLField(label="Link of the issue", assume_scheme="https", validators=[links.confidential_issue])


class SkipForm(forms.Form):
    """Why a step is left out."""

    why = forms.CharField(label="Why is it left out?", max_length=LONGEST)


class HandoffForm(RecordForm[HandoffSheet]):
    """The eleven items, in the order in which they are gone through (DCL-18)."""

    class Meta:
        model = HandoffSheet
        fields = tuple(name for name, _ in closing.HANDOFF)
        widgets = dict.fromkeys(("deal", "use_cases", "reasons", "poc_notes"), forms.Textarea(attrs={"rows": 3}))
