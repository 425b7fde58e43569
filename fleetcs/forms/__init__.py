"""Forms of this floor."""

from fleetcs.forms.handbook import EntryForm, TextForm
from fleetcs.forms.hours import HolidayForm, HoursForm, WeekForm
from fleetcs.forms.people import HoldingForm, PeopleFilter, PersonForm

__all__ = ["EntryForm", "HoldingForm", "HolidayForm", "HoursForm", "PeopleFilter", "PersonForm", "TextForm", "WeekForm"]
