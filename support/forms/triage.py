"""Ways out of triage: a contact made of the sender, or the word that it is not for support."""

from typing import Any

from django import forms

from accounts.models import Account, Contact
from fleetcs.models import User
from support.forms.ticket import LinkForm
from support.kinds import Outcome
from support.models import Message, Ticket


class NewContactForm(LinkForm):
    """The sender as a contact of one of the accounts."""

    name = forms.CharField(label="Name", max_length=120)
    email = forms.EmailField(label="Mail address", required=False, max_length=254)

    field_order = ("account", "name", "email")

    def __init__(self, data: Any = None, *, user: User, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, user=user, initial=initial)
        del self.fields["address"]
        account: Any = self.fields["account"]
        account.queryset = Account.objects.contacts_editable_by(user)
        account.error_messages["invalid_choice"] = "No account of this name to which you may add a contact."

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data

    def keep(self, ticket: Ticket, *, by: User) -> None:
        """Add the contact and link the ticket. Raises ValidationError for an address that is taken."""
        given = self.cleaned_data
        known = Contact.objects.of_address(given["email"]) if given["email"] else None
        mine = known if known and known.account_id == given["account"].pk else None
        fields = {"account": given["account"], "name": given["name"], "email": given["email"]}
        contact = mine or Contact.objects.add(by=by, slack_id=slack_id_of(ticket), **fields)
        ticket.link_account(given["account"], contact=contact, by=by)


def slack_id_of(ticket: Ticket) -> str:
    """The Slack id of a stranger who wrote in the ticket's thread, so that they are known from now on."""
    said = ticket.messages.from_customers().filter(kind=Message.Kind.SLACK, contact=None).exclude(author_address="")
    return said.order_by("at", "pk").values_list("author_address", flat=True).first() or ""


class NotSupportForm(forms.Form):
    """Why it is nothing for support."""

    reason = forms.CharField(label="Why not", max_length=300, help_text="Advertising, a wrong address, a test, …")

    def put_away(self, ticket: Ticket, *, by: User) -> None:
        """Resolve it without an answer; the reason stands in its history."""
        reason = f"Not for support: {self.cleaned_data['reason']}"
        ticket.log("not_for_support", by=by, reason=self.cleaned_data["reason"])
        ticket.resolve(by=by, outcome=Outcome.NOT_POSSIBLE.value, note=reason)
