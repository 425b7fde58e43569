"""The form of a contract."""

from typing import Any

from django import forms

from accounts.models import Contract
from fleetcs.editing import RecordForm
from fleetcs.wording import day

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ContractForm(RecordForm[Contract]):
    """What an account is promised, from when to when, and the points of contact it may use (SLA-12)."""

    class Meta:
        model = Contract
        fields = ("tier", "in_force_from", "in_force_to", "support_email", "emergency_phone", "emergency_email")
        widgets = {"in_force_from": DAY, "in_force_to": DAY}
        help_texts = {
            "tier": "Tickets received from the first day on get this tier; those already here keep theirs.",
            "in_force_to": "The first day without the contract. Empty: it has no end.",
        }

    def __init__(self, *args: Any, account_pk: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account_pk = account_pk or self.instance.account_id

    def clean(self) -> dict[str, Any]:
        """Two contracts of one account never hold on the same day; say which one is in the way."""
        values = super().clean() or self.cleaned_data
        from_on, to_on = values.get("in_force_from"), values.get("in_force_to")
        if from_on and not self.errors and not (to_on and to_on <= from_on):
            others = Contract.objects.filter(account=self.account_pk).exclude(pk=self.instance.pk)
            if other := others.overlapping(from_on, to_on).first():
                self.add_error("in_force_from", f"{_described(other)} Give that one an end first, or begin later.")
        return values


def _described(other: Contract) -> str:
    until = f" to {day(other.in_force_to)}" if other.in_force_to else " without an end"
    return f"The {other.get_tier_display()} contract is in force from {day(other.in_force_from)}{until}."
