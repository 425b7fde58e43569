"""Slack threads: what waits in them, and how one becomes a ticket, once (R2, AHR-03, INT-03)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, F, Max, OuterRef, Q

from accounts.models import Account, Channel, team_of
from accounts.tiers import Tier
from fleetcs import clock
from fleetcs.effects import emit
from fleetcs.models import Event, User
from fleetcs.models.once import insert_once
from fleetcs.models.written import Written
from support.models.clock import Clock
from support.models.held import held
from support.models.message import Message
from support.models.owing import begin, count_from_oldest, owe
from support.models.ticket import Ticket
from support.models.writer import Writer
from support.sla import Priority
from support.slack_text import moment, thread_of_link

UNPLACED = "nobody has said whose channel this is"


class Said(NamedTuple):
    """One message of a thread as Slack tells it when asked: its id and moment, its text, and who wrote it."""

    ts: str
    at: datetime
    text: str
    writer: Writer


class ThreadQuerySet(models.QuerySet["Thread"]):
    """Slack threads."""

    def visible_to(self, user: User) -> Self:
        return user.within(self, "ticket.see", team_of(user, "channel__account__"))

    def workable_by(self, user: User) -> Self:
        """Threads the person may wave through as needing no reply: whoever sorts what comes in (R2)."""
        return self.visible_to(user) if user.may("ticket.triage") else self.none()

    def unanswered(self) -> Self:
        """Threads without a ticket in which a customer's message waits for a colleague (R2)."""
        waiting = Clock.objects.running().filter(kind=Clock.Kind.ACKNOWLEDGE, thread=OuterRef("pk"))
        return self.filter(Exists(waiting), ticket=None)

    def locked(self, channel: Channel, thread_ts: str, at: datetime) -> "Thread":
        """The thread, made when it is new, and held until the transaction ends: deliveries of one thread take turns."""
        mine = {"channel": channel.pk, "thread_ts": thread_ts}
        if known := LOCKED.first(**mine):
            return known
        insert_once(Thread(channel=channel, thread_ts=thread_ts, **Thread.beginning(channel, thread_ts, at)))
        return LOCKED(**mine)[0]

    @transaction.atomic
    def flag(self, link: str, *, by: User) -> Ticket:
        """Make a ticket of the thread that a colleague has pasted the link of, whether we have heard of it or not.

        Raises ValidationError for what is no link to a Slack message.
        """
        place = thread_of_link(link)
        if place is None:
            raise ValidationError({"link": "Paste the link of a Slack message: its menu offers “Copy link”."})
        channel = Channel.objects.seen(settings.SLACK_TEAM_ID, place[0], direct=place[0].startswith("D"))
        thread = self.locked(channel, place[1], moment(place[1]))
        return thread.become_ticket(Ticket.Source.STAFF_FLAG, by=by)


class Thread(models.Model):
    """A Slack thread, kept for ever by workspace, channel and timestamp: it never makes two tickets (AHR-03)."""

    team = models.CharField(max_length=32)
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="threads")
    thread_ts = models.CharField(max_length=24)
    permalink = models.URLField(max_length=300, blank=True)
    ticket = models.OneToOneField("support.Ticket", models.PROTECT, null=True, related_name="thread")
    noticed_at = models.DateTimeField(
        null=True, help_text="Moment of the message that the notice answers, once a thread"
    )
    last_at = models.DateTimeField()

    objects = ThreadQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["team", "channel", "thread_ts"], name="thread_once"),)

    def __str__(self) -> str:
        return f"thread {self.pk}"

    @staticmethod
    def beginning(channel: Channel, thread_ts: str, at: datetime) -> dict[str, Any]:
        """What is known of a thread at once; Slack's own link takes the place of ours when it has been asked."""
        link = f"https://slack.com/archives/{channel.slack_id}/p{thread_ts.replace('.', '')}"
        return {"team": channel.team, "last_at": at, "permalink": link}

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, account_pk=self.channel.account_id, **facts)

    # --- questions ---------------------------------------------------------------------------------------------------
    def earliest_unanswered(self) -> Message | None:
        """The oldest customer message after a colleague's last words: where the contract's clock starts. That it was
        waved through as needing no reply does not answer it (R2)."""
        after = self.messages.from_colleagues().filter(deleted_at=None, at__gte=OuterRef("at"))
        heard = self.messages.from_customers().filter(~Exists(after), deleted_at=None)
        return heard.select_related("contact__account").order_by("at", "pk").first()

    def starter(self) -> Message | None:
        """The message a ticket of this thread is about: the earliest unanswered one, else the customer's last."""
        return self.earliest_unanswered() or self.messages.from_customers().order_by("-at", "-pk").first()

    def asker(self) -> Message | None:
        """The message that the after-hours notice answers: whoever wrote it may escalate (AHR-09). Its ticket may count
        from an earlier one, and may have been merged into another."""
        if self.noticed_at is None:
            return None
        return self.messages.from_customers().filter(at__gte=self.noticed_at).order_by("at", "pk").first()

    def _tier(self, at: datetime) -> Tier:
        return self.channel.account.tier_at(at) if self.channel.account else Tier.FREE

    # --- verbs that hear ---------------------------------------------------------------------------------------------
    def keep(self, said: Said, **fields: Any) -> Message:
        """Write down one message of this thread, as part of its ticket if it has one."""
        if said.at > self.last_at:
            self.last_at = said.at
            self.save(update_fields=["last_at"])
        return Message.objects.write_down(
            thread=self,
            ticket=self.ticket,
            kind=Message.Kind.SLACK,
            public=True,
            at=said.at,
            text=said.text,
            shown=said.text,
            slack_ts=said.ts,
            slack_channel=self.channel.slack_id,
            **said.writer.fields(),
            **fields,
        )

    def hear(self, message: Message) -> None:
        """A customer wrote outside a ticket: the internal clock counts from the oldest that waits (R2, SLA-18)."""
        Message.objects.filter(pk=message.pk).update(waiting_since=message.at)
        count_from_oldest(self)

    def start_clock(self, kind: str, at: datetime) -> Clock:
        """Start an internal target of this thread at a moment."""
        return Clock.start(
            kind,
            at=at,
            thread=self,
            tier=self._tier(at),
            priority=Priority.P2,
            account=self.channel.account,
            channel=self.channel,
            generation=self.clocks.count() + 1,
        )

    def hear_colleague(self, message: Message) -> None:
        """A colleague answered in the thread: what was written before is answered, what came after waits on (R4)."""
        self.clocks.filter(started_at__lte=message.at).stop(message.at, by=message.author)
        self.messages.filter(waiting_since__lte=message.at).update(waiting_since=None)
        count_from_oldest(self)

    @held
    @held
    def needs_no_reply(self, *, by: User) -> None:
        """End the internal clock of what waits here; the contract's clock is not touched by this (R2).

        Raises ValidationError when it has become a ticket meanwhile.
        """
        if self.ticket_id:
            raise ValidationError("It has become a ticket meanwhile: answer it there.")
        self.clocks.filter(kind=Clock.Kind.ACKNOWLEDGE).withdraw("no reply needed")
        self.messages.filter(waiting_since__isnull=False).update(waiting_since=None)
        self.log("no_reply_needed", by=by)

    # --- verbs that make a ticket ------------------------------------------------------------------------------------
    @transaction.atomic
    def become_ticket(self, source: str, *, by: User | None = None) -> Ticket:
        """Make a ticket of this thread, or return the one it has: flagging twice makes one (INT-03, AHR-03).

        The contract's clock counts from the earliest unanswered message; what runs here runs on there (R2).
        """
        mine = Thread.objects.select_for_update(of=("self",), no_key=True).select_related("channel__account", "ticket")
        thread = mine.get(pk=self.pk)
        if thread.ticket and by:
            thread.ticket.log("flagged_again", by=by)
        self.ticket = ticket = thread.ticket or thread._open(source, by)
        if by:
            emit("slack.history", key=f"history:{self.pk}", args={"thread": self.pk}, order=f"thread:{self.pk}", by=by)
        return ticket

    def _open(self, source: str, by: User | None) -> Ticket:
        starter = self.starter()
        account = self._account(starter)
        self.ticket = ticket = Ticket.objects.receive(
            subject=headline(starter.text) if starter else "Slack thread",
            source=source,
            account=account,
            received_at=starter.at if starter else clock.now(),
            channel=self.channel,
            by=by,
            contact=starter.contact if starter else None,
            triage_reason="" if account else UNPLACED,
            from_dm=self.channel.kind == Channel.Kind.DIRECT,
        )
        self.save(update_fields=["ticket"])
        self.messages.update(ticket=ticket)
        self.clocks.update(ticket=ticket, account=account)
        self._align(ticket, starter)
        return ticket

    def _account(self, starter: Message | None) -> Account | None:
        contact = starter.contact if starter else None
        return self.channel.account or (contact.account if contact else None)

    @transaction.atomic
    def bring_in(self, history: Sequence[Said]) -> int:
        """Add what Slack says stands in the thread and we have not got; the ticket's clock counts anew from the
        earliest unanswered message. Safe to repeat; returns how many were added."""
        thread = Thread.objects.locked(self.channel, self.thread_ts, self.last_at)
        stored = Message.objects.filter(slack_channel=self.channel.slack_id, slack_ts__in=[one.ts for one in history])
        known = set(stored.values_list("slack_ts", flat=True))
        added = [thread.keep(said) for said in history if said.ts not in known]
        ticket = Ticket.objects.held(thread.ticket_id)
        if added and ticket:
            thread._align(ticket, thread.starter(), new=[message.pk for message in added])
            ticket.log("history_brought_in", messages=len(added))
        return len(added)

    def _align(self, ticket: Ticket, starter: Message | None, new: Sequence[int] = ()) -> None:
        """Let the ticket know what was said in the thread, by whom last, and since when an answer is owed; `new` are
        the keys of messages that nobody has heard yet."""
        if starter is None:
            return
        ticket.last_customer_at = self.messages.from_customers().aggregate(last=Max("at"))["last"]
        flagged = ticket.source == Ticket.Source.STAFF_FLAG and ticket.generation == 1
        begin(ticket, starter.at, later=flagged)
        self.messages.from_customers().filter(pk__in=new, at__gte=starter.at).update(waiting_since=F("at"))
        said = self.messages.from_colleagues().order_by("at", "pk")
        answers = list(said.filter(Q(at__gte=starter.at) | Q(pk__in=new)))
        for answer in answers:
            ticket.hear_colleague(answer)
        if not answers:
            owe(ticket)
            ticket.bump()


def headline(text: str) -> str:
    """The subject of a ticket that came without one: its first line, cut at a word after about a hundred signs."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= 100 else f"{line[:100].rsplit(' ', 1)[0]} …"


def _locked(channel: Any, thread_ts: Any) -> models.QuerySet[Thread]:
    mine = Thread.objects.select_for_update(of=("self",), no_key=True).select_related("channel__account", "ticket")
    return mine.filter(channel=channel, thread_ts=thread_ts)


LOCKED: Written[Thread] = Written(_locked, channel=models.BigIntegerField(), thread_ts=models.CharField())
