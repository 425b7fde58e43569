"""Forms of the data checkup: what somebody saw in Salesforce, and what becomes of a finding (SFD-01)."""

from typing import Any

from django import forms

from fleetcs.editing import RecordForm
from fleetcs.models import User
from fleetcs.posts import MAY
from fleetcs.procedures import LONGEST
from opportunities.looks import LOOKS
from opportunities.models import Finding
from opportunities.models.checkup import SO
from opportunities.models.finding import SHORTEST_REASON

CODES = [(code, text) for code, _, text in LOOKS]
NOT_SO = "flag"
VERDICTS = [(SO, "As it should be"), (NOT_SO, "Not so")]


class LookForm(forms.Form):
    """Whether one thing over there is as it should be; what is not has to be said."""

    code = forms.ChoiceField(choices=CODES)
    verdict = forms.ChoiceField(choices=VERDICTS)
    note = forms.CharField(required=False, max_length=LONGEST)


class AnewForm(forms.Form):
    """Which thing has to be looked at once more."""

    code = forms.ChoiceField(choices=CODES)


class FindingForm(RecordForm[Finding]):
    """Whose it is, and what they say about it."""

    class Meta:
        model = Finding
        fields = ("owner", "note")
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.queryset = User.objects.of_groups(MAY["checkup.see"])
        owner.empty_label = "Nobody yet"


class AcceptForm(forms.Form):
    """Why it may stay as it is."""

    reason = forms.CharField(
        label="Why it may stay",
        min_length=SHORTEST_REASON,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It is not counted any more, for as long as it stays. What is mended and comes back is asked anew.",
    )
