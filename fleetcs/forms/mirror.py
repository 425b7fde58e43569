"""The form of one line of a mirror's field table."""

import re
from typing import Any

from django import forms

from fleetcs.merging import Master
from fleetcs.models import MirrorField

NAMES = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
ONLY_READ = "Salesforce lets nobody write this field, so only Salesforce can master it."
SEVERAL = "Several fields make one here: only Salesforce can master it."


class MirrorFieldForm(forms.ModelForm[MirrorField]):
    """What a field is called over there, who masters it, and whether it is mirrored at all."""

    class Meta:
        model = MirrorField
        fields = ("theirs", "master", "is_on")

    def clean_theirs(self) -> str:
        names = [name.strip() for name in str(self.cleaned_data["theirs"]).split(",")]
        if not all(NAMES.fullmatch(name) for name in names):
            raise forms.ValidationError("Give the field's API name, such as Industry or GitHub_label__c.")
        if len(names) != len(MirrorField(theirs=self.initial["theirs"]).names):
            raise forms.ValidationError("Give as many names as there were.")
        return ", ".join(names)

    def clean(self) -> dict[str, Any]:
        """Refuses a master that could never have its way, by what Salesforce said of the field last."""
        data = super().clean() or {}
        is_theirs, same = data.get("master") == Master.THEIRS, data.get("theirs") == self.initial["theirs"]
        if not is_theirs and "," in str(data.get("theirs")):
            self.add_error("master", SEVERAL)
        elif not is_theirs and same and self.instance.found and not self.instance.may_write:
            self.add_error("master", ONLY_READ)
        return data
