"""What one customer is told, and how: as an answer, in their channel, or on a call (BUG-06, REQ-06)."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet

from accounts.models import Account, Channel
from accounts.models.customer_words import marks_for
from fleetcs.models import User
from support.forms.moment import moment_field, read_moment, which_field
from support.marked import pieces
from support.models import CustomerNote, Issue, Ticket
from support.models.customer_note import CONFIDENTIAL

Way = CustomerNote.Way


class TicketField(forms.ModelChoiceField[Ticket]):
    """One of the customer's open tickets."""

    def label_from_instance(self, obj: Ticket) -> str:
        return f"#{obj.pk} {obj.subject}"


class ChannelField(forms.ModelChoiceField[Channel]):
    """One of the customer's channels."""

    def label_from_instance(self, obj: Channel) -> str:
        return obj.label


def tickets_for(account: Account, user: User) -> QuerySet[Ticket]:
    """Open tickets of a customer that the person may answer from here."""
    mine = Ticket.objects.answerable_by(user).open().filter(account=account, merged_into=None)
    return mine.exclude(source=Ticket.Source.CONTACT_FORM).order_by("-received_at", "-pk")


class NoteForm(forms.Form):
    """The words, and the way they go."""

    text = forms.CharField(label="What the customer reads", max_length=8_000, required=False, widget=forms.Textarea)
    way = forms.ChoiceField(label="How", choices=Way.choices, widget=forms.RadioSelect)
    ticket = TicketField(Ticket.objects.none(), label="Ticket", required=False)
    channel = ChannelField(Channel.objects.none(), label="Channel", required=False)
    at = moment_field("Told at", required=False, help_text="Only for a call.")
    which = which_field()

    def __init__(self, data: Any, *, issue: Issue, account: Account, user: User, zone: ZoneInfo, **known: Any) -> None:
        super().__init__(data, initial=known)
        self.account, self.zone = account, zone
        tickets, channels = tickets_for(account, user), account.channels.filter(kind="customer", archived_at=None)
        self.fields["ticket"].queryset = tickets  # type: ignore[attr-defined]
        self.fields["channel"].queryset = channels  # type: ignore[attr-defined]
        here = {Way.ANSWER: tickets.exists(), Way.CHANNEL: channels.exists(), Way.CALL: True}
        if issue.repo != "public":
            here = {Way.CALL: True}
            self.fields["way"].help_text = CONFIDENTIAL
        self.fields["way"].choices = [(way, words) for way, words in Way.choices if here.get(Way(way))]  # type: ignore[attr-defined]
        self.initial.setdefault("way", next(way for way in Way if here.get(way)))

    def clean(self) -> dict[str, Any]:
        way, given = self.cleaned_data.get("way"), self.cleaned_data
        given["moment"] = read_moment(self, "at", self.zone)
        needed = {"answer": "ticket", "channel": "channel", "call": "at"}.get(way or "", "")
        if needed and not given.get(needed) and needed not in self.errors:
            self.add_error(needed, "Say which, for this way." if needed != "at" else "Say when they were told.")
        return given

    @property
    def told(self) -> dict[str, Any]:
        """What `CustomerNote.send` is told."""
        given = self.cleaned_data
        return {"text": given["text"], "ticket": given["ticket"], "channel": given["channel"], "at": given["moment"]}

    @property
    def shown(self) -> list[tuple[str, str]]:
        """The words as they stand now, with what this customer may not read."""
        text = str(self["text"].value() or "")[:8_000]
        return pieces(text, marks_for(text, self.account))
