"""Forms around license keys: writing one down, asking for one, sharing and revoking it."""

from typing import Any

from django import forms

from accounts import licenses
from accounts.forms.contract import DAY
from accounts.models import Contact, LicenseKey, LicenseRequest
from fleetcs.editing import RecordForm


class LicenseForm(RecordForm[LicenseKey]):
    """A key that the company's own creator has made (LIC-03); what was typed as its value is never shown again."""

    value = forms.CharField(
        label="The key",
        max_length=licenses.LONGEST,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Paste it from the key creator. From then on it is shown masked; a look at it is written down.",
    )

    class Meta:
        model = LicenseKey
        fields = ("kind", "hosts", "expires_on", "source", "issue_url")
        widgets = {"expires_on": DAY}
        help_texts = {
            "expires_on": "The last day on which it works.",
            "issue_url": "Only for a key that was made by the instructions of an opportunity issue (legacy).",
        }

    def clean(self) -> dict[str, Any]:
        """A key of an opportunity issue names it (LIC-02)."""
        values = super().clean() or self.cleaned_data
        if values.get("source") == LicenseKey.Source.ISSUE and not values.get("issue_url") and not self.errors:
            self.add_error("issue_url", "Give the link of the opportunity issue.")
        return values


class LicenseRequestForm(RecordForm[LicenseRequest]):
    """Ask for a key; whoever is responsible in its phase is asked (LIC-04)."""

    class Meta:
        model = LicenseRequest
        fields = ("kind", "hosts", "expires_on", "note")
        widgets = {"expires_on": DAY}
        help_texts = {
            "kind": "Trials and proofs of concept go to the Director of Solutions Consulting, the others to the VP of "
            "Customer Success."
        }


class ContactsField(forms.ModelMultipleChoiceField[Contact]):
    """Contacts by name and address."""

    def label_from_instance(self, obj: Contact) -> str:
        return f"{obj.name} ({obj.email})"


class ShareForm(forms.Form):
    """Who is to get the key, a link each, and for how many days it works (DCL-24)."""

    contacts = ContactsField(
        Contact.objects.none(),
        label="Recipients",
        widget=forms.CheckboxSelectMultiple,
        help_text="Each gets a link of their own; a code for it is mailed to the address here.",
    )
    days = forms.IntegerField(label="Days the links work", min_value=1, max_value=licenses.LINK_LIFE.days, initial=7)

    def __init__(self, data: Any, *, key: LicenseKey) -> None:
        super().__init__(data)
        chosen: Any = self.fields["contacts"]
        chosen.queryset = Contact.objects.filter(account=key.account_id).exclude(email="")


class BecauseForm(forms.Form):
    """Why something is revoked or turned down."""

    because = forms.CharField(label="Why", max_length=300)
