"""Forms of this floor."""

from fleetcs.forms.handbook import EntryForm, TextForm
from fleetcs.forms.hours import HolidayForm, HoursForm, WeekForm
from fleetcs.forms.people import HoldingForm, PersonForm

__all__ = ["EntryForm", "HolidayForm", "HoldingForm", "HoursForm", "PersonForm", "TextForm", "WeekForm"]
