"""A page of ours as a form names it."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django import forms

from fleetcs.favourites import Favourite, lists, records
from fleetcs.listing import PLACE

LARGEST = 2**63 - 1


class FavouriteForm(forms.Form):
    """A record's page with its key, or a list with what it shows."""

    page = forms.CharField(max_length=60)
    pk = forms.IntegerField(min_value=0, max_value=LARGEST, required=False)
    query = forms.CharField(max_length=1000, required=False)

    def clean(self) -> dict[str, Any]:
        """Only what may be starred: a record has a key and no query, a list has no key."""
        given = super().clean() or {}
        known = records() if given.get("pk") else lists()
        if not self.errors and given["page"] not in known:
            raise forms.ValidationError("There is no such page.")
        return given

    @property
    def favourite(self) -> Favourite:
        """Without the place in the list."""
        page, pk = self.cleaned_data["page"], self.cleaned_data["pk"] or 0
        asked = parse_qsl(self.cleaned_data["query"], keep_blank_values=True)
        return Favourite(page, pk, "" if pk else urlencode([one for one in asked if one[0] not in PLACE]))
