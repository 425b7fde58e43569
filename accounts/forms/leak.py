"""What was done about a place in public."""

from django import forms

from accounts.models.leak import SHORTEST_REASON


class DealForm(forms.Form):
    """How somebody has dealt with it, and which text of it they have seen, by its fingerprint."""

    reason = forms.CharField(label="What was done", min_length=SHORTEST_REASON, max_length=300)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
