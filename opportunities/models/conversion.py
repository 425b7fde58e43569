"""What a lead becomes, and what is known already of the company and of the person (SFD-21, LEA-01)."""

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from accounts.models import Account, Contact
from fleetcs.models import User
from opportunities.models.opportunity import Opportunity

MOST = 8


@dataclass(frozen=True)
class Plan:
    """Into what: an account and a contact that are known, or new ones (None); the opportunity is always a new one."""

    deal: dict[str, Any]
    account: Account | None = None
    contact: Contact | None = None
    new_account: dict[str, Any] = field(default_factory=dict)

    def carry_out(self, person: dict[str, Any], *, by: User) -> tuple[Account, Contact, Opportunity]:
        """Make what is new, in the caller's transaction. `person`: the fields of a new contact. Raises ValidationError.

        Salesforce hears of each as its mapping allows: all three are made there under our keys.
        """
        account = self.account or Account.objects.add(by=by, **self.new_account)
        if self.contact and self.contact.account_id != account.pk:
            raise ValidationError({"contact": "That is a contact of another account."})
        contact = self.contact or Contact.objects.add(by=by, account=account, **person)
        return account, contact, Opportunity.objects.add(by=by, account=account, **self.deal)


def accounts_like(user: User, company: str, email: str) -> QuerySet[Account]:
    """Accounts that may be the lead's company: by name or one much like it, by mail domain, by a contact's address."""
    seen = Account.objects.visible_to(user)
    found = [account.pk for account in (Account.objects.of_address(email), *_of_contacts(user, email)) if account]
    alike = Account.objects.visible_to(user).matching(company).order_by("name").values_list("pk", flat=True)
    named = list(alike[:MOST]) if company.strip() else []
    return seen.filter(pk__in=[*found, *named])


def _of_contacts(user: User, email: str) -> list[Account]:
    contact = Contact.objects.seen_by_at_address(user, email)
    return [contact.account] if contact else []


def contacts_like(user: User, name: str, email: str, accounts: QuerySet[Account]) -> QuerySet[Contact]:
    """Contacts who may be the lead: by either address anywhere, by name within those accounts."""
    seen = Contact.objects.visible_to(user).select_related("account")
    written = Q(email__iexact=email) | Q(personal_email__iexact=email) if email else Q(pk=None)
    return seen.filter(written | Q(name__iexact=name, account__in=accounts.values("pk"))).order_by("name", "pk")
