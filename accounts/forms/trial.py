"""Forms of sandbox trials (LIC-05)."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

from accounts.forms.fields import AccountField
from accounts.models import Account, SandboxTrial
from fleetcs.context import zone_of
from fleetcs.editing import RecordForm
from fleetcs.hours import wall_time
from fleetcs.models import User

MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"})


class MomentField(forms.CharField):
    """A date and a time as the person's own clock shows them; of an hour that comes twice the first."""

    zone: ZoneInfo

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, widget=MOMENT, **kwargs)

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        try:
            return wall_time(typed, self.zone, 0)
        except ValueError as wrong:
            raise ValidationError(str(wrong)) from None


class TrialForm(RecordForm[SandboxTrial]):
    """A sandbox that somebody tries, from when on."""

    started_at: Any = MomentField(label="Started", help_text="It ends five days later.")
    account = AccountField(queryset=Account.objects.none(), required=False, label="Account", empty_label="None yet")

    class Meta:
        model = SandboxTrial
        fields = ("email", "account")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["account"].queryset = Account.objects.visible_to(self.user)
        fields["started_at"].zone = zone_of(self.user)


class ExtendedForm(forms.Form):
    """Until when a sandbox was extended."""

    until: Any = MomentField(label="Now ends")

    def __init__(self, data: Any, *, user: User, ends_at: datetime) -> None:
        super().__init__(data, initial={"until": f"{ends_at.astimezone(zone_of(user)):%Y-%m-%dT%H:%M}"})
        field: Any = self.fields["until"]
        field.zone = zone_of(user)
