"""How a person wants the pages: theme and density live in cookies, so that the first byte is already right."""

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.http import HttpResponse

from fleetcs.models import User

YEAR = 365 * 24 * 3600
THEMES = [("system", "As the system"), ("light", "Light"), ("dark", "Dark")]
DENSITIES = [("normal", "Normal"), ("compact", "Compact")]


def zones() -> list[str]:
    """Every time zone by name."""
    return sorted(available_timezones())


class LooksForm(forms.Form):
    """Theme and density alone, from the menu of every page."""

    theme = forms.ChoiceField(choices=THEMES, required=False)
    density = forms.ChoiceField(choices=DENSITIES, required=False)

    def keep_in(self, response: HttpResponse) -> None:
        """Write what was chosen into cookies that scripts may read and other sites do not get."""
        for name in ("theme", "density"):
            if value := self.cleaned_data[name]:
                response.set_cookie(name, value, max_age=YEAR, samesite="Lax")


class PreferencesForm(LooksForm, forms.ModelForm[User]):
    """All preferences of a person."""

    theme = forms.ChoiceField(choices=THEMES, widget=forms.RadioSelect)
    density = forms.ChoiceField(choices=DENSITIES, widget=forms.RadioSelect)
    zone = forms.ChoiceField(label="Time zone", choices=lambda: [(name, name) for name in zones()])

    class Meta:
        model = User
        fields: ClassVar[list[str]] = ["theme", "density", "zone", "shortcuts"]
        labels: ClassVar[dict[str, Any]] = {"shortcuts": "Keyboard shortcuts"}
        help_texts: ClassVar[dict[str, str]] = {"shortcuts": "Single keys such as j, k, c and g. Ctrl-K always works."}

    def save(self, commit: bool = True) -> User:
        """Write the two columns of this page and no other."""
        self.instance.save(update_fields=["zone", "shortcuts"])
        return self.instance
