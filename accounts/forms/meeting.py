"""The form by which a meeting is scheduled."""

from typing import Any

from django import forms

from accounts.models import Meeting
from fleetcs.context import zone_of
from fleetcs.forms.moment import moment_field, put_moment, which_field
from fleetcs.models import User


class MeetingForm(forms.ModelForm[Meeting]):
    """When, how long, who comes, how often; it is for whoever schedules it, in their own time."""

    starts_at = moment_field("Starts at")
    which = which_field()
    attendees = forms.ModelMultipleChoiceField(
        User.objects.active(),
        label="Of us come",
        error_messages={"invalid_choice": "Choose from the colleagues who are with us today."},
    )

    field_order = ("kind", "starts_at", "which")

    class Meta:
        model = Meeting
        fields = ("kind", "starts_at", "minutes", "recurs", "attendees", "guests", "link")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone_of(user)

    def clean(self) -> dict[str, Any]:
        put_moment(self, "starts_at", self.zone)
        return self.cleaned_data

    def _post_clean(self) -> None:
        """What it says is checked by the verb."""
