"""Questions about many tickets, and how a request becomes one."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Upper

from accounts.models import Account, team_of
from accounts.tiers import Tier
from fleetcs.models import User
from fleetcs.models.stored import store
from fleetcs.posts import OWN
from fleetcs.texts import without_cards
from support.models.clock import Clock
from support.models.in_force import in_force
from support.sla import Priority

if TYPE_CHECKING:
    from support.models.ticket import Ticket

CLOCK_OF_KIND = {"job_application": Clock.Kind.APPLICATION, "department_request": Clock.Kind.REQUEST}

# How tickets are found; the lists of this module stand on them.
INDEXES = (
    models.Index(fields=["confirmed", "queue_at", "id"], name="ticket_queue", condition=Q(resolved_at=None)),
    models.Index(fields=["queue_at", "id"], name="ticket_by_due", condition=Q(resolved_at=None)),
    models.Index(fields=["assignee", "confirmed", "queue_at", "id"], name="ticket_mine", condition=Q(resolved_at=None)),
    models.Index(fields=["-resolved_at", "-id"], name="ticket_resolved", condition=Q(resolved_at__isnull=False)),
    models.Index(fields=["next_due_at"], name="ticket_running", condition=~Q(next_due_at=None)),
    models.Index(fields=["-received_at", "-id"], name="ticket_newest"),
    models.Index(fields=["account", "-received_at"], name="ticket_of_account"),
    models.Index(fields=["assignee", "-received_at"], name="ticket_of_person", condition=Q(assignee__isnull=False)),
    models.Index(fields=["kind", "received_at"], name="ticket_other_kinds", condition=~Q(kind="support")),
    models.Index(fields=["received_at"], name="ticket_in_triage", condition=~Q(triage_reason="")),
    GinIndex(OpClass(Upper("subject"), "gin_trgm_ops"), name="ticket_subject_trgm"),
)


class TicketQuerySet(models.QuerySet["Ticket"]):
    """Tickets."""

    # --- who may -----------------------------------------------------------------------------------------------------
    def visible_to(self, user: User) -> Self:
        """Tickets a person may read; whoever asked the department for something sees their own request (INT-12)."""
        return self._within("ticket.see", user, Q(requester=user))

    def editable_by(self, user: User) -> Self:
        """Tickets a person may work on: priority, level, details, assignment, resolution."""
        return self._within("ticket.work", user)

    def answerable_by(self, user: User) -> Self:
        return self._within("ticket.answer", user)

    def notable_by(self, user: User) -> Self:
        """Tickets a person may write internal notes on."""
        return self._within("ticket.note", user)

    def _within(self, action: str, user: User, always: Q | None = None) -> Self:
        scope = user.scope(action)
        if scope == OWN:
            own = team_of(user, "account__") | Q(assignee=user)
            return self.filter(own | always if always else own)
        if scope:
            return self
        return self.filter(always) if always and user.is_active else self.none()

    def held(self, pk: int | None) -> "Ticket | None":
        """One ticket as it is now, locked until the transaction ends; others may still add messages to it."""
        return next(iter(self.select_for_update(no_key=True).filter(pk=pk).order_by()), None) if pk else None

    # --- which -------------------------------------------------------------------------------------------------------
    def open(self) -> Self:
        return self.filter(resolved_at=None)

    def support(self) -> Self:
        """What customers asked: without department requests, which have a page and a clock of their own (INT-12)."""
        return self.exclude(kind="department_request")

    def unconfirmed(self) -> Self:
        """Open tickets whose priority nobody has confirmed: on top until somebody does (R1)."""
        return self.open().filter(confirmed_at=None, kind="support")

    def waiting_for_us(self) -> Self:
        return self.open().filter(Q(last_reply_at=None) | Q(last_customer_at__gt=F("last_reply_at")))

    def waiting_for_customer(self) -> Self:
        return (
            self.open()
            .filter(last_reply_at__isnull=False)
            .filter(Q(last_customer_at=None) | Q(last_customer_at__lte=F("last_reply_at")))
        )

    def late(self, now: datetime) -> Self:
        """Open tickets with a running clock past its due moment."""
        return self.open().filter(next_due_at__lt=now)

    def at_risk(self, now: datetime) -> Self:
        """Open, not late, and past the moment from which the contract's promise is at risk."""
        return self.open().filter(first_response_at=None, at_risk_at__lte=now, due_at__gte=now)

    def in_triage(self) -> Self:
        """Requests whose sender or channel nobody could place: in the triage queue, never nowhere."""
        return self.open().exclude(triage_reason="")

    def overnight(self, closing: datetime) -> Self:
        """Unanswered tickets received since the last closing, soonest due first (AHR-12)."""
        return self.waiting_for_us().filter(received_at__gte=closing).order_by(F("next_due_at").asc(nulls_last=True))

    # --- how one begins ----------------------------------------------------------------------------------------------
    @transaction.atomic(savepoint=False)
    def receive(
        self,
        *,
        subject: str,
        source: str,
        received_at: datetime,
        account: Account | None = None,
        priority: str | None = None,
        by: User | None = None,
        heard_at: datetime | None = None,
        **fields: Any,
    ) -> "Ticket":
        """Open a ticket of the account's tier at that moment and start what was promised (SLA-01, INT-01).

        `fields`: kind, contact, channel, sender, requester, assignee, triage_reason, from_dm, details.
        Without `priority` it counts as P2, unconfirmed (A21). `heard_at`: the customer's words of that moment came with
        it and are counted too (A14); the caller writes them, with `waiting_since`, instead of letting it hear them.
        """
        contract = account.contract_at(received_at) if account else None
        ticket = self.model(
            subject=without_cards(subject)[:300] or "(no subject)",
            source=source,
            received_at=received_at,
            account=account,
            tier=contract.tier if contract else Tier.FREE.value,
            priority=priority or Priority.P2.value,
            pinned_policy=contract.policy if contract else "",
            last_customer_at=heard_at,
            **fields,
        )
        if priority:
            ticket.confirmed_at, ticket.confirmed_by = received_at, by
            ticket.level = "in_depth" if priority in {"P0", "P1"} else "basic"
        clocks = first_clocks(ticket, heard_at)
        ticket.copy_moments(clocks)
        store(ticket)
        Clock.objects.begin(clocks)
        if ticket.from_dm:
            ticket.follow_ups.create(kind="dm_summary", blocks=True)
        ticket.log("received", by=by, source=source, tier=ticket.tier, priority=priority, due_at=ticket.due_at)
        return ticket


def first_clocks(ticket: "Ticket", heard_at: datetime | None) -> list[Clock]:
    """The promise that a new ticket begins with and, if it is a customer's words, the internal target for these."""
    of_ticket: dict[str, Any] = {
        "tier": ticket.tier,
        "priority": ticket.priority,
        "ticket": ticket,
        "account": ticket.account,
        "channel": ticket.channel,
        "pinned": ticket.pinned_policy,
    }
    versions, kind = in_force(), CLOCK_OF_KIND.get(ticket.kind, Clock.Kind.RESPONSE)
    found = [Clock.ready(kind, versions, at=ticket.received_at, **of_ticket)]
    if heard_at and ticket.kind == "support":
        found.append(Clock.ready(Clock.Kind.ACKNOWLEDGE, versions, at=heard_at, **of_ticket))
    return found
