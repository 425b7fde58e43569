"""What people keep about a customer request: its dates, whether it is clear, its story, and whom it concerns."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import Account
from fleetcs.models import User
from support.forms.ticket import account_field
from support.models import CustomerRequest, Issue, IssueLink, Ticket
from support.models.following import concern

DAY = {"widget": forms.DateInput(attrs={"type": "date"}), "required": False}


class KeyDateForm(forms.Form):
    """The day that customers hope to meet (REQ-04)."""

    key_on = forms.DateField(label="Key date", help_text="Leave it empty when they have none.", **DAY)  # type: ignore[arg-type]


class PostedForm(forms.Form):
    """Where a colleague has posted the key date by hand."""

    url = forms.URLField(label="Link of the post", max_length=500, assume_scheme="https")


class CommitForm(forms.Form):
    """The date that is promised."""

    committed_on = forms.DateField(
        label="Date we commit to",
        help_text="Leave it empty to take a commitment back.",
        **DAY,  # type: ignore[arg-type]
    )


class ClearForm(forms.Form):
    """Whether it is clear, and why it is not public (REQ-05, BUG-14)."""

    clear = forms.BooleanField(label="I have read it: it is clear, with its context", required=False)
    not_public_because = forms.CharField(label="Why it cannot be public", max_length=300, required=False)

    def __init__(self, data: Any, *, request: CustomerRequest) -> None:
        known = {"clear": request.clear_at is not None, "not_public_because": request.not_public_because}
        super().__init__(data, initial=known)
        if request.issue.repo == "public":
            del self.fields["not_public_because"]


class StoryForm(forms.Form):
    """The user story that is drafted for it (REQ-07): its number, or its address at GitHub."""

    story = forms.CharField(
        label="Number or address of the user story", max_length=300, required=False, help_text="Empty: there is none."
    )

    def __init__(self, data: Any, *, request: CustomerRequest, user: User) -> None:
        super().__init__(data, initial={"story": request.story.reference if request.story else ""})
        self.user = user

    def clean_story(self) -> Issue | None:
        said, seen = self.cleaned_data["story"].strip(), Issue.objects.visible_to(self.user)
        if not said:
            return None
        if found := seen.addressed(said) or seen.filter(url=said).first():
            return found
        raise ValidationError("No issue of this number or address has been read so far.")


class ConcernsForm(forms.Form):
    """Somebody else who waits for it: an account, with the ticket in which they said so."""

    account = account_field(required=False)
    ticket = forms.IntegerField(label="Ticket number", required=False, min_value=1, max_value=2**31 - 1)

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        self.fields["account"].queryset = Account.objects.visible_to(user)  # type: ignore[attr-defined]

    def clean_ticket(self) -> Ticket | None:
        number = self.cleaned_data["ticket"]
        if not number:
            return None
        found = Ticket.objects.visible_to(self.user).filter(pk=number, account__isnull=False).first()
        if found is None:
            raise ValidationError("There is no ticket of this number with an account.")
        return found

    def clean(self) -> dict[str, Any]:
        account, ticket = self.cleaned_data.get("account"), self.cleaned_data.get("ticket")
        if not self.errors and account is None and ticket is None:
            self.add_error("account", "Name the account, or the ticket.")
        if account and ticket and ticket.account_id != account.pk:
            self.add_error("ticket", "This ticket is another account's.")
        return self.cleaned_data

    def link(self, issue: Issue, *, by: User) -> IssueLink:
        """Tie issue, account and ticket together; what is tied already stays."""
        ticket = self.cleaned_data["ticket"]
        account = self.cleaned_data["account"] or ticket.account
        return concern(issue, account, ticket, by=by)
