"""What one customer is told about an issue: its address, or that it has shipped (BUG-06, REQ-06, R11).

A note goes to one customer, so it holds no codename, nothing of another customer, and no address of our own.
"""

from datetime import datetime
from typing import Any, Final, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from accounts.models import Account, Channel
from accounts.models.account import team_of
from accounts.models.customer_words import marks_for
from fleetcs import clock
from fleetcs.effects import emit
from fleetcs.models import Event, User
from support.models.held import held
from support.models.issue import Issue, IssueLink
from support.models.message import Message
from support.models.repository import Repository
from support.models.ticket import Ticket

CONFIDENTIAL: Final = "No customer can open an issue of the confidential repository: tell them on a call."


class CustomerNoteQuerySet(models.QuerySet["CustomerNote"]):
    """Notes to customers."""

    def visible_to(self, user: User) -> Self:
        return self._within(user, "codename.see")

    def sendable_by(self, user: User) -> Self:
        """Those the person may edit and send: whoever may share an issue with that customer."""
        return self.visible_to(user)._within(user, "issue.share")

    def _within(self, user: User, action: str) -> Self:
        return user.within(self, action, team_of(user, "account__"))

    def answer_refused(self, message: Message, code: str) -> None:
        """An answer was refused for good: what it told a customer, they have not been told."""
        for note in self.filter(message=message):
            note.note_answer_refused(message, code)

    def answer_sent(self, message: Message) -> None:
        """An answer has gone out, after somebody has tried again perhaps."""
        for note in self.filter(message=message, told_at=None):
            note.note_answer_sent(message)

    def drafts(self) -> Self:
        return self.filter(about=CustomerNote.About.RELEASE, decided_at=None)

    @transaction.atomic
    def share(self, link: IssueLink, way: str, *, by: User, **told: Any) -> "CustomerNote":
        """Give a customer the address of an issue that concerns them; `told` as in `send`. Raises ValidationError."""
        note = self.create(issue=link.issue, account=link.account, about=CustomerNote.About.LINK, made_by=by)
        note.send(way, by=by, **told)
        return note


class CustomerNote(models.Model):
    """One note to one customer. A draft until somebody decides; then it goes out once."""

    class About(models.TextChoices):
        LINK = "link", "Link of the issue"
        RELEASE = "release", "Release note"

    class Way(models.TextChoices):
        ANSWER = "answer", "As an answer on the ticket"
        CHANNEL = "channel", "Into the customer's Slack channel"
        CALL = "call", "Told on a call"

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="notes")
    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    about = models.CharField(max_length=7, choices=About.choices)
    text = models.TextField(blank=True, max_length=8_000)
    way = models.CharField(max_length=7, choices=Way.choices, blank=True)
    ticket = models.ForeignKey(Ticket, models.SET_NULL, null=True, blank=True, related_name="+")
    channel = models.ForeignKey(Channel, models.SET_NULL, null=True, blank=True, related_name="+")
    message = models.ForeignKey(Message, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, help_text="When somebody sent it; a refusal takes that back")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    told_at = models.DateTimeField(null=True, help_text="Since when the customer has it")
    tries = models.PositiveSmallIntegerField(default=0)
    refused = models.CharField(max_length=80, blank=True)

    objects = CustomerNoteQuerySet.as_manager()

    class Meta:
        ordering = ("-made_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["issue", "account"], name="release_note_once", condition=Q(about="release")
            ),
            models.CheckConstraint(condition=Q(told_at=None) | ~Q(way=""), name="note_told_somehow"),
        )

    def __str__(self) -> str:
        return f"customer note {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("support:customer_note", args=[self.pk])

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, account_pk=self.account_id, about=self.about, **facts)

    @property
    def refusal(self) -> str:
        """The code with which it was refused, as a note or as the answer that it went out as; "" without."""
        return self.refused or (self.message.refused if self.message else "")

    @property
    def shown_state(self) -> tuple[str, str]:
        """How far it has come, as a colour and a word."""
        if self.refusal:
            return "bad", "Could not be sent"
        if self.told_at:
            return "good", "Told"
        return ("wait", "On its way") if self.decided_at else ("warn", "Draft")

    @held
    def rewrite(self, text: str, *, by: User) -> None:
        """Change the draft. Raises ValidationError once it was sent, and for what this customer may not read."""
        self._must_be_open()
        self._check(text)
        self.text = text
        self.save()
        self.log("note_rewritten", by=by)

    @held
    def send(
        self,
        way: str,
        *,
        by: User,
        text: str = "",
        ticket: Ticket | None = None,
        channel: Channel | None = None,
        at: datetime | None = None,
    ) -> None:
        """Tell the customer, once: as the ticket's answer, in their channel, or as told already. ValidationError."""
        self._must_be_open()
        self._must_concern_them()
        self.way, self.decided_at, self.decided_by, self.refused = way, clock.now(), by, ""
        self.text, self.tries, self.message = text or self.text, self.tries + 1, None
        match CustomerNote.Way(way):
            case CustomerNote.Way.ANSWER:
                self._answer(ticket, by)
            case CustomerNote.Way.CHANNEL:
                self._into(channel)
            case CustomerNote.Way.CALL:
                self._told(at)
        self.save()
        self.log("customer_told" if self.told_at else "note_sent", by=by, way=way)
        if self.told_at:
            self._mark_links()

    def _answer(self, ticket: Ticket | None, by: User) -> None:
        self._check(self.text)
        if ticket is None or ticket.account_id != self.account_id:
            raise ValidationError({"ticket": "Choose a ticket of this customer."})
        self.ticket, self.told_at = ticket, self.decided_at
        self.message = ticket.answer(self.text, by=by)

    def _into(self, channel: Channel | None) -> None:
        self._check(self.text)
        if channel is None or not is_of(channel, self.account_id):
            raise ValidationError({"channel": "Choose a Slack channel of this customer."})
        self.channel = channel
        args = {"note": self.pk, "n": self.tries}
        order = f"channel:{channel.pk}"
        emit("slack.note", key=f"note:{self.pk}:{self.tries}", args=args, order=order, by=self.decided_by)

    def _told(self, at: datetime | None) -> None:
        if at is None or at > clock.now():
            raise ValidationError({"at": "Say when they were told."})
        self.told_at = at

    # --- guards -------------------------------------------------------------------------------------------------------
    def _must_be_open(self) -> None:
        if self.decided_at:
            raise ValidationError("It was sent already.")

    def _must_concern_them(self) -> None:
        if not IssueLink.objects.filter(issue=self.issue_id, account=self.account_id).exists():
            raise ValidationError("This issue does not concern this customer.")

    def _check(self, text: str) -> None:
        """Raises ValidationError for a text that may not reach this customer, or without the address it is about."""
        if self.issue.repo != Repository.Code.PUBLIC:
            raise ValidationError({"way": CONFIDENTIAL})
        if self.about == CustomerNote.About.LINK and (not self.issue.url or self.issue.url not in text):
            raise ValidationError({"text": "The link of the issue is missing."})
        if not text.strip():
            raise ValidationError({"text": "Write what the customer is to read."})
        if marks_for(text, self.account):
            raise ValidationError({"text": "It holds what this customer may not read: see the marks below."})

    # --- what became of it --------------------------------------------------------------------------------------------
    @held
    def note_told(self, n: int) -> None:
        """Slack has it: the customer can read it."""
        if self.tries == n and self.told_at is None:
            self.told_at = clock.now()
            self.save()
            self._mark_links()
            self.log("customer_told", by=self.decided_by, way=self.way)

    @held
    def note_refused(self, code: str, n: int) -> None:
        """It did not go out: somebody has to send it again, some other way perhaps."""
        if self.tries == n and self.told_at is None:
            self.refused, self.decided_at = code[:80], None
            self.save()

    @held
    def note_answer_refused(self, message: Message, code: str) -> None:
        """The answer did not go out: the links no longer say that they know, and somebody has to send it again."""
        if self.message_id != message.pk:
            return
        mine = {"issue": self.issue_id, "account": self.account_id, "shared_at": self.told_at}
        if self.told_at:
            IssueLink.objects.filter(**mine).update(shared_at=None, shared_by=None, shared_where="")
        self.refused, self.decided_at, self.told_at = code[:80], None, None
        self.save()
        self.log("note_refused", code=code)

    @held
    def note_answer_sent(self, message: Message) -> None:
        """The answer that was refused has gone out after all; a note that was sent another way is that way's."""
        if self.message_id != message.pk or self.told_at:
            return
        self.refused, self.told_at = "", clock.now()
        self.decided_at = self.decided_at or self.told_at
        self.save()
        self._mark_links()
        self.log("customer_told", by=self.decided_by, way=self.way)

    def _mark_links(self) -> None:
        """Every link between the two says so from now on; whoever told them first stays named."""
        links = IssueLink.objects.filter(issue=self.issue_id, account=self.account_id, shared_at=None)
        if self.about == CustomerNote.About.LINK or (self.issue.url and self.issue.url in self.text):
            where = CustomerNote.Way(self.way).label
            links.update(shared_at=self.told_at, shared_by=self.decided_by, shared_where=where[:40])


def is_of(channel: Channel, account_pk: int) -> bool:
    """Whether a channel is a customer's own, where we may speak to them."""
    return channel.account_id == account_pk and channel.kind == Channel.Kind.CUSTOMER and not channel.archived_at


def answer_refused(message: Message, code: str) -> None:
    """An answer will never go out, or came back: it says so, and what it told a customer they have not been told."""
    message.note_refused(code)
    CustomerNote.objects.answer_refused(message, code)
