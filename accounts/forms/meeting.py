"""The form by which a meeting is scheduled."""

from typing import Any

from django import forms

from accounts.forms.trial import MomentField
from accounts.models import Meeting
from fleetcs.context import zone_of
from fleetcs.models import User


class MeetingForm(forms.ModelForm[Meeting]):
    """When, how long, who comes, how often; it is for whoever schedules it, in their own time."""

    starts_at: Any = MomentField(label="Starts at")
    attendees = forms.ModelMultipleChoiceField(User.objects.active(), label="Of us come")

    class Meta:
        model = Meeting
        fields = ("kind", "starts_at", "minutes", "recurs", "attendees", "guests", "link")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        starts: Any = self.fields["starts_at"]
        starts.zone = zone_of(user)

    def _post_clean(self) -> None:
        """What it says is checked by the verb."""
