"""Which issue a ticket is about."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from fleetcs.models import User
from support.models import Issue, IssueLink, Ticket
from support.models.following import concern


class LinkIssueForm(forms.Form):
    """By number or by address; an issue that is not mirrored has none of our labels yet."""

    issue = forms.CharField(
        label="Issue",
        max_length=300,
        help_text="Its address, or its number: 123 in the public repository, confidential#123 in the other.",
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        self.user = user

    def clean_issue(self) -> Issue:
        found = Issue.objects.linkable_by(self.user).addressed(self.cleaned_data["issue"])
        if found is None:
            raise ValidationError("No issue of ours is called that. It has to carry one of our labels first.")
        return found

    def link(self, ticket: Ticket, *, by: User) -> IssueLink:
        return concern(self.cleaned_data["issue"], ticket.account, ticket, by=by)
