"""The form of a contact."""

from typing import Any

from django import forms
from django.db.models import Q

from accounts.forms.fields import AccountField, ContactField, ZoneField
from accounts.models import Account, Contact
from fleetcs.editing import RecordForm


class ContactForm(RecordForm[Contact]):
    """A person at an account; their manager is somebody of the same account family (SFD-17)."""

    account = AccountField(queryset=Account.objects.none(), label="Account name")
    reports_to = ContactField(
        queryset=Contact.objects.none(),
        required=False,
        label="Reports to",
        help_text="A contact of the same account, its parent or its children.",
    )
    zone = ZoneField()

    class Meta:
        model = Contact
        fields = (
            "account",
            "name",
            "title",
            "job_title",
            "department",
            "is_champion",
            "reports_to",
            "email",
            "personal_email",
            "mobile",
            "slack_id",
            "zone",
            "linkedin_url",
            "orbit_feed",
            "twitter",
            "github",
            "website",
            "description",
        )
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields["account"]
        choices.queryset = Account.objects.contacts_editable_by(self.user) | Account.objects.filter(
            pk=self.instance.account_id
        )
        managers: Any = self.fields["reports_to"]
        managers.queryset = Contact.objects.visible_to(self.user).filter(self._family()).exclude(pk=self.instance.pk)
        if not self.user.may("contact.phone"):
            del self.fields["mobile"]

    def _family(self) -> Q:
        """Contacts of the account's family; nobody's while there is no account. The model checks it again."""
        chosen = str(self.data.get("account") or self.initial.get("account") or "")
        if not chosen.isdecimal() or len(chosen) > 18:
            return Q(pk=None)
        above = Account.objects.filter(children=int(chosen)).values("pk")
        return Q(account=int(chosen)) | Q(account__parent=int(chosen)) | Q(account__in=above)
