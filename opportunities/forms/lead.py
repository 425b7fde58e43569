"""Forms of leads: the record, what it becomes, its status on the review, its sources (SFD-21, LEA-01, LEA-05)."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q

from accounts.forms.fields import AccountField, ContactField, holders
from accounts.models import Account, Contact
from fleetcs.editing import RecordForm
from fleetcs.models import User
from fleetcs.posts import Group
from fleetcs.working_day import today
from opportunities import prospecting, stages
from opportunities.models import Lead, LeadSource
from opportunities.models.conversion import Plan, accounts_like, contacts_like

WORKERS = ["sdr", "ae", "head_public_sector"]  # LEA-01: whoever owns a lead works on it, and may edit it
SELLERS = ["ae", "head_public_sector", "csm"]
KNOWN = "These are much like it. Choose one of them, or say below that it is another company."
ADDRESS_KNOWN = "There is a contact with this address already: choose them."


def choices(known: Iterable[str], used: Iterable[str], *, empty: bool) -> list[tuple[str, str]]:
    """What is known first, in its order, then what else is in use."""
    names = dict.fromkeys(name for name in (*known, *used) if name)
    return [*([("", "Not known")] if empty else []), *((name, name) for name in names)]


def statuses(now: str = "") -> list[tuple[str, str]]:
    return choices(prospecting.STATUSES, [*Lead.objects.used("status"), now], empty=False)


class LeadForm(RecordForm[Lead]):
    """The four fields first (SFD-21)."""

    source = forms.ChoiceField(label="Lead source", required=False)
    status = forms.ChoiceField(label="Lead status")
    rating = forms.ChoiceField(label="Rating", required=False)

    class Meta:
        model = Lead
        fields = ("name", "source", "status", "rating", "company", "title", "email", "phone", "owner")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["source"].choices = choices(LeadSource.objects.names(), [self.instance.source], empty=True)
        fields["status"].choices = statuses(self.instance.status)
        fields["rating"].choices = choices(prospecting.RATINGS, Lead.objects.used("rating"), empty=True)
        fields["owner"].queryset = holders(WORKERS, self.instance.owner_id)


class LeadStatusForm(RecordForm[Lead]):
    """Off the Open MQL list, or to another place on it (LEA-02)."""

    status = forms.ChoiceField(label="Lead status")

    class Meta:
        model = Lead
        fields = ("status",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["status"].choices = statuses(self.instance.status)


class LeadSourceForm(forms.ModelForm[LeadSource]):
    """One more route (LEA-05)."""

    class Meta:
        model = LeadSource
        fields = ("name",)


class UrgentForm(forms.Form):
    """What cannot wait (LEA-04)."""

    person = forms.CharField(label="From whom", max_length=200)
    text = forms.CharField(label="What they wrote", max_length=4_000, widget=forms.Textarea(attrs={"rows": 4}))


class KnownContactField(ContactField):
    """Somebody who is known, with the account and the address, by which people tell namesakes apart."""

    def label_from_instance(self, obj: Contact) -> str:
        return ", ".join(filter(None, (obj.name, obj.account.name, obj.email)))


class ConvertForm(forms.Form):
    """Into what: it offers what is known of the company and the person, and warns before there are two of it."""

    account = AccountField(queryset=Account.objects.none(), required=False, label="Account", widget=forms.RadioSelect)
    account_name = forms.CharField(label="Name of the new account", max_length=120, required=False)
    is_other = forms.BooleanField(label="It is another company than those above", required=False)
    contact = KnownContactField(
        queryset=Contact.objects.none(), required=False, label="Contact", widget=forms.RadioSelect
    )
    name = forms.CharField(label="Opportunity name", max_length=120, help_text="With the year in it.")
    amount = forms.DecimalField(label="Amount (USD)", max_digits=16, decimal_places=2, min_value=0, required=False)
    close_date = forms.DateField(label="Close date", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    owner = forms.ModelChoiceField(queryset=User.objects.none(), label="Opportunity owner")

    def __init__(self, *args: Any, lead: Lead, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lead, fields = lead, self.fields
        self.alike = accounts_like(user, lead.company, lead.email)
        self.same = contacts_like(user, lead.name, lead.email, self.alike)
        self._offer_known(fields)
        deal: Any = fields["owner"]
        deal.queryset = holders(SELLERS, lead.owner_id)
        year = prospecting.deal_name(lead.company or lead.name, today().year)
        self.initial = {"account_name": lead.company, "name": year, "owner": self._owner(user), **self.initial}

    def _offer_known(self, fields: Any) -> None:
        homes = Q(pk__in=self.alike.values("pk")) | Q(pk__in=self.same.values("account"))
        fields["account"].queryset = self.alike.model._default_manager.filter(homes).order_by("name")
        fields["account"].empty_label = "A new account"
        fields["contact"].queryset = self.same
        fields["contact"].empty_label = f"A new contact: {self.lead.name}"
        if not fields["account"].queryset.exists():
            del fields["account"], fields["is_other"]
        if not self.same.exists():
            del fields["contact"]

    def _owner(self, user: User) -> int | None:
        """Whoever works on the account sells to it, else the lead's owner, else whoever asks (OPP-10)."""
        known = self.alike.exclude(ae=None).values_list("ae", flat=True).first()
        return known or self.lead.owner_id or user.pk

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if (contact := told.get("contact")) and not told.get("account"):
            told["account"] = contact.account
        self._check_company(told)
        if not contact and self.lead.email and Contact.objects.filter(email__iexact=self.lead.email).exists():
            self.add_error("contact" if "contact" in self.fields else None, ADDRESS_KNOWN)
        if contact and told.get("account") != contact.account:
            self.add_error("contact", f"{contact.name} is a contact of {contact.account.name}.")
        return told

    def _check_company(self, told: dict[str, Any]) -> None:
        if told.get("account"):
            return
        name = told.get("account_name") or ""
        if not name:
            self.add_error("account_name", "Give the new account a name.")
        elif Account.objects.filter(name__iexact=name).exists():
            self.add_error("account_name", "There is an account of this name already.")
        elif "account" in self.fields and not told.get("is_other"):
            self.add_error("account", KNOWN)

    def plan(self) -> Plan:
        told, owner = self.cleaned_data, self.cleaned_data["owner"]
        sells = {"ae": owner} if Group.AE in owner.groups_today else {}
        deal = {"name": told["name"], "amount": told["amount"], "close_date": told["close_date"], "owner": owner}
        return Plan(
            deal={**deal, "stage": stages.OPEN[0], "type": "New", "lead_source": self.lead.source},
            account=told.get("account"),
            contact=told.get("contact"),
            new_account={"name": told["account_name"], **sells},
        )
