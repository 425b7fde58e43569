"""Forms of opening hours and holidays."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from fleetcs.hours import Hours
from fleetcs.models import Holiday, OpeningHours
from fleetcs.preferences import zones
from fleetcs.working_day import ZONE, today

DAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
HELP = "Such as 07:00-16:00, or 07:00-12:00, 13:00-16:00. Empty: closed. 24:00 is midnight at the end of the day."
LAST_DAY = date(2199, 12, 31)  # of what working time is known for
type Week = dict[str, list[list[str]]]


class WeekForm(forms.Form):
    """A week as seven lines of text, read into the shape that is stored and counted with."""

    def __init__(self, *args: Any, zone: str = settings.TIME_ZONE, week: Week | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known_zone = zone
        for day, name in DAYS.items():
            said = ", ".join("-".join(interval) for interval in (week or {}).get(day, []))
            self.fields[day] = forms.CharField(label=name, required=False, max_length=120, initial=said)
        self.fields["mon"].help_text = HELP

    def clean(self) -> dict[str, Any]:
        """Raises nothing: a week that cannot be is an error of the form, in the words of the calendar itself."""
        data = super().clean() or {}
        week = {day: intervals_of(data.get(day, "")) for day in DAYS}
        week = {day: intervals for day, intervals in week.items() if intervals}
        if self.errors:
            return data
        try:
            Hours(data.get("zone") or self.known_zone, week)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        return data | {"week": week}


def intervals_of(text: str) -> list[list[str]]:
    """Pairs of wall times out of "07:00-12:00, 13:00-16:00"; what is no pair is left for the calendar to refuse."""
    parts = text.replace("\N{EN DASH}", "-").split(",")
    return [[edge.strip() for edge in [*part.split("-", 1), ""][:2]] for part in parts if part.strip()]


class HoursForm(WeekForm):
    """The next version of the hours, in force from a day on."""

    in_force_from = forms.DateField(label="In force from", widget=forms.DateInput(attrs={"type": "date"}))
    zone = forms.ChoiceField(label="Time zone", choices=lambda: [(name, name) for name in zones()])
    note = forms.CharField(max_length=200, required=False)

    def clean_in_force_from(self) -> datetime:
        """Midnight of that day in the company's zone; a past day would rewrite what was promised (SLA-13)."""
        day = self.cleaned_data["in_force_from"]
        if not today() < day <= LAST_DAY:
            raise ValidationError("A new version begins tomorrow at the earliest; correct the one in force instead.")
        begins = datetime.combine(day, time(), tzinfo=ZONE)
        if OpeningHours.objects.filter(in_force_from=begins).exists():
            raise ValidationError("Another version begins on that day.")
        return begins


class HolidayForm(forms.Form):
    """A day on which the company is closed."""

    on = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}))
    name = forms.CharField(max_length=120)

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if not on <= LAST_DAY:
            raise ValidationError("That day is too far away.")
        if known := Holiday.objects.in_force().filter(on=on).first():
            raise ValidationError(f"That day is closed already: {known.name}.")
        return on
