"""The form that starts an expansion: a name from its parts, the type preset, an owner by size (OPP-02 to OPP-05)."""

from typing import Any

from django import forms

from fleetcs.models import User
from fleetcs.working_day import today
from opportunities import expanding, naming, pipelines, stages
from opportunities.forms.opportunity import used
from opportunities.models import Opportunity

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
YEARS = 4
UNKNOWN = {"invalid_choice": "Choose one of these."}
QUARTERS = [(number, f"Q{number}") for number in (1, 2, 3, 4)]


class ExpansionForm(forms.ModelForm[Opportunity]):
    """Every field is wanted but the reseller's; the name is shown before it is saved."""

    type = forms.CharField(label="Type", initial=pipelines.EXPANSION, widget=forms.HiddenInput)
    product = forms.CharField(label="Product", max_length=40, help_text="As on their contract: Premium, Premium MDM.")
    kind = forms.ChoiceField(label="Kind of expansion", choices=expanding.KINDS)
    quarter = forms.TypedChoiceField(label="Due in quarter", choices=QUARTERS, coerce=int, error_messages=UNKNOWN)
    year = forms.TypedChoiceField(label="of the year", coerce=int, error_messages=UNKNOWN)
    owner = forms.ModelChoiceField(User.objects.none(), label="Opportunity owner", help_text=expanding.WHOSE)

    class Meta:
        model = Opportunity
        fields = ("expansion_reason", "stage", "amount", "close_date", "next_step", "next_step_due", "owner")
        widgets = {"close_date": DAY, "next_step_due": DAY}

    field_order = (
        *("product", "kind", "quarter", "year", "expansion_reason", "owner", "stage", "amount", "close_date"),
        *("next_step", "next_step_due", "type"),
    )

    def __init__(self, *args: Any, account: Any, **kwargs: Any) -> None:
        quarter, year = naming.quarter_of(today())
        super().__init__(*args, **kwargs)
        self.initial.update(quarter=quarter, year=year, owner=account.csm_id, stage=stages.OPEN[0])
        self.account = account
        choices: Any = self.fields
        choices["owner"].queryset = User.objects.of_groups(("AE", "CSM", "VP"))
        choices["year"].choices = [(each, str(each)) for each in range(year, year + YEARS)]
        choices["stage"] = forms.ChoiceField(label="Stage", choices=[(one, stages.shown(one)) for one in open_stages()])
        for field in self.fields.values():
            field.required = True

    def clean_type(self) -> str:
        """On this path it is an expansion and nothing else (OPP-04)."""
        if self.cleaned_data["type"] != pipelines.EXPANSION:
            raise forms.ValidationError("An expansion is of the type Expansion.")
        return pipelines.EXPANSION

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if {"product", "kind", "quarter", "year"} <= set(said):
            said["name"] = self.name_of(said)
        if said.get("name") and not naming.is_expansion_name(said["name"]):
            self.add_error("product", naming.WANTED)
        elif len(said.get("name", "")) > naming.LONGEST:
            self.add_error("product", f"The whole name would be longer than {naming.LONGEST} characters.")
        return said

    def name_of(self, said: dict[str, Any]) -> str:
        parts = naming.Parts(self.account.name, said["product"], said["kind"], said["quarter"], said["year"])
        return parts.name

    def begin(self, by: User) -> Opportunity:
        """Take it into the books. Raises ValidationError."""
        said = {name: value for name, value in self.cleaned_data.items() if name not in naming.PARTS}
        return Opportunity.objects.add(by=by, account=self.account, **said)


def open_stages() -> list[str]:
    return sorted({*stages.OPEN, *used()} - {*stages.CLOSED}, key=stages.position)
