"""The form that books a coaching session; its length is none of it (REP-03)."""

from typing import Any

from django import forms

from accounts.forms.trial import MomentField
from fleetcs.context import zone_of
from fleetcs.models import User

WHY = "Outreach that is too frequent, or that does not fit how the company sells."


class CoachingForm(forms.Form):
    """When and why."""

    reason = forms.CharField(label="Why", max_length=300, help_text=WHY)
    starts_at = MomentField(label="When", help_text="Half an hour from then on, as your own clock shows it.")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        moment: Any = self.fields["starts_at"]
        moment.zone = zone_of(user)
