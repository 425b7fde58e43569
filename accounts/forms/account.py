"""The form of an account."""

from typing import Any

from django import forms
from django.db.models import Q

from accounts.forms.fields import AccountField, DomainsField, ZoneField, holders
from accounts.models import Account, AccountDomain
from fleetcs.editing import RecordForm

TEAM = {"csm": ["csm"], "ae": ["ae", "head_public_sector"], "sc": ["sc", "director_sc"]}
NONE = "-"  # typed for "no label", since an empty field keeps the one that is not shown
TAKEN = "A domain in this list cannot be used here: it belongs to another account."


class AccountForm(RecordForm[Account]):
    """A company: what it is, who looks after it, which mail is its own."""

    parent = AccountField(
        queryset=Account.objects.none(),
        required=False,
        label="Parent account",
        help_text="Only accounts that you may edit.",
    )
    domains = DomainsField(
        required=False, label="Mail domains", help_text="One a line. Mail from them is this account's."
    )
    zone = ZoneField()

    class Meta:
        model = Account
        fields = (
            "name",
            "kind",
            "billing_address",
            "parent",
            "linkedin_company_url",
            "ciso_employees",
            "employees",
            "industry",
            "rating",
            "linkedin_sales_navigator_url",
            "linkedin_overlaps",
            "press_approval",
            "payment_terms",
            "shipping_address",
            "hosting",
            "running_version",
            "csm",
            "ae",
            "sc",
            "domains",
            "zone",
            "github_label",
        )
        widgets = {
            "billing_address": forms.Textarea(attrs={"rows": 3}),
            "shipping_address": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "github_label": "Not shown here: the codename's card tells it. Empty keeps it, “-” takes it away."
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field, posts in TEAM.items():
            people: Any = self.fields[field]
            people.queryset = holders(posts, getattr(self.instance, f"{field}_id"))
        above: Any = self.fields["parent"]
        current = Account.objects.filter(children=self.instance.pk or 0)
        above.queryset = Account.objects.filter(
            Q(pk__in=Account.objects.editable_by(self.user)) | Q(pk__in=current)
        ).exclude(pk=self.instance.pk or 0)
        if not (self.instance.allows(self.user, "codename.see") if self.instance.pk else self.user.may("codename.see")):
            del self.fields["github_label"]
        if "github_label" in self.fields and "github_label" not in (kwargs.get("initial") or {}):
            self.initial["github_label"] = ""  # to show it beside the name would be a look that nobody writes down
        if self.instance.pk:
            self.initial.setdefault("domains", [row.domain for row in self.instance.domains.all()])

    def merged(self) -> RecordForm[Account]:
        """A label that was to be taken away is still to be: in an empty field that choice would be lost."""
        form = super().merged()
        if self.changes.get("github_label") == "":
            form.initial["github_label"] = NONE
        return form

    def clean_github_label(self) -> str:
        label: str = self.cleaned_data["github_label"]
        return "" if label == NONE else label

    def clean_domains(self) -> list[str]:
        domains: list[str] = self.cleaned_data["domains"]
        if AccountDomain.objects.filter(domain__in=domains).exclude(account_id=self.instance.pk).exists():
            raise forms.ValidationError(TAKEN)
        return domains
