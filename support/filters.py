"""What the queue can be narrowed down to; the address holds it all (ux 4, 5)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, Final

import django_filters as filters
from django import forms
from django.db.models import DateField, Exists, OuterRef, Q, QuerySet

from accounts.models import Account, Channel
from accounts.models.account import team_of
from accounts.tiers import Tier
from fleetcs import clock
from fleetcs.listing import offer
from fleetcs.models import OpeningHours, User
from fleetcs.models.written import Written
from fleetcs.search import LONGEST
from fleetcs.working_day import ZONE, today
from support.forms.plain import Choices, Typed
from support.forms.ticket import working_colleagues
from support.kinds import Level, Source, TicketKind
from support.models import IssueLink, Message, Ticket
from support.search import ENOUGH, matching, newest
from support.sla import Priority

type Tickets = QuerySet[Ticket]

# name: (as people read it, which tickets). The first is what the queue opens with.
VIEWS: Final[Mapping[str, tuple[str, Callable[[Any, User], Any]]]] = {
    "open": ("Open", lambda tickets, user: tickets.open()),
    "mine": ("Mine", lambda tickets, user: tickets.open().filter(assignee=user)),
    "unassigned": ("Unassigned", lambda tickets, user: tickets.open().filter(assignee=None)),
    "breaching": ("Breaching", lambda tickets, user: tickets.late(clock.now()) | tickets.at_risk(clock.now())),
    "us": ("Waiting on us", lambda tickets, user: tickets.waiting_for_us()),
    "customer": ("Waiting for customer", lambda tickets, user: tickets.waiting_for_customer()),
    "overnight": ("Overnight", lambda tickets, user: tickets.overnight(closing()).order_by()),
    "resolved": ("Resolved", lambda tickets, user: tickets.filter(resolved_at__isnull=False)),
    "all": ("All", lambda tickets, user: tickets),
}
WIDE: Final = frozenset({"resolved", "all"})  # these hold what is done, which no clock sorts


def closing() -> datetime:
    """The last closing before now; where there was none, a week ago."""
    now = clock.now()
    return OpeningHours.objects.calendar(now).closing_before(now) or now - timedelta(days=7)


def choice(label: str, choices: Any, empty: str = "Any", **options: Any) -> filters.ChoiceFilter:
    return filters.ChoiceFilter(label=label, choices=choices, empty_label=empty, widget=Choices, **options)


def typed(label: str, method: str) -> filters.CharFilter:
    return filters.CharFilter(label=label, method=method, max_length=120, widget=Typed)


PEOPLE: Final = Written(lambda day: working_colleagues(day).values("pk", "name"), day=DateField())


class TicketFilter(filters.FilterSet):
    """The queue's filters. What customers asked comes without department requests, unless one asks for them."""

    NO_PROMISE = [("none", "No promise")]
    FIRST = ("priority", "tier", "assignee")
    fields_of_form: ClassVar[Any] = None

    q = filters.CharFilter(method="search", label="Search", max_length=LONGEST, widget=Typed)
    view = filters.ChoiceFilter(
        choices=[(name, words) for name, (words, _) in VIEWS.items()],
        method="of_view",
        label="View",
        widget=forms.HiddenInput,
    )
    priority = choice("Priority", [(one.value, one.label) for one in Priority])
    tier = choice("Tier", [(one.value, one.label) for one in Tier])
    assignee = choice("Assignee", [], "Anybody", method="of_person")
    account = typed("Account", "of_account")
    kind = choice("Kind", TicketKind.choices, "Customers' requests", method="of_kind")
    source = choice("Source", Source.choices)
    channel = typed("Channel", "of_channel")
    level = choice("Support level", Level.choices)
    promise = choice("Promise", NO_PROMISE, method="without_promise")
    received_from = filters.DateFilter(label="Received from", method="since", widget=Typed("date"))
    received_to = filters.DateFilter(label="Received to", method="until", widget=Typed("date"))

    def __init__(self, data: Any, *, user: User, whole: bool = False) -> None:
        """`whole`: all that match, for files and for acts on many; a page needs the newest of them only."""
        super().__init__(data, queryset=Ticket.objects.visible_to(user))
        self.user, self.whole, self.is_cut = user, whole, False
        people = [(str(one["pk"]), one["name"]) for one in PEOPLE(day=today())]
        offer(self.form, "assignee", [("me", "Me"), ("nobody", "Nobody"), *people], User.objects.name_of)

    def get_form_class(self) -> Any:
        """Made once a process: every form copies the fields anyway."""
        TicketFilter.fields_of_form = TicketFilter.fields_of_form or super().get_form_class()
        return TicketFilter.fields_of_form

    @property
    def shown(self) -> str:
        """The view that the address means: the open ones, and everything while one searches."""
        asked: str = self.data.get("view", "")
        return asked if asked in VIEWS else "all" if self.data.get("q", "").strip() else next(iter(VIEWS))

    @property
    def others(self) -> list[forms.BoundField]:
        """The fields that are out of sight until one asks for them."""
        return [field for field in self.form if field.name not in (*self.FIRST, "q", "view")]

    @property
    def first(self) -> list[forms.BoundField]:
        return [self.form[name] for name in self.FIRST]

    def filter_queryset(self, queryset: Any) -> Any:
        """The view, the kind and every filter that is on; words last, since they look at what is left."""
        given = self.form.cleaned_data
        found = VIEWS[self.shown][1](queryset, self.user)
        found = found if given.get("kind") else found.support()
        for name, value in given.items():
            if name not in {"q", "view"}:
                found = self.filters[name].filter(found, value)
        return self.with_words(found, given["q"]) if given.get("q") else found

    def with_words(self, found: Any, text: str) -> Any:
        """Those that the words find; of very common words only the newest, and `is_cut` says so."""
        if self.whole:
            return matching(found, text)
        keys = newest(found, text)
        self.is_cut = len(keys) == ENOUGH
        return found.filter(pk__in=keys)

    def of_kind(self, tickets: Tickets, _name: str, kind: str) -> Tickets:
        return tickets.filter(kind=kind)

    def of_person(self, tickets: Tickets, _name: str, who: str) -> Tickets:
        if who == "nobody":
            return tickets.filter(assignee=None)
        return tickets.filter(assignee=self.user if who == "me" else int(who))

    def of_account(self, tickets: Tickets, _name: str, text: str) -> Tickets:
        """An account by its key, as links give it, or by a part of its name."""
        if text.isascii() and text.isdigit() and len(text) < 19:
            return tickets.filter(account=int(text))
        return tickets.filter(account__in=Account.objects.filter(name__icontains=text).order_by().values("pk"))

    def of_channel(self, tickets: Tickets, _name: str, text: str) -> Tickets:
        named = Channel.objects.filter(Q(name__icontains=text.removeprefix("#")) | Q(slack_id=text))
        return tickets.filter(channel__in=named.order_by().values("pk"))

    def without_promise(self, tickets: Tickets, _name: str, _none: str) -> Tickets:
        return tickets.filter(due_at=None)

    def since(self, tickets: Tickets, _name: str, day: date) -> Tickets:
        return tickets.filter(received_at__gte=beginning(day))

    def until(self, tickets: Tickets, _name: str, day: date) -> Tickets:
        """The last day is part of it."""
        return tickets.filter(received_at__lt=beginning(min(day, date.max - timedelta(days=9)) + timedelta(days=1)))


def beginning(day: date) -> datetime:
    """The company's midnight at the start of a day; a day near the ends of time is brought to where clocks work."""
    return datetime.combine(max(day, date.min + timedelta(days=9)), time(), ZONE)


class Unplaced(filters.FilterSet):
    """What waits in triage, by words."""

    q = filters.CharFilter(method="search", label="Search", max_length=LONGEST)

    def search(self, tickets: Tickets, _name: str, text: str) -> Tickets:
        return tickets.filter(Q(subject__icontains=text) | Q(sender__icontains=text) | Q(triage_reason__icontains=text))


class WaitingFilter(filters.FilterSet):
    """Waiting threads by channel, account or words."""

    q = filters.CharFilter(method="search", label="Search", max_length=LONGEST)

    def search(self, clocks: Any, _name: str, text: str) -> Any:
        said = Message.objects.filter(thread=OuterRef("thread"), waiting_since__isnull=False, text__icontains=text)
        channel = Q(thread__channel__name__icontains=text.removeprefix("#"))
        return clocks.filter(channel | Q(thread__channel__account__name__icontains=text) | Exists(said))


class RequestFilter(filters.FilterSet):
    """Department requests: what is open, what has waited longer than a business day, one's own (INT-12)."""

    VIEWS = [("late", "Older than a business day"), ("mine", "Mine"), ("all", "All")]

    q = filters.CharFilter(field_name="subject", lookup_expr="icontains", label="Search", max_length=LONGEST)
    view = filters.ChoiceFilter(choices=VIEWS, label="View", widget=forms.HiddenInput)

    def __init__(self, data: Any, *, user: User, queryset: Any) -> None:
        super().__init__(data, queryset=queryset)
        self.user = user

    def filter_queryset(self, queryset: Any) -> Any:
        given = self.form.cleaned_data  # without what was refused
        found = self.filters["q"].filter(queryset, given.get("q", ""))
        match given.get("view"):
            case "all":
                return found
            case "mine":
                return found.filter(requester=self.user)
            case "late":
                return found.waiting_for_us().filter(due_at__lt=clock.now())
        return found.open()


class ChatFilter(filters.FilterSet):
    """Questions from the web chat: those that still wait come first."""

    VIEWS = [("answered", "Answered"), ("all", "All")]

    q = filters.CharFilter(field_name="question", lookup_expr="icontains", label="Search", max_length=LONGEST)
    view = filters.ChoiceFilter(choices=VIEWS, label="View", widget=forms.HiddenInput)

    def filter_queryset(self, queryset: Any) -> Any:
        given = self.form.cleaned_data  # without what was refused
        found = self.filters["q"].filter(queryset, given.get("q", ""))
        match given.get("view"):
            case "all":
                return found
            case "answered":
                return found.filter(stage="answered")
        return found.exclude(stage="answered")


class CustomerRequestFilter(filters.FilterSet):
    """Customer requests: the open ones, and the lists of what somebody has to see to (REQ-07, REQ-08)."""

    VIEWS = [
        ("story", "Prioritized without a story"),
        ("feedback", "Awaiting feedback"),
        ("mine", "Mine"),
        ("all", "All"),
    ]

    q = filters.CharFilter(method="search", label="Search", max_length=LONGEST)
    view = filters.ChoiceFilter(choices=VIEWS, label="View", widget=forms.HiddenInput)

    def __init__(self, data: Any, *, user: User, queryset: Any) -> None:
        super().__init__(data, queryset=queryset)
        self.user = user

    def filter_queryset(self, queryset: Any) -> Any:
        given = self.form.cleaned_data  # without what was refused
        found = self.search(queryset, "q", given["q"]) if given.get("q") else queryset
        match given.get("view"):
            case "all":
                return found
            case "story":
                return found.without_story()
            case "feedback":
                return found.awaiting_feedback()
            case "mine":
                return found.open().of_accounts(Account.objects.filter(team_of(self.user)))
        return found.open()

    def search(self, requests: Any, _name: str, text: str) -> Any:
        number = text.strip().lstrip("#")
        numbered = Q(issue__number=int(number)) if number.isascii() and number.isdecimal() and len(number) < 10 else Q()
        return requests.filter(numbered) if numbered else requests.filter(issue__title__icontains=text)


class UntoldFilter(filters.FilterSet):
    """Links whose customer has not been given the address (BUG-06, REQ-06)."""

    kind = choice("Kind", IssueLink.Kind.choices)
    mine = choice("Whose", [("1", "My customers")], "Everybody's", method="of_mine")

    def __init__(self, data: Any, *, user: User, queryset: Any) -> None:
        super().__init__(data, queryset=queryset)
        self.user = user

    def of_mine(self, links: Any, _name: str, _mine: str) -> Any:
        return links.filter(team_of(self.user, "account__"))
