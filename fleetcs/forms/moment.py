"""Moments typed as a wall clock shows them: never a guess at a clock change (A12)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import forms

from fleetcs import clock
from fleetcs.hours import AmbiguousTime, wall_time

WHICH = [("0", "The first time, before the clocks went back"), ("1", "The second time, after they went back")]


def moment_field(label: str, *, required: bool = True, help_text: str = "") -> forms.CharField:
    """A date and a time as the person's own clock shows them."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=40,
        help_text=help_text,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )


def which_field() -> forms.ChoiceField:
    """Asked only when the moment happens twice."""
    return forms.ChoiceField(label="Which of the two?", choices=WHICH, required=False, widget=forms.HiddenInput)


def shown(at: datetime, zone: ZoneInfo) -> str:
    """A moment as the field shows it."""
    return f"{at.astimezone(zone):%Y-%m-%dT%H:%M}"


def read_moment(form: forms.BaseForm, name: str, zone: ZoneInfo) -> datetime | None:
    """The moment a field names; puts the error on the field, and the question which of two beside it."""
    wall, fold = form.cleaned_data.get(name), form.cleaned_data.get("which")
    if not wall:
        return None
    try:
        at = wall_time(wall, zone, int(fold) if fold else None)
    except AmbiguousTime as twice:
        form.fields["which"].widget = forms.RadioSelect(choices=WHICH)
        form.add_error(name, str(twice))
    except ValueError as wrong:
        form.add_error(name, str(wrong))
    else:
        return at
    return None


def put_moment(form: forms.BaseForm, name: str, zone: ZoneInfo) -> None:
    """Put the moment that a field names in place of what was typed; which of two it was is settled by that."""
    at = read_moment(form, name, zone)
    form.cleaned_data.pop("which", None)
    if at:
        form.cleaned_data[name] = at


def past_moment(form: forms.BaseForm, name: str, zone: ZoneInfo) -> datetime | None:
    """The moment that a field names, which has come already."""
    at = read_moment(form, name, zone)
    if at and at > clock.now():
        form.add_error(name, "That moment has not come yet.")
        return None
    return at
