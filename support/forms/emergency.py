"""The flow of an emergency, as its owner writes it down."""

from django import forms


class FlowForm(forms.Form):
    """A text of a page."""

    text = forms.CharField(
        label="Flow of communication", max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 12})
    )
