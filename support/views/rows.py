"""A ticket as a row: every text is made here, so that the template of fifty rows has nothing left to work out (P1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.safestring import SafeString

from fleetcs.templatetags import kit
from fleetcs.wording import duration
from support.models import Ticket
from support.views.badges import PRIORITIES, TURNS

# What a row reads: the rest of a ticket stays in the database.
COLUMNS: Final = (
    "subject",
    "kind",
    "tier",
    "priority",
    "confirmed",
    "level",
    "received_at",
    "due_at",
    "at_risk_at",
    "queue_at",
    "first_response_at",
    "acknowledge_by",
    "last_customer_at",
    "last_reply_at",
    "paused_reason",
    "resolved_at",
    "triage_reason",
    "account__name",
    "assignee__name",
)
INTERNAL: Final = "Internal target: acknowledge within 1 hour inside business hours, 4 hours outside"
NOBODY: Final = SafeString('<span class="quiet">Nobody</span>')
FREE: Final = "No guaranteed resolution"
NOTHING: Final = SafeString("")
INTERNAL_ONLY: Final = SafeString('<span class="which">internal · no promise</span>')
INTERNAL_FREE: Final = SafeString('<span class="which">internal · no guaranteed resolution</span>')
NO_GUARANTEE: Final = kit.pill("idle", FREE)
NO_PROMISE: Final = kit.pill("idle", "No promise")


def joined(tickets: QuerySet[Ticket], *more: str) -> QuerySet[Ticket]:
    """With what a row reads, and `more` (`requester__name`), in one statement."""
    others = [name.partition("__")[0] for name in more if "__" in name]
    return tickets.select_related("account", "assignee", *others).only(*COLUMNS, *more)


@dataclass(slots=True)
class Row:
    """What stands in the cells. `next`: the clock that is due next, with the promise below if that is another."""

    ticket: Ticket
    here: dict[str, Any]
    pk: int
    url: str
    subject: str
    account: str
    next: SafeString
    promise: SafeString
    internal: SafeString
    priority: SafeString
    turn: SafeString
    assignee: SafeString
    received: SafeString
    tier: str

    @property
    def head(self) -> SafeString:
        """What leads to the ticket, and what it is about."""
        subject, account = kit.escaped(self.subject), kit.escaped(self.account or "No account yet")
        return SafeString(
            f'<a id="t{self.pk}" href="{self.url}?next=queue" data-panel="{self.url}peek/">{subject}</a>'
            f"<span>#{self.pk} · {account} · {self.tier}</span>"
        )

    def at(self, when: datetime | None) -> SafeString:
        """A moment of the ticket; nothing where there is none yet."""
        return moment(when, self.here) if when else NOTHING


def rows_of(tickets: Iterable[Ticket], now: datetime, zone: ZoneInfo) -> list[Row]:
    here = {"now": now, "zone": zone}
    return [_row(ticket, here) for ticket in tickets]


def _row(ticket: Ticket, here: dict[str, Any]) -> Row:
    promise, internal = promise_of(ticket, here), internal_of(ticket, here)
    return Row(
        ticket=ticket,
        here=here,
        pk=ticket.pk,
        url=f"/tickets/{ticket.pk}/",
        subject=ticket.subject,
        account=ticket.account.name if ticket.account else "",
        promise=promise,
        internal=internal,
        next=SafeString(internal + in_words(ticket, here)) if is_internal_first(ticket) else promise,
        priority=priority_of(ticket),
        turn=turn_of(ticket),
        assignee=kit.person(ticket.assignee, "small") if ticket.assignee else NOBODY,
        received=moment(ticket.received_at, here),
        tier=ticket.tier.capitalize(),
    )


def is_internal_first(ticket: Ticket) -> bool:
    """Whether the internal target is what falls due next."""
    if ticket.acknowledge_by is None or ticket.resolved_at:
        return False
    is_counting = ticket.due_at is not None and ticket.first_response_at is None
    return not is_counting or ticket.due_at is None or ticket.acknowledge_by <= ticket.due_at


def promise_of(ticket: Ticket, here: dict[str, Any]) -> SafeString:
    """The contract's promise as a pill; for Free what the table says (SLA-10)."""
    if ticket.due_at is None:
        return NO_GUARANTEE if ticket.tier == "free" else NO_PROMISE
    state = state_of(ticket, here["now"])
    return kit.sla(here, ticket.due_at, ticket.first_response_at, at_risk=ticket.at_risk_at, state=state)  # type: ignore[arg-type]


def in_words(ticket: Ticket, here: dict[str, Any]) -> SafeString:
    """The line below an internal target: that it is one, and how the promise stands (never mixed, SLA-21)."""
    if ticket.due_at is None:
        return INTERNAL_FREE if ticket.tier == "free" else INTERNAL_ONLY
    kind, _, words = kit.SLA[state_of(ticket, here["now"])]
    said = words.format(duration((ticket.first_response_at or here["now"]) - ticket.due_at)).lower()
    return SafeString(f'<span class="which">internal · <span class="tone-{kind}">promise {said}</span></span>')


def state_of(ticket: Ticket, now: datetime) -> str:
    """How the promise stands; resolved before an answer it was withdrawn, or missed already."""
    due, resolved = ticket.due_at, ticket.resolved_at
    if due and resolved and not ticket.first_response_at:
        return "missed" if resolved > due else "withdrawn"
    return kit.sla_state(due, ticket.first_response_at, ticket.at_risk_at, now)


def internal_of(ticket: Ticket, here: dict[str, Any]) -> SafeString:
    """The internal target while it runs, apart from the promise (SLA-18)."""
    due = ticket.acknowledge_by
    if due is None or ticket.resolved_at:
        return NOTHING
    return kit.sla(here, due, state="late" if here["now"] >= due else "running", how=INTERNAL)  # type: ignore[arg-type]


def priority_of(ticket: Ticket) -> SafeString:
    """Priority as a dot and its code; one that nobody has confirmed says so (R1)."""
    if not ticket.confirmed:
        return kit.dot("warn", f"{ticket.priority} unconfirmed")
    return kit.dot(PRIORITIES[ticket.priority][0], ticket.priority)


def turn_of(ticket: Ticket) -> SafeString:
    """Whose turn it is (ux 14); a paused one says for what it waits."""
    kind, words = TURNS[ticket.turn]
    return kit.dot(kind, f"{words}: {ticket.paused_reason}" if ticket.turn == "paused" else words)


def moment(at: datetime, here: dict[str, Any]) -> SafeString:
    """A moment as people say it; the exact one is its title."""
    return kit.moment(here, at)  # type: ignore[arg-type]
