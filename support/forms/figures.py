"""What the managers' page is asked: a time, and what narrows it. Its address holds the whole question."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from accounts.models import Account, Channel
from accounts.tiers import Tier
from fleetcs.models import User
from fleetcs.working_day import today
from support.figures import STATES
from support.forms.plain import Choices, Typed
from support.kinds import ClockKind, Source
from support.models.figures import Scope, answered, in_state, seen_by, tickets
from support.models.running import ClockQuerySet
from support.sla import Priority

WEEKS = timedelta(weeks=12)
GROUPS = {"": "Tier and priority", "account": "Account", "person": "Person", "channel": "Channel"}
SIDES = {"inside": "Inside hours", "outside": "Outside hours"}


NONE = "none"
LONG_KEY = 18  # digits; longer ones are no key of ours


def any_of(choices: Any, empty: str) -> list[tuple[str, str]]:
    return [("", empty), *choices]


TIERS = any_of(((tier.value, tier.label) for tier in Tier), "Any tier")
PRIORITIES = any_of(((priority.value, priority.label) for priority in Priority), "Any priority")


@dataclass(frozen=True)
class Picked:
    """A record that was picked; `key` None: the clocks that have none."""

    key: int | None
    name: str

    def __str__(self) -> str:
        return self.name

    @property
    def in_url(self) -> str:
        return NONE if self.key is None else str(self.key)


class RecordField(forms.CharField):
    """A record by its key, as links give it, or by its name, as people type it."""

    def __init__(self, name: str, records: Callable[[User], QuerySet[Any]], **kwargs: Any) -> None:
        super().__init__(required=False, max_length=120, widget=Typed, **kwargs)
        self.name, self.records = name, records

    def find(self, given: str, user: User) -> Picked:
        """The record. Raises ValidationError when there is none, or none that the person may see."""
        if given == NONE:
            return Picked(None, "nobody's")
        by_key = Q(pk=int(given)) if given.isdecimal() and len(given) < LONG_KEY else Q(pk=None)
        found = self.records(user).filter(by_key | Q(**{f"{self.name}__iexact": given}))
        record = found.values_list("pk", self.name).first()
        if record is None:
            raise ValidationError("There is none of that name.")
        return Picked(*record)


class FigureForm(forms.Form):
    """Time, dimensions, and how to group; a part of a figure adds `kind`, `state` and `source`."""

    first = forms.DateField(label="From", required=False, widget=Typed("date"))
    last = forms.DateField(label="To", required=False, widget=Typed("date"))
    tier = forms.ChoiceField(required=False, choices=TIERS, widget=Choices)
    priority = forms.ChoiceField(required=False, choices=PRIORITIES, widget=Choices)
    side = forms.ChoiceField(
        label="Received", required=False, choices=any_of(SIDES.items(), "At any hour"), widget=Choices
    )
    account = RecordField("name", lambda user: Account.objects.visible_to(user))
    person = RecordField("name", lambda user: User.objects.visible_to(user))
    channel = RecordField("name", lambda user: Channel.objects.visible_to(user))
    by = forms.ChoiceField(label="Break down by", required=False, choices=list(GROUPS.items()), widget=Choices)

    def __init__(self, data: Any, *, user: User) -> None:
        asked = data.copy()
        if not asked.get("last"):
            asked["last"] = today().isoformat()
        super().__init__(asked)
        self.user, self.asked = user, asked

    def clean_account(self) -> Picked | None:
        return self._picked("account")

    def clean_person(self) -> Picked | None:
        return self._picked("person")

    def clean_channel(self) -> Picked | None:
        return self._picked("channel")

    def _picked(self, name: str) -> Picked | None:
        field, given = self.fields[name], self.cleaned_data[name]
        return field.find(given, self.user) if given and isinstance(field, RecordField) else None

    def clean(self) -> None:
        self.cleaned_data["last"] = self.cleaned_data.get("last") or today()
        first = self.cleaned_data.get("first") or first_week(self.cleaned_data["last"])
        self.asked.setdefault("first", first.isoformat())
        self.cleaned_data["first"] = first
        if first > self.cleaned_data["last"]:
            self.add_error("first", "The time ends before it begins.")

    @property
    def scope(self) -> Scope:
        """What is counted, for this person."""
        given, narrow = self.cleaned_data, seen_by(self.user)
        for name in ("account", "person", "channel"):
            narrow &= Q(**{name: given[name].key}) if given[name] else Q()
        facts: dict[str, Any] = {name: given[name] for name in ("tier", "priority") if given[name]}
        facts |= {"inside": given["side"] == "inside"} if given["side"] else {}
        return Scope(given["first"], given["last"], facts, narrow)


def first_week(last: date) -> date:
    """The Monday that begins the last thirteen weeks."""
    return beside(last, -last.weekday() - WEEKS.days)


def beside(day: date, days: int) -> date:
    """A day so many days on; at the ends of time the last one there is."""
    return date.fromordinal(min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal()))


# What an import has brought along as settled is in no figure.
COUNTED = [(kind, label) for kind, label in ClockKind.choices if kind != ClockKind.IMPORTED]


class PartForm(FigureForm):
    """The clocks behind one number."""

    kind = forms.ChoiceField(label="Promise", required=False, choices=any_of(COUNTED, "Any"))
    state = forms.ChoiceField(required=False, choices=any_of([*STATES.items(), ("answered", "Answered")], "Any state"))
    source = forms.ChoiceField(label="Came by", required=False, choices=any_of(Source.choices, "Any way"))
    week = forms.DateField(label="Week of", required=False, widget=Typed("date"))
    q = forms.CharField(required=False, max_length=200)
    by = None  # type: ignore[assignment]  # a list has no break-down, and this is how Django drops an inherited field
    field_order = ("kind", "state", "source")

    def clocks(self, now: datetime) -> ClockQuerySet:
        """Exactly what the number has counted."""
        given, found = self.cleaned_data, self.scope.clocks().exclude(kind=ClockKind.IMPORTED)
        if given["kind"]:
            found = found.filter(kind=given["kind"])
        if given["week"]:
            found = found.filter(received_on__range=(given["week"], beside(given["week"], 6)))
        if given["q"]:
            found = found.filter(ticket__subject__icontains=given["q"])
        if given["source"]:
            found = tickets(found).filter(ticket__source=given["source"])
        return self._in_state(found, given["state"], now)

    @staticmethod
    def _in_state(found: ClockQuerySet, state: str, now: datetime) -> ClockQuerySet:
        if state == "answered":
            return answered(found)
        return found.filter(in_state(now)[state]) if state else found
