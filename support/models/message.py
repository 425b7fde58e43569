"""Messages and the files they came with: one timeline for every way in and out."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Left
from django.urls import reverse

from accounts.models import Contact
from fleetcs import clock
from fleetcs.models import Delivery, MessageText, User
from fleetcs.models.stored import store
from fleetcs.models.written import Written
from support.telling import refuse_foreign

if TYPE_CHECKING:
    from support.models.ticket import Ticket


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages."""

    def write_down(self, **fields: Any) -> "Message":
        """A new message; what its caller does not say stays empty."""
        return store(Message(**fields))

    def in_order(self) -> Self:
        return self.select_related("author", "contact").prefetch_related("attachments").order_by("at", "pk")

    def say(
        self,
        ticket: "Ticket",
        kind: str,
        text: str,
        *,
        by: User,
        public: bool = True,
        at: datetime | None = None,
        **fields: Any,
    ) -> "Message":
        """Write down what a colleague says on a ticket; `fields`: template, recipients.

        Raises ValidationError for what is about to leave with a link to other customers' issues (R11).
        """
        if kind in (Message.Kind.MAIL, Message.Kind.SLACK) and not ticket.requester_id:
            refuse_foreign(text, ticket.account_id)
        thread = getattr(ticket, "thread", None)
        return self.write_down(
            ticket=ticket,
            thread=thread,
            kind=kind,
            by=Message.Author.COLLEAGUE,
            author=by,
            public=public,
            text=text,
            shown=text,
            at=at or clock.now(),
            **fields,
        )

    def public(self) -> Self:
        """What the customer has seen or wrote."""
        return self.filter(public=True)

    def from_customers(self) -> Self:
        return self.filter(by=Message.Author.CUSTOMER)

    def from_colleagues(self) -> Self:
        """What colleagues told the customer, wherever they typed it (R4)."""
        return self.filter(by=Message.Author.COLLEAGUE, public=True)

    def of_delivery(self, delivery: Delivery) -> "Message | None":
        """What a delivery has become already, when it is handled once more."""
        return OF_DELIVERY.first(delivery=delivery.pk)

    def written_by(self, address: str, since: datetime) -> Self:
        """What came by mail or form from one address since a moment, for the brake against loops (T11)."""
        sent = self.from_customers().filter(kind__in=[Message.Kind.MAIL, Message.Kind.FORM])
        return sent.filter(author_address=address, at__gt=since)


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
        DESK = "desk", "Other ticket system"

    class Author(models.TextChoices):
        CUSTOMER = "customer", "Customer"
        COLLEAGUE = "colleague", "Colleague"
        BOT = "bot", "Automatic"

    ticket = models.ForeignKey("support.Ticket", models.PROTECT, null=True, related_name="messages")
    thread = models.ForeignKey("support.Thread", models.PROTECT, null=True, related_name="messages")
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
        expression=SearchVector(Left("text", 100_000), config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(ticket__isnull=False) | Q(thread__isnull=False), name="message_belongs_somewhere"
            ),
            models.CheckConstraint(condition=~Q(kind="note") | Q(public=False), name="note_is_never_public"),
            models.UniqueConstraint(
                fields=["slack_channel", "slack_ts"], name="slack_message_once", condition=~Q(slack_ts="")
            ),
            models.UniqueConstraint(fields=["message_id"], name="mail_message_once", condition=~Q(message_id="")),
        )
        indexes = (
            models.Index(fields=["ticket", "at"], name="message_of_ticket"),
            models.Index(fields=["thread", "at"], name="message_of_thread"),
            models.Index(fields=["author_address", "-at"], name="message_of_correspondent", condition=Q(by="customer")),
            GinIndex(fields=["search"], name="message_search"),
        )

    def __str__(self) -> str:
        return f"message {self.pk}"

    @property
    def who(self) -> str:
        """The name people read beside the message."""
        person: Any = self.author or self.contact
        nobody = "fleetcs" if self.by == self.Author.BOT else "unknown sender"
        return person.name if person else self.author_name or self.author_address or nobody

    def move_to(self, ticket: "Ticket") -> "Message":
        """It belongs to another ticket, the one that its own was merged into."""
        self.ticket = ticket
        self.save(update_fields=["ticket"])
        return self

    @transaction.atomic
    def note_sent(self, at: datetime, **over_there: Any) -> None:
        """The outside has it: called by the sender that settles the effect.

        `over_there`: message_id, recipients, slack_channel, slack_ts.
        """
        for field, value in {"sent_at": at, "refused": "", **over_there}.items():
            setattr(self, field, value)
        self.save(update_fields=["sent_at", "refused", *over_there])

    def reword(self, text: str, at: datetime) -> None:
        """Its writer has edited it in Slack."""
        self.text = self.shown = text
        self.edited_at = at
        self.save(update_fields=["text", "shown", "edited_at"])

    def take_back(self, at: datetime) -> None:
        """Its writer has deleted it in Slack: shown as deleted, and kept for colleagues."""
        self.deleted_at = self.deleted_at or at
        self.save(update_fields=["deleted_at"])

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


OF_DELIVERY: Written[Message] = Written(
    lambda delivery: Message.objects.filter(delivery=delivery).only("ticket").order_by("pk")[:1],
    delivery=models.BigIntegerField(),
)
