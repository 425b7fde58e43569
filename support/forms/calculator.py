"""What the calculator asks: tier, priority, and a moment as a wall clock shows it (A12)."""

from zoneinfo import ZoneInfo, available_timezones

from django import forms

from accounts.tiers import Tier
from fleetcs.forms.moment import moment_field, read_moment, which_field
from support.sla import Priority


def zone_choices() -> list[tuple[str, str]]:
    """Every zone of the world by its name."""
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones()) if "/" in name or name == "UTC"]


class CalculatorForm(forms.Form):
    """A question to the policy in force at a moment; asked by GET, so that its address can be shared."""

    tier = forms.ChoiceField(choices=[(tier.value, tier.label) for tier in Tier])
    priority = forms.ChoiceField(choices=[(priority.value, priority.label) for priority in Priority])
    at = moment_field("Received", help_text="As the clock on the wall showed it")
    zone = forms.ChoiceField(choices=zone_choices)
    which = which_field()

    def clean(self) -> None:
        if zone := self.cleaned_data.get("zone"):
            self.cleaned_data["received_at"] = read_moment(self, "at", ZoneInfo(zone))
