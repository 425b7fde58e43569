"""Why a promise was missed."""

from typing import Any

from django import forms
from django.utils.http import url_has_allowed_host_and_scheme

from support.models import Clock


class CauseForm(forms.Form):
    """A cause by one key, with a note for what a code cannot say; `back` leads to the list it was pressed in."""

    cause = forms.ChoiceField(label="Cause", choices=Clock.Cause.choices, widget=forms.RadioSelect)
    note = forms.CharField(label="Remark", required=False, max_length=300)
    back = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, instance: Clock | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if instance:
            self.initial.update(cause=instance.cause, note=instance.cause_note)

    def clean_back(self) -> str:
        """A path of ours, or nothing."""
        url: str = self.cleaned_data["back"]
        return url if url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None) else ""
