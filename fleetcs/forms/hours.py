"""Forms of opening hours and holidays."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from fleetcs.hours import Hours
from fleetcs.models import Holiday, OpeningHours
from fleetcs.preferences import zones
from fleetcs.working_day import ZONE, today

DAYS = {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday",
        "sun": "Sunday"}
HELP = "Such as 07:00-16:00, or 07:00-12:00, 13:00-16:00. Empty: closed. 24:00 is midnight at the end of the day."
type Week = dict[str, list[list[str]]]


class WeekForm(forms.Form):
    """A week as seven lines of text, read into the shape that is stored and counted with."""

    def __init__(self, *args: Any, zone: str = "America/Los_Angeles", week: Week | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        for day, name in DAYS.items():
            said = ", ".join("-".join(interval) for interval in (week or {}).get(day, []))
            self.fields[day] = forms.CharField(label=name, required=False, max_length=120, initial=said, help_text=HELP)

    def clean(self) -> dict[str, Any]:
        """Raises nothing: a week that cannot be is an error of the form, in the words of the calendar itself."""
        data = super().clean() or {}
        week = {day: intervals_of(data.get(day, "")) for day in DAYS}
        week = {day: intervals for day, intervals in week.items() if intervals}
        try:
            Hours(data.get("zone") or self.zone, {day: [(start, end) for start, end in week[day]] for day in week})
        except ValueError as error:
            raise ValidationError(str(error)) from error
        return data | {"week": week}


def intervals_of(text: str) -> list[list[str]]:
    """Pairs of wall times out of "07:00-12:00, 13:00-16:00"; what is no pair is left for the calendar to refuse."""
    return [[edge.strip() for edge in (part.split("-", 1) + [""])[:2]] for part in text.split(",") if part.strip()]


class HoursForm(WeekForm):
    """The next version of the hours, in force from a day on."""

    zone = forms.ChoiceField(label="Time zone", choices=lambda: [(name, name) for name in zones()])
    in_force_from = forms.DateField(label="In force from", widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(max_length=200, required=False)

    def clean_in_force_from(self) -> datetime:
        """Midnight of that day in the company's zone; a past day would rewrite what was promised."""
        day = self.cleaned_data["in_force_from"]
        if day <= today():
            raise ValidationError("A new version begins tomorrow at the earliest; correct the one in force instead.")
        begins = datetime.combine(day, time(), tzinfo=ZONE)
        if OpeningHours.objects.filter(in_force_from=begins).exists():
            raise ValidationError("Another version begins on that day.")
        return begins


class HolidayForm(forms.ModelForm[Holiday]):
    """A day on which the company is closed."""

    class Meta:
        model = Holiday
        fields = ("on", "name")
        labels = {"on": "Day"}
        widgets = {"on": forms.DateInput(attrs={"type": "date"})}
