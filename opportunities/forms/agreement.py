"""Forms about contracts: their paper, the order form, signatures, copies, deviations, standard terms."""

from typing import Any

from django import forms
from django.core.validators import validate_email

from accounts.models import Contract
from fleetcs.editing import RecordForm
from fleetcs.models import User
from opportunities import links, signing, terms
from opportunities.models import Agreement, Opportunity, Signature, StandardTerm, TermDeviation

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
JUDGED = [("", "It is a number"), ("within", "Within the maximum"), ("beyond", "Beyond the maximum")]


class AgreementForm(RecordForm[Agreement]):
    """What paper it is, and from when to when."""

    class Meta:
        model = Agreement
        fields = ("kind", "paper", "effective_on", "ends_on", "draft_url", "contract")
        widgets = {"effective_on": DAY, "ends_on": DAY}

    def __init__(self, *args: Any, opportunity: Opportunity | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if opportunity:
            self.instance.opportunity = opportunity
        if self.instance.sent_at:
            self.fields["kind"].disabled, self.fields["kind"].help_text = True, self.instance.SENT
        known: Any = self.fields["contract"]
        known.queryset = Contract.objects.filter(account=self.instance.opportunity.account_id)
        known.label_from_instance = lambda one: f"{one.get_tier_display()} from {one.in_force_from}"
        known.help_text = "The contract by which they are served, once this one is in force."


class AddressesField(forms.CharField):
    """Mail addresses, one a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> Any:
        found = list(dict.fromkeys((super().clean(value) or "").lower().replace(",", " ").split()))
        for address in found:
            validate_email(address)
        return found


class OrderForm(forms.Form):
    """The order form goes out: by an envelope for signature, or straight to the customer (DCL-03, DCL-04)."""

    to = forms.EmailField(label="Send to")
    envelope = forms.CharField(
        label="Envelope reference",
        required=False,
        max_length=80,
        help_text="Of the envelope for signature; empty where the customer signs on paper.",
    )
    copied = AddressesField(label="Copies go to", required=False, max_length=2_000, help_text="One address a line.")


class SignatureForm(forms.ModelForm[Signature]):
    """A party has signed."""

    signer = forms.ModelChoiceField(
        User.objects.active(), label="Our signatory", required=False, help_text="The CEO signs for us."
    )

    class Meta:
        model = Signature
        fields = ("party", "name", "signer", "signed_on")
        widgets = {"signed_on": DAY}

    def __init__(self, *args: Any, agreement: Agreement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if agreement.is_asked_for:
            party: Any = self.fields["party"]
            party.choices = [(Signature.Party.CUSTOMER.value, Signature.Party.CUSTOMER.label)]
            party.error_messages["invalid_choice"] = party.help_text = signing.AT_THE_REQUEST
            del self.fields["signer"]

    def _post_clean(self) -> None:
        """What it says is checked by the verb, once the contract is held."""


class ExecutionForm(forms.Form):
    """The CEO has signed."""

    signed_on = forms.DateField(label="Signed on", widget=DAY)


class WithdrawalForm(forms.Form):
    """Our signature is asked for no more."""

    why = forms.CharField(label="Why", max_length=300)


class CopyForm(forms.Form):
    """Where an executed copy is; empty takes it off."""

    url = forms.URLField(label="Link", required=False, assume_scheme="https", validators=[links.drive])


class DeviationForm(forms.ModelForm[TermDeviation]):
    """What is to be other than standard."""

    judged = forms.ChoiceField(
        label="Compared with the maximum",
        choices=JUDGED,
        required=False,
        help_text="Where the maximum is no number, say how it compares. A term outside the table is an exception.",
    )

    class Meta:
        model = TermDeviation
        fields = ("term", "value", "number", "judged", "form")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known: Any = self.fields["term"]
        known.queryset, known.empty_label = StandardTerm.objects.in_use(), "Not in the table"
        known.label_from_instance = described

    def fields_of(self) -> dict[str, Any]:
        said = dict(self.cleaned_data)
        return said | {"judged": {"within": False, "beyond": True}.get(said["judged"])}

    def _post_clean(self) -> None:
        """Whether it goes beyond the maximum, the verb says."""


def described(term: StandardTerm) -> str:
    numeric = f", as a number{f' of {term.unit}' if term.unit else ''}" if terms.is_numeric(term) else ""
    return f"{term.name}: {term.standard} (maximum: {term.maximum}{numeric})"


class ExceptionForm(forms.Form):
    """What the CEO says of an exception."""

    approves = forms.ChoiceField(
        label="Decision", choices=[("yes", "Approve it"), ("no", "Refuse it")], widget=forms.RadioSelect
    )
    reason = forms.CharField(label="Reason", required=False, max_length=1_000, widget=forms.Textarea(attrs={"rows": 3}))


class TermForm(RecordForm[StandardTerm]):
    """A line of the table of standard terms."""

    class Meta:
        model = StandardTerm
        fields = ("name", "standard", "maximum", "unit", "least", "most", "is_retired")
        help_texts = {
            "maximum": "In words, as people read it.",
            "least": "Where the maximum is a number: the lowest and the highest that needs no CEO.",
        }
