"""What is decided about a ticket: whose it is, how urgent, who works on it, what is known, how it ends."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from accounts.models import Account, Contact
from fleetcs import posts
from fleetcs.forms.moment import moment_field, past_moment, which_field
from fleetcs.models import HandbookEntry, User
from support import details
from support.applications import TITLE
from support.kinds import Level, Outcome, TicketKind
from support.models import Message, Ticket
from support.sla import DEFINITIONS, Priority, parse_priority

CAME_BY = [
    (Message.Kind.CALL.value, "Telephone"),
    (Message.Kind.LOGGED_MAIL.value, "Mail to a colleague"),
    (Message.Kind.SLACK.value, "Slack"),
    (Message.Kind.FORM.value, "Elsewhere"),
]
NAMES_OFFERED = 500


def definitions() -> list[tuple[str, str, str]]:
    """(priority, its name, its definition): the handbook's words, ours where it says nothing (SLA-11)."""
    loaded = HandbookEntry.objects.section("pages")
    said = {one: str(loaded.get(f"definition_{one.lower()}") or DEFINITIONS[one]) for one in Priority}
    return [(one.value, one.label, words) for one, words in said.items()]


def working_colleagues(day: Any = None) -> QuerySet[User]:
    """People whose post of a day (today) lets them answer tickets."""
    people: QuerySet[User] = User.objects.of_groups(posts.MAY["ticket.answer"], day)
    return people


def _priority_field() -> forms.CharField:
    return forms.CharField(
        label="Priority", max_length=20, widget=forms.HiddenInput, error_messages={"required": "Choose a priority."}
    )


def _read_priority(text: str) -> str:
    try:
        return parse_priority(text).value
    except ValueError as wrong:
        raise ValidationError(str(wrong)) from wrong


def account_field(*, required: bool) -> forms.ModelChoiceField[Account]:
    """An account by its name: thousands do not fit into a list."""
    return forms.ModelChoiceField(
        Account.objects.none(),
        label="Account",
        required=required,
        to_field_name="name",
        widget=forms.TextInput(attrs={"list": "account-names", "autocomplete": "off"}),
        error_messages={"invalid_choice": "No account of this name."},
    )


def account_names(user: User, *, for_contact: bool = False) -> Iterable[str]:
    """Names offered while typing: of accounts one may see, or may add a contact to."""
    mine = Account.objects.contacts_editable_by(user) if for_contact else Account.objects.visible_to(user)
    return mine.order_by("name").values_list("name", flat=True)[:NAMES_OFFERED]


class PriorityForm(forms.Form):
    """Confirm or correct the priority (SLA-11, SLA-24)."""

    priority = _priority_field()
    reason = forms.CharField(label="Why", max_length=300, required=False, help_text="Needed to lower it.")
    worsened_at = moment_field(
        "Impact worsened at",
        required=False,
        help_text="Only if it grew later: the clock then runs from that moment. "
        "Leave it empty to correct a priority that was wrong from the start.",
    )
    which = which_field()

    def __init__(self, data: Any = None, *, zone: ZoneInfo, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.zone = zone

    def clean_priority(self) -> str:
        return _read_priority(self.cleaned_data["priority"])

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["worsened"] = past_moment(self, "worsened_at", self.zone)
        return self.cleaned_data


class LevelForm(forms.Form):
    """Who helps; apart from the priority (SLA-22)."""

    level = forms.ChoiceField(label="Support level", choices=Level.choices, widget=forms.RadioSelect)


class KindForm(forms.Form):
    """What kind of request it is; the clock follows."""

    kind = forms.ChoiceField(
        label="Kind",
        choices=TicketKind.choices,
        widget=forms.RadioSelect,
        help_text="The clock of the new kind counts from receipt.",
    )


class AssignForm(forms.Form):
    """Who works on it."""

    person = forms.ModelChoiceField(User.objects.none(), label="Assign to", required=False, empty_label="Nobody")

    def __init__(self, data: Any = None, **given: Any) -> None:
        super().__init__(data, **given)
        self.fields["person"].queryset = working_colleagues()  # type: ignore[attr-defined]


class LinkForm(forms.Form):
    """Whose ticket it is (R5)."""

    account = account_field(required=True)
    address = forms.EmailField(
        label="Contact's address",
        required=False,
        help_text="A contact of this account; leave it empty to keep the one there is.",
    )

    def __init__(self, data: Any = None, *, user: User, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.user = user
        self.fields["account"].queryset = Account.objects.visible_to(user)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        account, address = self.cleaned_data.get("account"), self.cleaned_data.get("address")
        self.cleaned_data["contact"] = None
        if account and address:
            known = Contact.objects.visible_to(self.user).filter(account=account).of_address(address)
            self.cleaned_data["contact"] = known
            if known is None:
                self.add_error("address", "No contact of this account has this address.")
        return self.cleaned_data


class DetailsForm(forms.Form):
    """Six details that are asked for always, thirteen on demand (INT-07, INT-08)."""

    def __init__(self, data: Any = None, *, ticket: Ticket) -> None:
        super().__init__(data, initial=ticket.details)
        if ticket.kind == TicketKind.JOB_APPLICATION:
            self.fields[TITLE] = forms.CharField(label="Title of the position", max_length=120, required=False)
        for code, label in (details.REQUIRED | details.OPTIONAL).items():
            self.fields[code] = forms.CharField(
                label=label, max_length=details.LONGEST, required=False, widget=_details_widget(code)
            )

    def clean(self) -> dict[str, Any]:
        for code in details.REQUIRED:
            said = self.cleaned_data.get(code, "")
            if said and not details.is_filled(said):
                self.add_error(code, "Say why, for example “n/a: they use the API only”.")
        return self.cleaned_data


def _details_widget(code: str) -> forms.Widget:
    return forms.Textarea(attrs={"rows": 3}) if code in {"expected", "actual", "debug_archive"} else forms.TextInput()


class ResolveForm(forms.Form):
    """How it ends: what became of the documentation (DOC-03)."""

    outcome = forms.ChoiceField(label="Documentation", choices=Outcome.choices, widget=forms.RadioSelect)
    note = forms.CharField(label="Link, or why it was not possible", max_length=400, required=False)


class DoneForm(forms.Form):
    """Done, for kinds whose solution is no documentation."""

    note = forms.CharField(label="Remark", max_length=400, required=False)


class ReasonForm(forms.Form):
    """A reason, in a few words."""

    reason = forms.CharField(label="Why", max_length=200)


class WaitForm(forms.Form):
    """What it waits for."""

    reason = forms.CharField(
        label="Waiting for", max_length=200, required=False, help_text="Leave it empty to end the waiting."
    )


class FollowUpForm(forms.Form):
    """Done, with the link that shows it, or waived with a reason (INT-09)."""

    link = forms.URLField(label="Link", max_length=500, required=False, assume_scheme="https")
    because = forms.CharField(label="Or why there is none", max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        if not self.cleaned_data.get("link") and not self.cleaned_data.get("because") and not self.errors:
            self.add_error("link", "Give the link, or say why there is none.")
        return self.cleaned_data


class MergeForm(forms.Form):
    """Which ticket goes on."""

    into = forms.IntegerField(label="Ticket number that goes on", min_value=1, max_value=2**62)

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        self.user = user

    def clean_into(self) -> Ticket:
        found = Ticket.objects.editable_by(self.user).filter(pk=self.cleaned_data["into"]).first()
        if found is None:
            raise ValidationError("No ticket of this number that you may work on.")
        return found


class RelationForm(forms.Form):
    """Which ticket it has to do with, and whether the link is made or taken away."""

    to = forms.IntegerField(label="Number of the other ticket", min_value=1, max_value=2**62)
    away = forms.BooleanField(label="Take the link away", required=False)

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        self.user = user

    def clean_to(self) -> Ticket:
        found = Ticket.objects.editable_by(self.user).filter(pk=self.cleaned_data["to"]).first()
        if found is None:
            raise ValidationError("No ticket of this number that you may work on.")
        return found


class NewTicketForm(forms.Form):
    """A request that reached a colleague some other way; without a priority it is refused (SLA-11)."""

    subject = forms.CharField(label="Subject", max_length=300)
    account = account_field(required=False)
    address = forms.EmailField(label="Customer's address", required=False, help_text="Where answers go.")
    came_by = forms.ChoiceField(label="It came by", choices=CAME_BY)
    received_at = moment_field("Received at", help_text="When the customer told us; the clock counts from then.")
    which = which_field()
    text = forms.CharField(label="What the customer said", max_length=100_000, widget=forms.Textarea(attrs={"rows": 6}))
    priority = _priority_field()
    from_dm = forms.BooleanField(
        label="It was a direct message",
        required=False,
        help_text="A summary then has to be posted in the channel before it can be resolved.",
    )

    def __init__(self, data: Any = None, *, user: User, zone: ZoneInfo, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.zone, self.user = zone, user
        self.fields["account"].queryset = Account.objects.visible_to(user)  # type: ignore[attr-defined]

    def clean_priority(self) -> str:
        return _read_priority(self.cleaned_data["priority"])

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["moment"] = past_moment(self, "received_at", self.zone)
        return self.cleaned_data
