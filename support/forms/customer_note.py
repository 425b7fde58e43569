"""What one customer is told, and how: as an answer, in their channel, or on a call (BUG-06, REQ-06)."""

from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet

from accounts.models import Account, Channel
from accounts.models.customer_words import marks_for
from fleetcs.forms.moment import moment_field, past_moment, which_field
from fleetcs.models import User
from support.marked import pieces
from support.models import CustomerNote, Issue, Repository, Ticket
from support.models.customer_note import CONFIDENTIAL

Way = CustomerNote.Way
NEEDED: Final = {Way.ANSWER: "ticket", Way.CHANNEL: "channel", Way.CALL: "at"}


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


def channels_of(account: Account) -> QuerySet[Channel]:
    return account.channels.filter(kind=Channel.Kind.CUSTOMER, archived_at=None)


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
        public = issue.repo == Repository.Code.PUBLIC
        self._offer("ticket", tickets_for(account, user) if public else Ticket.objects.none())
        self._offer("channel", channels_of(account) if public else Channel.objects.none())
        if not public:
            self.fields["way"].help_text = CONFIDENTIAL
        ways = [way for way in Way if way == Way.CALL or NEEDED[way] in self.fields]
        self.fields["way"].choices = [(way.value, way.label) for way in ways]  # type: ignore[attr-defined]
        self.initial.setdefault("way", ways[0])

    def _offer(self, name: str, rows: QuerySet[Any]) -> None:
        """Let one of these be chosen, the only one at once; a field without any is not there."""
        few = list(rows[:2])
        if not few:
            del self.fields[name]
            return
        self.fields[name].queryset = rows  # type: ignore[attr-defined]
        if len(few) == 1:
            self.initial[name] = few[0].pk

    def clean(self) -> dict[str, Any]:
        way, given = self.cleaned_data.get("way"), self.cleaned_data
        given["moment"] = past_moment(self, "at", self.zone)
        needed = NEEDED[Way(way)] if way else ""
        if needed and not given.get(needed) and needed not in self.errors:
            self.add_error(needed, "Say when they were told." if needed == "at" else "Say which, for this way.")
        return given

    @property
    def told(self) -> dict[str, Any]:
        """What `CustomerNote.send` is told."""
        given = self.cleaned_data
        places = {name: given.get(name) for name in ("ticket", "channel")}
        return {"text": given["text"], "at": given["moment"], **places}

    @property
    def shown(self) -> list[tuple[str, str]]:
        """The words as they stand now, with what this customer may not read."""
        text = str(self["text"].value() or "")[:8_000]
        return pieces(text, marks_for(text, self.account))
