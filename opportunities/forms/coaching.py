"""The form that books a coaching session; its length is none of it (REP-03)."""

from typing import Any

from django import forms

from fleetcs.context import zone_of
from fleetcs.forms.moment import moment_field, put_moment, which_field
from fleetcs.models import User

WHY = "Outreach that is too frequent, or that does not fit how the company sells."


class CoachingForm(forms.Form):
    """When and why."""

    reason = forms.CharField(label="Why", max_length=300, help_text=WHY)
    starts_at = moment_field("When", help_text="Half an hour from then on, as your own clock shows it.")
    which = which_field()

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone_of(user)

    def clean(self) -> dict[str, Any]:
        put_moment(self, "starts_at", self.zone)
        return self.cleaned_data
