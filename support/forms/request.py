"""A colleague asks the department for something; the same as an issue, prefilled from the handbook's link (INT-12)."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django import forms
from django.db import transaction

from fleetcs import clock
from fleetcs.models import User
from support.models import Message, Ticket

BLANK = "____"


class RequestForm(forms.Form):
    """What is asked for."""

    subject = forms.CharField(label="What do you need?", max_length=200)
    text = forms.CharField(label="Details", max_length=20_000, widget=forms.Textarea(attrs={"rows": 6}))

    @transaction.atomic
    def make(self, *, by: User) -> Ticket:
        """The request, with the clock of one business day and the colleague's own words."""
        now, text = clock.now(), self.cleaned_data["text"]
        made = Ticket.objects.receive(
            subject=self.cleaned_data["subject"],
            source=Ticket.Source.MANUAL,
            kind=Ticket.Kind.DEPARTMENT_REQUEST,
            received_at=now,
            requester=by,
            sender=by.email,
            by=by,
            heard_at=now,
        )
        made.messages.create(
            kind=Message.Kind.FORM,
            by=Message.Author.CUSTOMER,
            public=True,
            author=by,
            author_address=by.email,
            text=text,
            shown=text,
            at=now,
            waiting_since=now,
        )
        return made


def issue_link(template: str, subject: str) -> str:
    """The handbook's link to a new issue with the subject in its title; labels and template stay as they are."""
    if not template or not subject.strip():
        return template
    parts = urlsplit(template)
    given = [
        (name, value.replace(BLANK, subject.strip()) if name == "title" else value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    return urlunsplit(parts._replace(query=urlencode(given)))
