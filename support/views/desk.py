"""What the page of a ticket is put together from: a bounded number of statements, whatever the ticket holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest
from django.utils.functional import cached_property
from django.utils.safestring import SafeString

from accounts.models import Contract
from fleetcs import clock
from fleetcs.models import User
from fleetcs.models.written import Written
from fleetcs.origin import page_behind
from support import details, levels, outside_system
from support.models import Clock, Draft, FollowUp, Ticket
from support.reaching import Points, Preferred, preferred
from support.sla import NO_PROMISE, Priority
from support.views import timeline
from support.views.around import KEY, clocks_of, contract_of, links_of, related_to, tasks_of
from support.views.badges import PRIORITIES, TURNS
from support.views.hidden import hidden_fields
from support.views.people import Helper, Person, people_of
from support.views.rights import Rights, colleague, rights
from support.views.templates import prefilled

QUEUE: Final = "/tickets/"


@dataclass
class Desk:
    """One page's worth of a ticket."""

    ticket: Ticket
    user: User
    now: datetime
    rights: Rights
    view: str
    back: int
    items: list[timeline.Item]
    has_earlier: bool
    clocks: list[Clock]
    tasks: list[FollowUp]
    contract: Contract | None
    links: Mapping[str, str]
    names: Mapping[int, str]
    helpers: list[Helper]
    related: list[dict[str, Any]]
    hidden: SafeString
    views: Mapping[str, tuple[str, set[str]]] = field(default_factory=lambda: timeline.VIEWS)

    @cached_property
    def promise(self) -> Clock | None:
        """The clock of the contract, or of the kind: the newest that is no internal target."""
        return next((one for one in reversed(self.clocks) if one.kind != Clock.Kind.ACKNOWLEDGE), None)

    @cached_property
    def internal(self) -> Clock | None:
        """The newest internal target, shown apart from the promise (SLA-18)."""
        return next((one for one in reversed(self.clocks) if one.kind == Clock.Kind.ACKNOWLEDGE), None)

    @cached_property
    def promise_state(self) -> str:
        return self.promise.state(self.now) if self.promise else "none"

    @cached_property
    def internal_state(self) -> str:
        return self.internal.state(self.now) if self.internal else "none"

    @cached_property
    def how(self) -> str:
        """How the promise came about, for hovering."""
        one = self.promise
        if one is None or (one.rule is None and one.kind != Clock.Kind.RESPONSE):
            return ""
        words = one.rule.as_rule().text() if one.rule else NO_PROMISE
        return f"{self.ticket.priority} {self.ticket.tier.capitalize()}: {words}"

    @property
    def unexplained(self) -> list[Clock]:
        """Missed clocks without a cause: asked for in one key."""
        return [one for one in self.clocks if one.missed and not one.cause]

    @property
    def turn(self) -> tuple[str, str]:
        kind, words = TURNS[self.ticket.turn]
        return kind, f"Waiting: {self.ticket.paused_reason}" if self.ticket.turn == "paused" else words

    @property
    def priority(self) -> tuple[str, str]:
        return PRIORITIES[self.ticket.priority]

    @property
    def impact(self) -> str:
        return Priority(self.ticket.priority).label

    @property
    def missing(self) -> list[str]:
        return self.ticket.missing_details if self.ticket.kind == Ticket.Kind.SUPPORT else []

    @property
    def required(self) -> list[tuple[str, str]]:
        return [(label, self.ticket.details.get(code, "")) for code, label in details.REQUIRED.items()]

    @property
    def optional(self) -> list[tuple[str, str]]:
        given = ((label, self.ticket.details.get(code, "")) for code, label in details.OPTIONAL.items())
        return [(label, value) for label, value in given if value]

    @property
    def unasked(self) -> int:
        return len(details.empty(self.ticket.details))

    @property
    def preferred(self) -> Preferred:
        """How this customer reaches us at this priority (SLA-12)."""
        return preferred(self.ticket.tier, self.ticket.priority, self._points(), self.links)

    def _points(self) -> Points:
        channel, contract = self.ticket.channel, self.contract
        return Points(
            support_email=contract.support_email if contract else "",
            emergency_phone=contract.emergency_phone if contract else "",
            emergency_email=contract.emergency_email if contract else "",
            channel=f"#{channel.name}" if channel else "",
            channel_url=channel.get_absolute_url() if channel else "",
        )

    @property
    def outside(self) -> dict[str, str]:
        """Where the ticket is in the system outside; the id has no address where the handbook has no link (INT-04)."""
        ticket, configured = self.ticket, settings.TICKET_SYSTEM
        system = outside_system.system_of(ticket.external_system, configured)
        url = outside_system.link(ticket.external_system, ticket.external_id, configured, self.links)
        return {"name": outside_system.NAMES.get(system, system), "url": url}

    @property
    def local_time(self) -> str:
        """What the customer's own clock shows, where their zone is known."""
        contact, account = self.ticket.contact, self.ticket.account
        zone = (contact.zone if contact else "") or (account.zone if account else "")
        return local_time(self.now, zone)

    def _person(self, pk: int | None) -> Person | None:
        return Person(pk, self.names[pk]) if pk and pk in self.names else None

    @property
    def assignee(self) -> Person | None:
        return self._person(self.ticket.assignee_id)

    @property
    def confirmer(self) -> Person | None:
        return self._person(self.ticket.confirmed_by_id)

    @property
    def resolver(self) -> Person | None:
        return self._person(self.ticket.resolved_by_id)

    @property
    def csm(self) -> Person | None:
        return self._person(self.ticket.account.csm_id) if self.ticket.account else None

    @property
    def consultant(self) -> Person | None:
        return self._person(self.ticket.account.sc_id) if self.ticket.account else None

    @property
    def level_help(self) -> str:
        return levels.HELP[self.ticket.level]

    @property
    def pages_on_call(self) -> bool:
        return self.ticket.level in levels.PAGED

    @property
    def is_application(self) -> bool:
        return self.ticket.kind == Ticket.Kind.JOB_APPLICATION

    @property
    def earlier_url(self) -> str:
        return f"?show={self.view}&earlier={self.back + 1}" if self.has_earlier else ""

    @property
    def later_url(self) -> str:
        return f"?show={self.view}&earlier={self.back - 1}" if self.back else ""


def local_time(now: datetime, zone: str) -> str:
    """A moment on the wall clock of a zone; "" for no zone, or one that does not exist."""
    try:
        return f"{now.astimezone(ZoneInfo(zone)):%a %H:%M %Z}" if zone else ""
    except (ZoneInfoNotFoundError, ValueError):
        return ""


def desk(request: HttpRequest, ticket: Ticket) -> Desk:
    """Fetch it all."""
    user, back, view = colleague(request), timeline.page_number(request.GET), timeline.view_of(request.GET)
    spoken, has_earlier = timeline.page_of_messages(ticket, back)
    events, clocks = timeline.in_window(ticket, spoken, back, has_earlier), clocks_of(ticket)
    names, helpers = people_of(ticket, timeline.people_in(spoken, events))
    items = timeline.items_of(spoken, events, [] if back else clocks, names)
    told = {"view": view, "back": back, "items": timeline.wanted(items, view), "has_earlier": has_earlier}
    around = beside(ticket, user) | told | {"clocks": clocks, "names": names, "helpers": helpers}
    hidden = hidden_fields(request, ticket, spoken, events)
    return Desk(ticket=ticket, user=user, hidden=hidden, **around)


def beside(ticket: Ticket, user: User) -> dict[str, Any]:
    """What stands around the conversation."""
    return {
        "now": clock.now(),
        "rights": rights(user, ticket),
        "tasks": tasks_of(ticket),
        "contract": contract_of(ticket, user),
        "links": links_of(ticket),
        "related": related_to(ticket, user),
    }


def seen(user: User, pk: int) -> Ticket:
    """A ticket as its page needs it: one statement with the person's draft. Raises Http404 when it is not theirs."""
    if found := _SEEN(user, pk=pk):
        ticket: Ticket = found[0]
        return ticket
    raise Http404


def whole(user: User, pk: Any) -> QuerySet[Ticket]:
    draft = Draft.objects.filter(user=user, ticket=OuterRef("pk")).values("text")
    joined = Ticket.objects.visible_to(user).select_related("account", "contact", "channel", "thread")
    return joined.filter(pk=pk).annotate(draft=Subquery(draft)).order_by()


_SEEN: Final = Written(whole, pk=KEY)


def page_of(request: HttpRequest, ticket: Ticket) -> dict[str, Any]:
    """Everything the page shows, the same for a form that was refused on it."""
    said, (filled, trouble) = request.POST or request.GET, prefilled(request, ticket)
    return {
        "title": ticket.subject,
        "ticket": ticket,
        "desk": desk(request, ticket),
        "filled": filled,
        "trouble": trouble,
        "template_code": said.get("template", "")[:60],
        "next_place": "queue" if said.get("next") == "queue" or from_queue(request) else "",
    }


def from_queue(request: HttpRequest) -> bool:
    """Whether the page opens beside the queue: then sending leads on to the next ticket (moment 4)."""
    return page_behind(request).path == QUEUE
