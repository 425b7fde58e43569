"""Slack channels we listen to, and whether the after-hours automation may speak there (AHR-02, SLA-17)."""

import re
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Case, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.models.account import Account, team_of
from accounts.models.contract import Contract
from accounts.tiers import Tier
from fleetcs import clock
from fleetcs.models import Event, User
from fleetcs.models.stale import write
from fleetcs.models.written import Written

CUSTOMER_NAME = re.compile(r"fleet-at-[a-z0-9][a-z0-9_-]*\Z")


class ChannelQuerySet(models.QuerySet["Channel"]):
    """Slack channels."""

    def visible_to(self, user: User) -> Self:
        return self if user.may("channel.see") else self.none()

    def editable_by(self, user: User) -> Self:
        return user.within(self, "channel.edit", team_of(user, "account__"))

    def matching(self, text: str) -> Self:
        """Channels whose name, purpose, id or account's name holds `text`."""
        words = text.removeprefix("#")
        held = Q(name__icontains=words) | Q(purpose__icontains=words) | Q(slack_id__iexact=words)
        return self.filter(held | Q(account__name__icontains=words))

    def unlinked(self) -> Self:
        """Channels named like a customer's that no account was chosen for yet (INT-17)."""
        return self.filter(kind=Channel.Kind.CUSTOMER, account=None, archived_at=None)

    def seen(self, team: str, slack_id: str, *, direct: bool = False) -> "Channel":
        """The channel of an event, written down when nobody has yet: unsorted, but never nowhere (INT-17)."""
        if known := KNOWN.first(team=team, slack_id=slack_id):
            return known
        kind = Channel.Kind.DIRECT if direct else Channel.Kind.UNKNOWN
        channel, created = self.get_or_create(team=team, slack_id=slack_id, defaults={"kind": kind})
        if created:
            channel.log("channel_found")
        return channel

    def with_terms(self, moment: datetime) -> Self:
        """Each channel with `tier_now` and `pinned_to`: what its account's contract in force promises (R5)."""
        in_force = Contract.objects.in_force(moment).filter(account=OuterRef("account"))
        tier, policy = Subquery(in_force.values("tier")[:1]), Subquery(in_force.values("policy")[:1])
        return self.annotate(tier_now=Coalesce(tier, Value(Tier.FREE.value)), pinned_to=Coalesce(policy, Value("")))

    def without_notice(self) -> Self:
        """Customer channels whose response-time notice nobody has put up (SLA-17)."""
        return self.filter(kind=Channel.Kind.CUSTOMER, notice_set_at=None, archived_at=None)


class Channel(models.Model):
    """One Slack channel of one workspace; its id there is kept for ever, its name may change."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", "Customer channel"
        COMMUNITY = "community", "Public community"
        PROSPECTS = "prospects", "Prospects"
        INTERNAL = "internal", "Internal"
        DIRECT = "direct", "Direct messages"
        UNKNOWN = "unknown", "Not sorted yet"

    class AfterHours(models.TextChoices):
        OFF = "off", "Off"
        REQUESTED = "requested", "Requested"
        ON = "on", "On"

    team = models.CharField("Workspace id", max_length=32)
    slack_id = models.CharField("Channel id", max_length=32)
    name = models.CharField("Name", max_length=90, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.UNKNOWN)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="channels")
    purpose = models.CharField(max_length=200, blank=True)
    thread_only = models.BooleanField("Answers only in a thread", default=False)
    after_hours = models.CharField(max_length=10, choices=AfterHours.choices, default=AfterHours.OFF)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    notice_text = models.TextField("Response-time notice", blank=True, max_length=600)
    notice_set_at = models.DateTimeField(null=True, blank=True, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(fields=["team", "slack_id"], name="channel_once"),
            models.CheckConstraint(
                condition=~Q(after_hours="on") | Q(approved_by__isnull=False), name="after_hours_on_is_approved"
            ),
        )

    def __str__(self) -> str:
        return f"channel {self.slack_id}"

    def get_absolute_url(self) -> str:
        return reverse("accounts:channel", args=[self.pk])

    @property
    def label(self) -> str:
        """What people call it: its name, its id while nobody has told the name."""
        return f"#{self.name}" if self.name else self.slack_id

    @property
    def looks_like_a_customers(self) -> bool:
        """Customer channels are named fleet-at-<name> (INT-17)."""
        return bool(CUSTOMER_NAME.match(self.name))

    def log(self, verb: str, *, by: User | None = None, **facts: Any) -> Event:
        return Event.log(self, verb, by=by, account_pk=self.account_id, **facts)

    @transaction.atomic
    def name_it(self, name: str) -> None:
        """Take over what Slack calls it; one named fleet-at-<name> is a candidate for an account (INT-17)."""
        self.name = name[:90]
        if self.kind == Channel.Kind.UNKNOWN and self.looks_like_a_customers:
            self.kind = Channel.Kind.CUSTOMER
        self.save(update_fields=["name", "kind"])
        self.log("channel_named", kind=self.kind)

    @transaction.atomic
    def change(self, changes: dict[str, Any], *, by: User, version: int | None = None) -> None:
        """Set fields by name, all or nothing; a channel of nobody's is covered no longer (AHR-02)."""
        write(self, changes, version)
        self.log("channel_changed", by=by, fields=sorted(changes))
        if self.after_hours != Channel.AfterHours.OFF and (self.kind != Channel.Kind.CUSTOMER or not self.account_id):
            self.end_after_hours(by=by)

    @transaction.atomic
    def request_after_hours(self, *, by: User) -> None:
        """Ask the automation's administrator to cover this channel (AHR-02)."""
        channel = Channel.objects.select_for_update().get(pk=self.pk)
        if channel.kind != Channel.Kind.CUSTOMER or not channel.account_id:
            raise ValidationError("Only a customer channel with its account can be covered after hours.")
        if channel.after_hours != Channel.AfterHours.OFF:
            raise ValidationError("It was already requested for this channel.")
        self.after_hours, self.requested_by = Channel.AfterHours.REQUESTED, by
        self.save(update_fields=["after_hours", "requested_by"])
        self.log("after_hours_requested", by=by)

    @transaction.atomic
    def approve_after_hours(self, *, by: User) -> None:
        """Switch the automation on for this channel, once somebody has asked for it."""
        channel = Channel.objects.select_for_update().get(pk=self.pk)
        if channel.after_hours != Channel.AfterHours.REQUESTED:
            raise ValidationError("Nobody has requested it for this channel.")
        self.after_hours, self.approved_by = Channel.AfterHours.ON, by
        self.save(update_fields=["after_hours", "approved_by"])
        self.log("after_hours_approved", by=by)

    @transaction.atomic
    def end_after_hours(self, *, by: User) -> None:
        """Switch the automation off, or turn a request down."""
        self.after_hours, self.approved_by, self.requested_by = Channel.AfterHours.OFF, None, None
        self.save(update_fields=["after_hours", "approved_by", "requested_by"])
        self.log("after_hours_ended", by=by)

    @transaction.atomic
    def put_up_notice(self, text: str, *, by: User) -> None:
        """Record that the notice with the tier's promise stands in the channel (SLA-17)."""
        self.notice_text, self.notice_set_at = text, clock.now()
        self.save(update_fields=["notice_text", "notice_set_at"])
        self.log("notice_put_up", by=by)


def _known(team: Any, slack_id: Any) -> models.QuerySet[Channel]:
    of_team = Case(When(team=team, then=0), default=1)
    return Channel.objects.filter(slack_id=slack_id).order_by(of_team, "pk")[:1]


KNOWN: Written[Channel] = Written(_known, team=models.CharField(), slack_id=models.CharField())
