"""What a colleague says: to the customer, to the team, or has said elsewhere already."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q, QuerySet

from accounts.answers import in_parts
from fleetcs.forms.moment import moment_field, past_moment, which_field
from fleetcs.models import MessageText
from fleetcs.texts import looks_unfilled
from support.applications import TITLE
from support.models import Message, Ticket
from support.telling import others_named

LONGEST = 100_000
WAITS = "For the customer's answer"
LOGGED = [(Message.Kind.CALL.value, "Call"), (Message.Kind.LOGGED_MAIL.value, "Mail from my own mailbox")]


def templates_for(ticket: Ticket) -> QuerySet[MessageText]:
    """Answer templates offered for the ticket's tier (TPL-03, INT-18)."""
    return MessageText.objects.for_people().filter(Q(tiers=[]) | Q(tiers__contains=[ticket.tier]))


class ReplyForm(forms.Form):
    """An answer; blanks that nobody filled stop it, for good where they come from a template (TPL-01)."""

    text = forms.CharField(label="Answer", max_length=LONGEST, strip=True, widget=forms.Textarea)
    template = forms.ModelChoiceField(MessageText.objects.none(), required=False, widget=forms.HiddenInput)
    wait = forms.CharField(label="Waiting for", max_length=200, required=False)
    then = forms.ChoiceField(choices=[("", "Send"), ("wait", "Send and wait")], required=False)
    as_is = forms.BooleanField(label="These are meant as they stand", required=False)
    names_meant = forms.BooleanField(label="These names are meant", required=False)

    def __init__(self, data: Any, *, ticket: Ticket) -> None:
        super().__init__(data)
        self.ticket, self.marked = ticket, []  # type: tuple[Ticket, list[tuple[str, str]]]
        self.fields["template"].queryset = templates_for(ticket)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found, template = looks_unfilled(self.cleaned_data.get("text", "")), self.cleaned_data.get("template")
        if template and not template.body:
            self.add_error("text", "The template is empty: somebody has to write it first.")
        if found and (template or not self.cleaned_data.get("as_is")):
            self.add_error("text", f"Still to be filled: {', '.join(found[:10])}")
        self.look_at_names(self.cleaned_data.get("text", ""))
        return self.cleaned_data

    def look_at_names(self, text: str) -> None:
        """A codename or another customer's name is shown with its marks, and sent only when it is meant (R11)."""
        found = others_named(text, self.ticket)
        if found and not self.cleaned_data.get("names_meant"):
            self.marked = in_parts(text, found)
            self.add_error(None, "It holds a codename, or the name of another customer.")

    @property
    def wait_for(self) -> str:
        """The reason it waits, "" when it does not."""
        return (self.cleaned_data["wait"] or WAITS) if self.cleaned_data["then"] == "wait" else ""


class NoteForm(forms.Form):
    """An internal note."""

    text = forms.CharField(label="Internal note", max_length=LONGEST, widget=forms.Textarea)


class LogForm(forms.Form):
    """What a colleague told the customer by telephone or from their own mailbox (R4, INT-11)."""

    kind = forms.ChoiceField(label="How", choices=LOGGED, initial=Message.Kind.CALL)
    at = moment_field("When")
    which = which_field()
    text = forms.CharField(label="What was said", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 5}))
    to = forms.CharField(label="To", max_length=320, required=False)
    cc = forms.CharField(label="Copy to", max_length=1000, required=False)
    position_title = forms.CharField(label="Title of the position", max_length=120, required=False)

    def __init__(self, data: Any, *, ticket: Ticket, zone: ZoneInfo, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        self.zone, self.ticket = zone, ticket
        if not self.is_application:
            del self.fields[TITLE]

    @property
    def is_application(self) -> bool:
        return self.ticket.kind == Ticket.Kind.JOB_APPLICATION

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["moment"] = past_moment(self, "at", self.zone)
        if self.is_application:
            self._check_application()
        return self.cleaned_data

    def _check_application(self) -> None:
        """INT-10: the title and the copy belong to the answer, and the answer is a mail."""
        if not self.cleaned_data.get(TITLE):
            self.add_error(TITLE, "Name the position the applicant asked about.")
        if self.cleaned_data.get("kind") == Message.Kind.LOGGED_MAIL and not self.cleaned_data.get("cc"):
            self.add_error("cc", "The Head of People gets a copy of every answer to an application.")

    @property
    def recipients(self) -> list[str]:
        addresses = f"{self.cleaned_data['to']},{self.cleaned_data['cc']}".replace(";", ",").split(",")
        return [address.strip() for address in addresses if address.strip()]
