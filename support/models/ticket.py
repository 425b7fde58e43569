"""Tickets: a customer's request, who works on it, and the promise that is being counted."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pghistory
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Case, Q, Value, When
from django.urls import reverse

from accounts.models import Account, Channel, Contact
from accounts.tiers import Tier
from fleetcs import clock
from fleetcs.effects import emit
from fleetcs.models import Event, MessageText, User
from support import details
from support.kinds import Level, Outcome, Source, TicketKind
from support.models.clock import Clock
from support.models.held import held
from support.models.message import Message
from support.models.owing import begin_earlier, check_worsening, owe, recount
from support.models.queue import CLOCK_OF_KIND, INDEXES, TicketQuerySet
from support.models.replying import check_reply
from support.models.resolving import check
from support.models.running import DERIVED, RESOLVED, moments_of
from support.sla import Priority

NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@pghistory.track(exclude=["confirmed", *DERIVED])
class Ticket(models.Model):
    """A request. `due_at`, `target_at` and `first_response_at` are those of the present cycle's contract clock."""

    Kind = TicketKind
    Source = Source
    Level = Level
    Outcome = Outcome

    subject = models.CharField(max_length=300)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.SUPPORT)
    source = models.CharField(max_length=20, choices=Source.choices)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="tickets")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="tickets")
    channel = models.ForeignKey(Channel, models.SET_NULL, null=True, blank=True, related_name="tickets")
    sender = models.CharField(max_length=320, blank=True, help_text="Address answers go to")
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="requests")
    tier = models.CharField(max_length=10, choices=[(tier.value, tier.label) for tier in Tier])
    priority = models.CharField(max_length=2, choices=[(one.value, one.label) for one in Priority], default=Priority.P2)
    confirmed_at = models.DateTimeField(null=True, help_text="When the priority was confirmed; unset: P2 unconfirmed")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    level = models.CharField(max_length=10, choices=Level.choices, default=Level.BASIC)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="tickets"
    )
    received_at = models.DateTimeField()
    generation = models.PositiveSmallIntegerField(default=1)
    due_at = models.DateTimeField(null=True)
    target_at = models.DateTimeField(null=True)
    at_risk_at = models.DateTimeField(null=True)
    first_response_at = models.DateTimeField(null=True)
    acknowledge_by = models.DateTimeField(null=True, help_text="Due moment of the running internal target")
    next_due_at = models.DateTimeField(null=True, help_text="The earliest due moment of any running clock")
    queue_at = models.DateTimeField(default=NEVER, help_text="`next_due_at`, or far away when nothing runs: to sort by")
    confirmed = models.GeneratedField(
        expression=Case(When(kind="support", confirmed_at=None, then=Value(False)), default=Value(True)),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    last_customer_at = models.DateTimeField(null=True)
    last_reply_at = models.DateTimeField(null=True)
    paused_reason = models.CharField(max_length=200, blank=True, help_text="Waiting, and for what")
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    outcome = models.CharField("Documentation", max_length=14, choices=Outcome.choices, blank=True)
    outcome_note = models.CharField(max_length=400, blank=True)
    from_dm = models.BooleanField(default=False)
    details = models.JSONField(default=dict, blank=True)
    triage_reason = models.CharField(max_length=120, blank=True, help_text="Why it waits in triage; empty: sorted")
    pinned_policy = models.CharField(max_length=40, blank=True)
    external_system = models.CharField(max_length=20, blank=True)
    external_id = models.CharField(max_length=120, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = TicketQuerySet.as_manager()

    class Meta:
        ordering = ("-received_at", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(priority__in=[one.value for one in Priority]), name="priority_p0_to_p3"),
            models.CheckConstraint(
                condition=Q(resolved_at=None) | Q(next_due_at=None), name="resolving_stops_every_clock"
            ),
        )
        indexes = INDEXES

    def __str__(self) -> str:
        return f"ticket {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("support:ticket", args=[self.pk])

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, account_pk=self.account_id, **facts)

    @property
    def turn(self) -> str:
        """Whose turn it is (ux 14): first, next, customer, paused or done."""
        if self.resolved_at:
            return "done"
        if self.last_reply_at is None:
            return "first"
        if self.last_customer_at and self.last_customer_at > self.last_reply_at:
            return "next"
        return "paused" if self.paused_reason else "customer"

    @property
    def missing_details(self) -> list[str]:  # the required ones that nobody has filled yet (INT-07)
        return details.missing(self.details)

    @property
    def can_be_replied_to(self) -> bool:  # a contact form is answered by logged mail only (INT-11)
        return self.source != Ticket.Source.CONTACT_FORM

    def running(self, kind: str) -> Clock | None:
        return self.clocks.running().filter(kind=kind).first()

    def start_clock(self, kind: str, at: datetime) -> Clock:
        """Start a promise of this ticket at a moment, in the next generation: only its first clock is of the first."""
        internal = Q(kind=Clock.Kind.ACKNOWLEDGE)
        generation = self.clocks.filter(internal if kind == Clock.Kind.ACKNOWLEDGE else ~internal).count() + 1
        facts = {name: getattr(self, name) for name in ("tier", "priority", "account", "channel")}
        return Clock.start(kind, at=at, ticket=self, generation=generation, pinned=self.pinned_policy, **facts)

    def copy_moments(self, clocks: Sequence[Clock] = ()) -> None:
        """Take over what lists search by from its clocks (those stored, or these): nothing else writes these fields."""
        for field, moment in (moments_of(clocks) if clocks else self.clocks.all().moments()).items():
            setattr(self, field, moment)
        self.queue_at = self.next_due_at or NEVER

    def hear(self, message: Message) -> None:
        """A customer wrote: the oldest such message decides (A14, A18); a resolved ticket begins a new cycle."""
        if goes_on := Ticket.objects.held(self.merged_into_id):
            goes_on.hear(message.move_to(goes_on))
            return
        if self.resolved_at:
            self._reopen(message.at)
        Message.objects.filter(pk=message.pk).update(waiting_since=message.at)
        owe(self)
        begin_earlier(self, message.at)
        self.last_customer_at = max(message.at, self.last_customer_at or message.at)
        self.paused_reason = ""
        self.bump()

    def _reopen(self, at: datetime, **facts: Any) -> None:
        self.resolved_at = self.resolved_by = None
        self.generation += 1
        self.start_clock(CLOCK_OF_KIND.get(self.kind, Clock.Kind.RESPONSE), at)
        self.last_customer_at = max(at, self.last_customer_at or at)  # it is our turn, whoever has taken it up again
        self.log("reopened", generation=self.generation, **facts)

    def hear_colleague(self, message: Message) -> None:
        """A colleague's public words, wherever typed, stop what runs; bots and notes never come here (A15, R4)."""
        if goes_on := Ticket.objects.held(self.merged_into_id):
            goes_on.hear_colleague(message.move_to(goes_on))
            return
        self.clocks.filter(started_at__lte=message.at).stop(message.at, by=message.author)
        self.messages.filter(waiting_since__isnull=False, at__lte=message.at).update(waiting_since=None)
        owe(self)  # for what was asked after it
        self.last_reply_at = max(message.at, self.last_reply_at or message.at)
        self.assignee = self.assignee or message.author
        self.bump()

    def bump(self) -> None:
        """Store the ticket after a verb: moments from the clocks, and the next version for stale forms."""
        self.copy_moments()
        self.version = self.version + 1
        self.save()

    @held
    def answer(self, text: str, *, by: User, template: MessageText | None = None, wait_for: str = "") -> Message:
        """Say something to the customer, in the Slack thread or by mail, and stop what runs (SLA-19).

        `wait_for` marks it as waiting, with the reason. Raises ValidationError where no answer can go out (INT-11).
        """
        in_slack = getattr(self, "thread", None) is not None
        check_reply(self, in_slack=in_slack)
        kind, to = (Message.Kind.SLACK, []) if in_slack else (Message.Kind.MAIL, [self.sender])
        message = Message.objects.say(self, kind, text, by=by, template=template, recipients=to)
        order, args = f"ticket:{self.pk}", {"message": message.pk}
        emit(f"{kind}.reply", key=f"reply:{message.pk}", args=args, order=order, by=by)
        self.paused_reason = wait_for
        if template and template.follow_up:
            self.follow_ups.get_or_create(kind=template.follow_up)
        self.hear_colleague(message)
        self.log("answered", by=by, message=message.pk, template=template.pk if template else None)
        return message

    @held
    def log_reply(self, kind: str, text: str, *, at: datetime, by: User, recipients: Sequence[str] = ()) -> Message:
        """Record what a colleague told the customer by telephone or from their own mail: it counts alike (R4)."""
        if at > clock.now():
            raise ValidationError({"at": "That moment has not come yet."})
        message = Message.objects.say(self, kind, text, by=by, at=at, recipients=list(recipients))
        self.hear_colleague(message)
        self.log("reply_logged", by=by, kind=kind, at=at)
        return message

    @transaction.atomic
    def note(self, text: str, *, by: User) -> Message:
        """An internal note: no clock stops, nothing leaves."""
        if self.merged_into:
            return self.merged_into.note(text, by=by)
        message = Message.objects.say(self, Message.Kind.NOTE, text, by=by, public=False)
        self.log("noted", by=by, message=message.pk)
        return message

    @held
    def set_priority(
        self, priority: str, *, by: User | None, reason: str = "", worsened_at: datetime | None = None
    ) -> None:
        """Confirm or correct the priority: recounted from the start without grace (R1), or with `worsened_at` by the
        earlier of the old due and that moment plus the allowance. Raises ValidationError for a bare downgrade."""
        if self.confirmed_at and priority > self.priority and not reason.strip():
            raise ValidationError({"reason": "Say why the priority is lowered."})
        check_worsening(self, worsened_at)
        before, self.priority, self.confirmed_at, self.confirmed_by = self.priority, priority, clock.now(), by
        self.level = Ticket.Level.IN_DEPTH if priority in {"P0", "P1"} and before != priority else self.level
        facts = recount(self, worsened_at)
        self.bump()
        self.log("priority_set", by=by, before=before, after=priority, reason=reason, worsened_at=worsened_at, **facts)

    @held
    def link_account(self, account: Account, *, contact: Contact | None = None, by: User | None) -> None:
        """Say whose ticket it is: the tier is the one in force at receipt, the clock counts from receipt (R5)."""
        contract = account.contract_at(self.received_at)
        known = self.contact if self.contact and self.contact.account_id == account.pk else None
        self.account, self.contact = account, contact or known
        self.tier = contract.tier if contract else Tier.FREE.value
        self.pinned_policy = contract.policy if contract else ""
        self.triage_reason = ""
        self.clocks.update(account=account)
        facts = recount(self)
        self.bump()
        self.log("account_linked", by=by, tier=self.tier, **facts)

    @held
    def assign(self, person: User | None, *, by: User) -> None:
        """Give it to somebody, or to nobody."""
        before, self.assignee = self.assignee, person
        self.clocks.running().update(person=person)
        self.bump()
        self.log("assigned", by=by, before=before, after=person)

    @held
    def change(self, changes: dict[str, Any], *, by: User) -> None:
        """Set plain fields by name (support level, subject, kind) and write what they were before."""
        before = {field: getattr(self, field) for field in changes}
        for field, value in changes.items():
            setattr(self, field, value)
        self.bump()
        self.log("ticket_changed", by=by, before=before, after=changes)

    @held
    def wait(self, reason: str, *, by: User) -> None:
        """Mark it as waiting, for a reason, or no longer (""). Nothing waits while a customer does (A17)."""
        if reason and self.turn in {"first", "next"}:
            raise ValidationError("The customer waits for us: answer first.")
        self.change({"paused_reason": reason}, by=by)

    @held
    def describe(self, filled: dict[str, str], *, by: User) -> None:
        """Fill in details; the history names the fields, not what is in them (INT-07, INT-08)."""
        fields = sorted(code for code, value in filled.items() if value != self.details.get(code, ""))
        self.details = {**self.details, **filled}
        self.bump()
        self.log("details_changed", by=by, fields=fields)

    @held
    def resolve(self, *, by: User, outcome: str = "", note: str = "") -> None:
        """Done: stops every clock. Raises ValidationError saying what is still to be done (DOC-03, INT-09, INT-10)."""
        check(self, outcome, note)
        self.clocks.all().withdraw(RESOLVED)
        self.messages.filter(waiting_since__isnull=False).update(waiting_since=None)
        self.resolved_at, self.resolved_by = clock.now(), by
        self.outcome, self.outcome_note, self.paused_reason = outcome, note, ""
        self.bump()
        self.log("resolved", by=by, outcome=outcome)

    @held
    def reopen(self, *, by: User | None, reason: str) -> None:
        """Take a resolved ticket up again: a new cycle starts now, the closed time is nobody's."""
        if not self.resolved_at or self.merged_into:
            raise ValidationError("It is open already, or lives on in another ticket.")
        self._reopen(clock.now(), by=by, reason=reason)
        self.bump()
