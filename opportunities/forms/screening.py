"""Forms about the export and sanctions check, and about the list of countries (DCL-01, CON-12, R12)."""

from typing import Any

from django import forms

from accounts.links import web
from fleetcs.editing import RecordForm
from opportunities.models import Country

SAW = [("nothing", "No hit"), ("hit", "A hit: somebody or something like them is on the list")]
IS_MATCH = [("no", "Not a match: it is somebody else"), ("yes", "A match: it is them. This is final.")]


class ScreeningForm(forms.Form):
    """What a person saw on the official list; nothing is looked up by itself."""

    country = forms.ModelChoiceField(Country.objects.all(), label="Country or territory")
    party = forms.CharField(label="Looked up as", max_length=200)
    list_url = forms.URLField(label="Link to the list", assume_scheme="https", validators=[web])
    saw = forms.ChoiceField(label="What was seen", choices=SAW, widget=forms.RadioSelect)
    note = forms.CharField(label="Note", required=False, max_length=500)

    def fields_of(self) -> dict[str, Any]:
        said = dict(self.cleaned_data)
        return {
            **{name: said[name] for name in ("country", "party", "list_url", "note")},
            "is_hit": said["saw"] == "hit",
        }


class HitForm(forms.Form):
    """Whether a hit is them, and what shows it."""

    is_match = forms.ChoiceField(label="Is it them?", choices=IS_MATCH, widget=forms.RadioSelect)
    evidence = forms.CharField(label="What shows it", max_length=2_000, widget=forms.Textarea(attrs={"rows": 4}))


class CountryForm(RecordForm[Country]):
    """Whether we may do business there, by which source, as of which day."""

    class Meta:
        model = Country
        fields = ("code", "name", "is_embargoed", "programme", "source_url", "as_of")
        widgets = {"as_of": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
        help_texts = {"code": "Two letters as in ISO 3166; for a territory that has none, one of your own."}
