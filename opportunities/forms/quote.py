"""Forms about quotes: their content, what is said of them, who plays which part at the customer."""

from typing import Any

from django import forms

from accounts.forms.fields import ContactField
from accounts.models import Contact
from fleetcs.editing import RecordForm
from opportunities import quoting
from opportunities.models import ContactRole, Opportunity, Quote

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
ONLY_STANDARD = "A purchase order is offered only where no unique terms and no special pricing are needed: take slides."


class QuoteForm(RecordForm[Quote]):
    """What is offered. Whatever is changed here voids an approval."""

    class Meta:
        model = Quote
        fields = (
            *("format", "product", "hosts", "price", "term", "valid_until"),
            *("unique_terms", "special_pricing", "deck_url"),
        )
        widgets = {"valid_until": DAY, "unique_terms": forms.Textarea(attrs={"rows": 4})}
        help_texts = {
            "format": "Slides are best most often. A purchase order needs standard terms and pricing (QUO-06).",
            "price": "For the whole term.",
            "deck_url": "The customer's copy of the deck in Google Drive.",
            "unique_terms": "Whatever is not in the subscription agreement.",
        }

    def __init__(self, *args: Any, opportunity: Opportunity | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if opportunity:
            self.instance.opportunity = opportunity
        known: Any = self.fields["format"]
        quote = self.instance
        if not quoting.may_be_purchase_order(quote.unique_terms, special_pricing=quote.special_pricing):
            known.choices = [each for each in known.choices if each[0] != quoting.PURCHASE_ORDER]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        standard = quoting.may_be_purchase_order(
            said.get("unique_terms", ""), special_pricing=said.get("special_pricing", False)
        )
        if said.get("format") == quoting.PURCHASE_ORDER and not standard:
            self.add_error("format", ONLY_STANDARD)
        return said


class SendForm(forms.Form):
    """Where a quote goes."""

    to = forms.EmailField(label="Send to", help_text="Write the mail with the quote; this notes that it has left.")


class RefuseForm(forms.Form):
    """Why not."""

    why = forms.CharField(label="Why not", max_length=1_000, widget=forms.Textarea(attrs={"rows": 3}))


class RolesForm(forms.Form):
    """Champion, economic buyer and finance, from the contacts of the account (QUO-01)."""

    def __init__(self, *args: Any, opportunity: Opportunity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = ContactRole.objects.of(opportunity)
        people = Contact.objects.filter(account=opportunity.account_id)
        for role, label in ContactRole.Role.choices:
            self.fields[role] = ContactField(
                people, label=label, required=False, empty_label="Unknown", initial=known[role]
            )
