"""Outbound messages: what colleagues mean to write to many, and the word of the CRO or the CEO before it (OUT-01, R10).

Sent with the tools made for it (OUT-02), noted here. Incident notes, release notes and answers to tickets are none.
"""

import hashlib
from typing import Any, Final, Self

import pghistory
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.urls import reverse

from fleetcs import clock
from fleetcs.models import Event, User
from fleetcs.models.event import EventQuerySet
from fleetcs.models.stale import held, hold
from opportunities.models.paperwork import insist

CONTENT: Final = ("channel", "audience", "reach", "subject", "body")
WORD: Final = ("CRO", "CEO")  # who confirms
NOT_THEIRS: Final = "Its author does not confirm it, nor whoever changed it, unless the other one changed it later."
UNCONFIRMED: Final = "The CRO or the CEO confirms a message to more than one account first (OUT-01)."


def changes_of(key: Any) -> EventQuerySet:
    """What was changed in a message: who has written in it beside its author."""
    kind = ContentType.objects.get_for_model(Outreach)
    return Event.objects.filter(subject_type=kind, subject_id=key, verb="outreach_changed")


class OutreachQuerySet(models.QuerySet["Outreach"]):
    """Outbound messages."""

    def visible_to(self, user: User) -> Self:
        return self if user.may("outreach.see") else self.none()

    def editable_by(self, user: User) -> Self:
        return self.filter(sent_at=None) if user.may("outreach.write") else self.none()

    def matching(self, text: str) -> Self:
        return self.filter(Q(subject__icontains=text) | Q(audience__icontains=text))

    def waiting(self) -> Self:
        """For the CRO's word, or the CEO's."""
        return self.filter(sent_at=None, confirmed_at=None, reach__gt=1)

    def confirmable_by(self, user: User) -> Self:
        """Those that somebody may confirm: not their own words, unless each who could has written in it and the last
        of them was another; never what they are the author of."""
        if not user.may("outreach.confirm"):
            return self.none()
        could, edits = User.objects.of_groups(WORD).order_by(), changes_of(OuterRef("pk"))
        theirs = changes_of(OuterRef(OuterRef("pk"))).filter(by=OuterRef("pk"))
        unread = could.exclude(Q(pk=user.pk) | Q(pk=OuterRef("written_by")) | Q(Exists(theirs)))
        last = edits.filter(by__in=could.values("pk")).order_by("-at", "-pk").values("by")[:1]
        rows = self.exclude(written_by=user).alias(own=Exists(edits.filter(by=user)), last=Subquery(last))
        return rows.filter(Q(own=False) | (~Q(Exists(unread)) & ~Q(last=user.pk)))

    @transaction.atomic
    def add(self, *, by: User, **fields: Any) -> "Outreach":
        """Write one down, to be talked over."""
        message = self.model(written_by=by, **fields)
        message.full_clean()
        message.save()
        message.log("outreach_added", by=by)
        return message


@pghistory.track()
class Outreach(models.Model):
    """One message to many people outside."""

    class Channel(models.TextChoices):
        OUTREACH = "outreach", "Outreach"
        LINKEDIN = "linkedin", "LinkedIn"
        MAIL = "mail", "Mail"

    channel = models.CharField("By", max_length=8, choices=Channel.choices, default=Channel.OUTREACH)
    audience = models.CharField("To whom", max_length=300)
    reach = models.PositiveIntegerField("How many accounts outside")
    subject = models.CharField("Subject", max_length=200)
    body = models.TextField("Text", max_length=10_000)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="By")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    confirmed_at = models.DateTimeField(null=True, editable=False)
    confirmed_content = models.CharField(max_length=64, blank=True, editable=False)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = OutreachQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        verbose_name_plural = "outbound messages"
        constraints = (
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(reach__lte=1) | Q(confirmed_at__isnull=False),
                name="outreach_confirmed_before_it_leaves",
                violation_error_message=UNCONFIRMED,
            ),
            models.CheckConstraint(condition=~Q(confirmed_by=models.F("written_by")), name="outreach_four_eyes"),
        )

    def __str__(self) -> str:
        return f"outbound message {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("opportunities:outreach_message", args=[self.pk])

    def log(self, verb: str, *, by: User, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, **facts)

    @property
    def content(self) -> str:
        """What a confirmation is of, in short."""
        return hashlib.sha256(repr([getattr(self, name) for name in CONTENT]).encode()).hexdigest()

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None

    @property
    def may_leave(self) -> bool:
        """Whether nothing is in the way: one account, or the word on this very text."""
        return self.reach <= 1 or (self.is_confirmed and self.confirmed_content == self.content)

    @property
    def edits(self) -> Any:
        """Who has changed it, and when, the last first: its author stays who wrote it."""
        return changes_of(self.pk).newest()

    def is_for(self, user: User) -> bool:
        """Whether somebody may confirm it."""
        return Outreach.objects.filter(pk=self.pk).confirmable_by(user).exists()

    @transaction.atomic
    def change(self, changes: dict[str, Any], *, by: User, version: int | None = None) -> None:
        """Another text; whatever was confirmed was another one. Raises Stale and ValidationError."""
        held(self)
        hold(self, version)
        insist(by.may("outreach.write"), "It is not yours to write.")
        insist(self.sent_at is None, "It has been sent already.")
        if not changes:
            return
        for field, value in changes.items():
            setattr(self, field, value)
        self.confirmed_by, self.confirmed_at, self.confirmed_content = None, None, ""
        self.full_clean()
        self.save()
        self.log("outreach_changed", by=by, fields=sorted(changes))

    @transaction.atomic
    def confirm(self, content: str, *, by: User) -> None:
        """The word of the CRO or the CEO on what they have read. Raises ValidationError."""
        held(self)
        insist(by.may("outreach.confirm"), "The CRO or the CEO confirms.")
        insist(self.sent_at is None, "It has been sent already.")
        insist(self.is_for(by), NOT_THEIRS)
        insist(content == self.content, "It was changed meanwhile: read it again.")
        self.confirmed_by, self.confirmed_at, self.confirmed_content = by, clock.now(), content
        self.save()
        self.log("outreach_confirmed", by=by)

    @transaction.atomic
    def note_sent(self, *, by: User) -> None:
        """It has left. Raises ValidationError where it may not (OUT-01)."""
        held(self)
        insist(self.sent_at is None, "It has been sent already.")
        if not self.may_leave:
            raise ValidationError(UNCONFIRMED)
        self.sent_by, self.sent_at = by, clock.now()
        self.save()
        self.log("outreach_sent", by=by, reach=self.reach)
