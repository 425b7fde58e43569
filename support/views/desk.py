"""What the page of a ticket is put together from: a bounded number of statements, whatever the ticket holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db.models import FilteredRelation, OuterRef, Q, QuerySet, Subquery, Value
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Contract
from accounts.tiers import Tier
from fleetcs import clock
from fleetcs.models import HandbookEntry, User
from fleetcs.once import new_token
from fleetcs.working_day import today
from support import details, levels, outside_system
from support.models import Clock, Draft, FollowUp, Ticket
from support.reaching import COMMUNITY, Points, Preferred, preferred
from support.sla import NO_PROMISE, Priority
from support.views import timeline
from support.views.rights import Rights, colleague, rights
from support.views.templates import prefilled
from support.views.timeline import Row

RELATED: Final = 6
QUEUE: Final = "/tickets/"
TURNS: Final = {
    "first": ("bad", "Needs first response"),
    "next": ("warn", "Needs next response"),
    "customer": ("idle", "Waiting for customer"),
    "paused": ("wait", "Waiting"),
    "done": ("good", "Done"),
}
PRIORITIES: Final = {
    "P0": ("bad", "flame"),
    "P1": ("warn", "arrow-up"),
    "P2": ("idle", "equal"),
    "P3": ("idle", "arrow-down"),
}


@dataclass(frozen=True)
class Helper:
    """Somebody who holds a helping post today."""

    code: str
    pk: int
    name: str
    phone: str

    @property
    def post(self) -> str:
        return levels.POST_NAMES[self.code]


@dataclass(frozen=True)
class Person:
    """A colleague by key and name, as the page shows them."""

    pk: int
    name: str


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
        "tasks": list(ticket.follow_ups.all()),
        "contract": contract_of(ticket, user),
        "links": links_of(ticket),
        "related": related_to(ticket, user),
    }


def clocks_of(ticket: Ticket) -> list[Clock]:
    """Its clocks, oldest first, with the rule they were counted by."""
    return list(ticket.clocks.select_related("rule").order_by("pk"))


def contract_of(ticket: Ticket, user: User) -> Contract | None:
    """The contract in force now, for those who may read its terms; what came in without one is served without."""
    if ticket.account is None or ticket.tier == Tier.FREE:
        return None
    return Contract.objects.visible_to(user).filter(account=ticket.account).in_force(clock.now()).first()


def links_of(ticket: Ticket) -> dict[str, str]:
    """The handbook's links that this page needs: for customers without a contract, and to the system outside."""
    wanted = [
        *(COMMUNITY if ticket.tier == Tier.FREE else ()),
        *(outside_system.LINKS.values() if ticket.external_id else ()),
    ]
    if not wanted:
        return {}
    return dict(HandbookEntry.objects.filter(section="links", code__in=wanted).values_list("code", "value"))


def people_of(ticket: Ticket, named: set[int]) -> tuple[dict[int, str], list[Helper]]:
    """(names of everybody the page mentions, who helps at this level today), in one statement.

    The order of helpers is that of the posts, the holder before the backup (INT-05).
    """
    account, day, posts = ticket.account, today(), levels.HELPERS[ticket.level]
    team = {account.csm_id, account.sc_id} if account else set()
    keys = (named | team | {ticket.assignee_id, ticket.confirmed_by_id, ticket.resolved_by_id}) - {None}
    in_force = Q(holdings__to_on=None) | Q(holdings__to_on__gt=day), Q(holdings__from_on__lte=day)
    helping = FilteredRelation("holdings", condition=Q(*in_force, holdings__post__in=posts))
    found = User.objects.annotate(helping=helping).filter(Q(pk__in=keys) | Q(helping__isnull=False, is_active=True))
    rows = list(found.order_by("helping__backup", "pk").values_list("pk", "name", "phone", "helping__post"))
    helpers = [Helper(post, pk, name, phone) for wanted in posts for pk, name, phone, post in rows if post == wanted]
    return {pk: name for pk, name, *_ in rows}, helpers[:8]


def related_to(ticket: Ticket, user: User) -> list[dict[str, Any]]:
    """Other open tickets of the account and the contact's last ones, in one statement."""
    others = Ticket.objects.visible_to(user).exclude(pk=ticket.pk)
    parts: list[Any] = []
    if ticket.account_id:
        parts.append(_named(others.open().filter(account=ticket.account_id).order_by("queue_at", "pk"), "account"))
    if ticket.contact_id:
        parts.append(_named(others.filter(contact=ticket.contact_id).order_by("-received_at", "-pk"), "contact"))
    if len(parts) < 2:
        return [row for part in parts for row in part]
    return list(parts[0].union(parts[1], all=True).order_by())


def _named(tickets: QuerySet[Ticket], why: str) -> Any:
    return tickets.annotate(why=Value(why)).values("pk", "subject", "priority", "resolved_at", "why")[:RELATED]


def hidden_fields(request: HttpRequest, ticket: Ticket, spoken: list[Row], events: list[Row]) -> SafeString:
    """What every form of the page carries: against forgery, against sending twice, against an older version."""
    seen = f"{max((one['pk'] for one in spoken), default=0)}.{max((one['pk'] for one in events), default=0)}"
    return format_html(
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}"><input type="hidden" name="form_token" value="{}">'
        '<input type="hidden" name="version" value="{}"><input type="hidden" name="seen" value="{}">',
        get_token(request),
        new_token(),
        ticket.version,
        seen,
    )


def seen(user: User) -> QuerySet[Ticket]:
    """Tickets as their page needs them: one statement with the person's draft."""
    draft = Draft.objects.filter(user=user, ticket=OuterRef("pk")).values("text")
    joined = Ticket.objects.visible_to(user).select_related("account", "contact", "channel", "thread")
    return joined.annotate(draft=Subquery(draft))


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
    beside: str | None = request.htmx.current_url_abs_path if request.htmx else None  # type: ignore[attr-defined]
    return beside is not None and beside.split("?")[0] == QUEUE
