"""Messages, the threads and files they came with: one timeline for every way in and out."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Left
from django.urls import reverse

from accounts.models import Channel, Contact, team_of
from accounts.tiers import Tier
from fleetcs import clock
from fleetcs.models import Delivery, Event, MessageText, User
from fleetcs.posts import OWN
from support.models.clock import Clock
from support.sla import Priority

if TYPE_CHECKING:
    from support.models.ticket import Ticket


class ThreadQuerySet(models.QuerySet["Thread"]):
    """Slack threads."""

    def visible_to(self, user: User) -> Self:
        scope = user.scope("ticket.see")
        if scope == OWN:
            return self.filter(team_of(user, "channel__account__"))
        return self if scope else self.none()

    def workable_by(self, user: User) -> Self:
        """Threads the person may wave through as needing no reply."""
        return self.visible_to(user) if user.may("ticket.answer") else self.none()

    def unanswered(self) -> Self:
        """Threads without a ticket in which a customer's message waits for a colleague (R2)."""
        waiting = Clock.objects.running().filter(kind=Clock.Kind.ACKNOWLEDGE, thread=models.OuterRef("pk"))
        return self.filter(models.Exists(waiting), ticket=None)


class Thread(models.Model):
    """A Slack thread, kept for ever by workspace, channel and timestamp: it never makes two tickets (AHR-03)."""

    team = models.CharField(max_length=32)
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="threads")
    thread_ts = models.CharField(max_length=24)
    permalink = models.URLField(max_length=300, blank=True)
    ticket = models.OneToOneField("support.Ticket", models.PROTECT, null=True, related_name="thread")
    noticed_at = models.DateTimeField(null=True, help_text="When the after-hours notice was ordered, once a thread")
    last_at = models.DateTimeField()

    objects = ThreadQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["team", "channel", "thread_ts"], name="thread_once"),)

    def __str__(self) -> str:
        return f"thread {self.pk}"

    def hear(self, message: "Message") -> None:
        """A customer wrote outside a ticket: start the internal clock unless one runs already (R2, SLA-18)."""
        if not self.clocks.running().exists():
            generation = self.clocks.count() + 1
            Clock.start(
                Clock.Kind.ACKNOWLEDGE, at=message.at, thread=self, tier=self._tier(message.at), priority=Priority.P2,
                account=self.channel.account, channel=self.channel, generation=generation,
            )

    def _tier(self, at: datetime) -> Tier:
        return self.channel.account.tier_at(at) if self.channel.account else Tier.FREE

    def hear_colleague(self, message: "Message") -> None:
        """A colleague answered in the thread: what waited there is answered (R4)."""
        self.clocks.all().stop(message.at, by=message.author)
        self.messages.filter(waiting_since__isnull=False).update(waiting_since=None)

    @transaction.atomic
    def needs_no_reply(self, *, by: User) -> None:
        """End the internal clock of what waits here; the contract's clock is not touched by this (R2)."""
        self.clocks.filter(kind=Clock.Kind.ACKNOWLEDGE).withdraw("no reply needed")
        self.messages.filter(waiting_since__isnull=False).update(waiting_since=None)
        Event.log(self, "no_reply_needed", by=by, account_pk=self.channel.account_id)

    def earliest_unanswered(self) -> "Message | None":
        """The oldest customer message nobody answered: where the contract's clock starts when it becomes a ticket."""
        return self.messages.filter(waiting_since__isnull=False).order_by("at", "pk").first()


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages."""

    def in_order(self) -> Self:
        return self.select_related("author", "contact").prefetch_related("attachments").order_by("at", "pk")

    def public(self) -> Self:
        """What the customer has seen or wrote."""
        return self.filter(public=True)


class Message(models.Model):
    """One message. `public` has no default: whether a customer sees it is always said."""

    class Kind(models.TextChoices):
        MAIL = "mail", "Mail"
        SLACK = "slack", "Slack"
        FORM = "form", "Form"
        NOTE = "note", "Internal note"
        CALL = "call", "Logged call"
        LOGGED_MAIL = "logged_mail", "Logged mail"
        AUTOMATIC = "automatic", "Automatic"

    class Author(models.TextChoices):
        CUSTOMER = "customer", "Customer"
        COLLEAGUE = "colleague", "Colleague"
        BOT = "bot", "Automatic"

    ticket = models.ForeignKey("support.Ticket", models.PROTECT, null=True, related_name="messages")
    thread = models.ForeignKey(Thread, models.PROTECT, null=True, related_name="messages")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    by = models.CharField(max_length=10, choices=Author.choices)
    public = models.BooleanField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="+")
    author_name = models.CharField(max_length=160, blank=True)
    author_address = models.CharField(max_length=320, blank=True, help_text="Mail address or Slack user id")
    verified = models.BooleanField(default=True, help_text="False: not known to belong to this ticket (T07)")
    at = models.DateTimeField(help_text="When the system it came through took it (A13)")
    text = models.TextField(blank=True)
    shown = models.TextField(blank=True, help_text="The text without what it quotes")
    html = models.TextField(blank=True, help_text="Made safe before it was stored")
    template = models.ForeignKey(MessageText, models.SET_NULL, null=True, related_name="+")
    delivery = models.ForeignKey(Delivery, models.PROTECT, null=True, related_name="+")
    message_id = models.CharField(max_length=400, blank=True)
    in_reply_to = models.CharField(max_length=400, blank=True)
    slack_ts = models.CharField(max_length=24, blank=True)
    slack_channel = models.CharField(max_length=32, blank=True)
    recipients = models.JSONField(default=list, help_text="Addresses it went to")
    sent_at = models.DateTimeField(null=True, help_text="When the outside confirmed it")
    refused = models.CharField(max_length=80, blank=True, help_text="Code with which the outside refused it for good")
    waiting_since = models.DateTimeField(null=True, help_text="Set on a customer's message nobody answered yet")
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    files_left = models.PositiveSmallIntegerField(default=0, help_text="Files that were not copied (AHR-07)")
    search = models.GeneratedField(
        expression=SearchVector(Left("text", 100_000), config="english"), output_field=SearchVectorField(), db_persist=True
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(ticket__isnull=False) | Q(thread__isnull=False),
                                   name="message_belongs_somewhere"),
            models.CheckConstraint(condition=~Q(kind="note") | Q(public=False), name="note_is_never_public"),
            models.UniqueConstraint(fields=["slack_channel", "slack_ts"], name="slack_message_once",
                                    condition=~Q(slack_ts="")),
            models.UniqueConstraint(fields=["message_id"], name="mail_message_once", condition=~Q(message_id="")),
        )
        indexes = (
            models.Index(fields=["ticket", "at"], name="message_of_ticket"),
            models.Index(fields=["thread", "at"], name="message_of_thread"),
            GinIndex(fields=["search"], name="message_search"),
        )

    def __str__(self) -> str:
        return f"message {self.pk}"

    @property
    def who(self) -> str:
        """The name people read beside the message."""
        person: Any = self.author or self.contact
        return person.name if person else self.author_name or self.author_address or "unknown sender"

    @transaction.atomic
    def note_sent(self, at: datetime, *, message_id: str = "", slack_ts: str = "") -> None:
        """The outside has it: called by the sender that settles the effect."""
        self.sent_at = at
        self.message_id = message_id or self.message_id
        self.slack_ts = slack_ts or self.slack_ts
        self.save(update_fields=["sent_at", "message_id", "slack_ts"])

    def note_refused(self, code: str) -> None:
        """The outside will never take it; the page says so and a person decides."""
        self.refused = code[:80]
        self.save(update_fields=["refused"])


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Files of messages."""

    def visible_to(self, user: User, tickets: models.QuerySet["Ticket"]) -> Self:
        """Files of those tickets; the caller passes the tickets the person may see."""
        return self.filter(message__ticket__in=tickets) if user.is_active else self.none()


class Attachment(models.Model):
    """A file that came with a message, stored under a random name outside any web root (T13, T18)."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=120, blank=True)
    size = models.PositiveBigIntegerField()
    stored_as = models.CharField(max_length=64, blank=True)
    kept_back = models.CharField(max_length=120, blank=True, help_text="Why the file was not stored")

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"attachment {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("support:attachment", args=[self.pk])


class Draft(models.Model):
    """What a colleague has typed but not sent, kept per ticket (ux 23)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    ticket = models.ForeignKey("support.Ticket", models.CASCADE, related_name="drafts")
    text = models.TextField(blank=True, max_length=100_000)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "ticket"], name="draft_once"),)
        ordering = (F("at").desc(),)

    def __str__(self) -> str:
        return f"draft {self.pk}"
