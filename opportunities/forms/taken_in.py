"""The form by which a row of a CSV file becomes an opportunity, or changes one as its own form does."""

from typing import Any

from django import forms

from accounts.forms.fields import AccountField
from accounts.models import Account
from fleetcs.models import User
from opportunities import naming, pipelines
from opportunities.forms.opportunity import OpportunityForm
from opportunities.models import Opportunity

ONLY_NEW = "It is set on new ones only."


class OpportunityImportForm(OpportunityForm):
    """All that makes a new one; of one that is there already, what whoever sells keeps up to date."""

    account = AccountField(queryset=Account.objects.none(), label="Account name")
    owner = forms.ModelChoiceField(
        User.objects.none(), label="Opportunity owner", required=False, help_text="Else the account's AE or CSM."
    )

    class Meta:
        model = Opportunity
        fields = (
            *("account", "name", "type", "owner", "lead_source", "max_hosts", "term", "reseller"),
            *OpportunityForm.Meta.fields,
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["account"].queryset = Account.objects.visible_to(self.user)
        fields["owner"].queryset = User.objects.of_groups(("AE", "CSM", "CRO", "VP"))
        for name in set(fields) - {*OpportunityForm.Meta.fields, "version"} if self.instance.pk else ():
            fields[name].disabled, fields[name].help_text = True, ONLY_NEW

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if pipelines.is_expansion(said.get("type", "")) and not naming.is_expansion_name(said.get("name", "")):
            self.add_error("name", naming.WANTED)
        return said
