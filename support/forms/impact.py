"""What an impact board is asked of: an issue by its number or address, or a label by its name."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse

from fleetcs.models import User
from support.models import Issue, Label


class ImpactForm(forms.Form):
    """One field for all three."""

    of = forms.CharField(
        label="Issue number or address, or a label",
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "class": "form-control"}),
    )

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        self.user, self.place = user, ""

    def clean_of(self) -> str:
        said: str = self.cleaned_data["of"].strip()
        if said:
            self.place = self._issue(said) or self._label(said)
        if said and not self.place:
            raise ValidationError("There is no issue of this number or address, and no label of this name.")
        return said

    def _issue(self, said: str) -> str:
        seen = Issue.objects.visible_to(self.user)
        found = seen.addressed(said) or seen.filter(url=said).first()
        return reverse("support:impact_issue", args=[found.pk]) if found else ""

    def _label(self, said: str) -> str:
        found = Label.objects.visible_to(self.user).filter(name__iexact=said, gone_at=None).order_by("-repo").first()
        return reverse("support:impact_label", args=[found.pk]) if found else ""
