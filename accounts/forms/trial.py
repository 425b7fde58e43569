"""Forms of sandbox trials (LIC-05)."""

from datetime import datetime
from typing import Any

from django import forms

from accounts.forms.fields import AccountField
from accounts.models import Account, SandboxTrial
from fleetcs.context import zone_of
from fleetcs.editing import RecordForm
from fleetcs.forms.moment import moment_field, put_moment, shown, which_field
from fleetcs.models import User


class TrialForm(RecordForm[SandboxTrial]):
    """A sandbox that somebody tries, from when on."""

    started_at = moment_field("Started", help_text="It ends five days later.")
    which = which_field()
    account = AccountField(queryset=Account.objects.none(), required=False, label="Account", empty_label="None yet")

    class Meta:
        model = SandboxTrial
        fields = ("email", "account")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account: Any = self.fields["account"]
        account.queryset = Account.objects.visible_to(self.user)

    def clean(self) -> dict[str, Any]:
        super().clean()
        put_moment(self, "started_at", zone_of(self.user))
        return self.cleaned_data


class ExtendedForm(forms.Form):
    """Until when a sandbox was extended."""

    until = moment_field("Now ends")
    which = which_field()

    def __init__(self, data: Any, *, user: User, ends_at: datetime) -> None:
        self.zone = zone_of(user)
        super().__init__(data, initial={"until": shown(ends_at, self.zone)})

    def clean(self) -> dict[str, Any]:
        put_moment(self, "until", self.zone)
        return self.cleaned_data
