"""Every act on the outside world is a row before it is a call; the row is the queue, the broker only a doorbell."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse

from fleetcs import clock
from fleetcs.models.delivery import Delivery
from fleetcs.models.event import Event
from fleetcs.models.person import User

CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT effect.id FROM fleetcs_effect AS effect
        WHERE effect.lane = %(lane)s AND effect.state IN ('waiting', 'sending') AND effect.next_at <= %(now)s
        AND NOT EXISTS (
            SELECT FROM fleetcs_gate AS gate
            WHERE gate.destination = effect.destination AND (
                gate.not_before > %(now)s OR (gate.turn_at > %(now)s AND effect.kind = ANY(%(paced)s))
            )
        )
        AND (effect.order_key = '' OR NOT EXISTS (
            SELECT FROM fleetcs_effect AS earlier
            WHERE earlier.order_key = effect.order_key AND earlier.order_key <> ''
            AND earlier.state IN ('waiting', 'sending') AND earlier.id < effect.id
        ))
        ORDER BY effect.next_at, effect.id LIMIT %(size)s FOR UPDATE OF effect SKIP LOCKED
    )
    UPDATE fleetcs_effect AS claimed SET state = 'sending', token = %(token)s, next_at = %(until)s
    FROM due WHERE claimed.id = due.id RETURNING claimed.*
"""


class EffectQuerySet(models.QuerySet["Effect"]):
    """What goes out."""

    def claim(
        self, lane: str, *, now: datetime, until: datetime, size: int, paced: Sequence[str] = ()
    ) -> list["Effect"]:
        """Take up to `size` due rows of a lane until `until`: behind no closed gate, the first of their order only.

        `paced`: kinds that wait while another one has its turn at their destination.
        """
        given = {"lane": lane, "now": now, "until": until, "size": size, "token": uuid.uuid4(), "paced": list(paced)}
        return sorted(self.raw(CLAIM, given), key=lambda effect: effect.pk)

    def open(self) -> Self:
        return self.filter(state__in=Effect.OPEN)

    def due(self, now: datetime) -> Self:
        return self.open().filter(next_at__lte=now)

    def needing_a_person(self) -> Self:
        """Given up, or sent into the dark: nothing moves until somebody decides."""
        return self.filter(state__in=[Effect.State.DEAD, Effect.State.UNKNOWN])

    def struggling(self) -> Self:
        """Pages are never given up while they are wanted; these have failed more than twice."""
        return self.open().filter(lane="page", attempts__gt=F("forgiven") + 2)


class Effect(models.Model):
    """One act on the outside world: a row before it is a call. Its key names the reason, so a reason acts once."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Sending"
        DONE = "done", "Done"
        DEAD = "dead", "Given up"
        UNKNOWN = "unknown", "Perhaps sent"
        CANCELLED = "cancelled", "Cancelled"
        WATCHED = "watched", "Only watched"

    class Lane(models.TextChoices):
        PAGE = "page", "Pages"
        REST = "rest", "The rest"

    OPEN = (State.WAITING, State.SENDING)

    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=60)
    destination = models.CharField(max_length=60)
    lane = models.CharField(max_length=4, choices=Lane.choices, default=Lane.REST)
    order_key = models.CharField(max_length=120, blank=True)
    args = models.JSONField(default=dict, help_text="Ids only: texts are made when it is sent")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="effects", db_index=False)
    cause = models.ForeignKey(Delivery, models.SET_NULL, null=True, related_name="effects")
    automation = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    forgiven = models.PositiveIntegerField(default=0, help_text="Attempts a person has set aside by retrying")
    next_at = models.DateTimeField(default=clock.now)
    token = models.UUIDField(null=True)
    external_id = models.CharField(max_length=255, blank=True)
    error_code = models.CharField(max_length=80, blank=True)
    preview = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    done_at = models.DateTimeField(null=True)

    objects = EffectQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["key"], name="effect_once"),)
        indexes = (
            models.Index(fields=["lane", "next_at"], name="effect_due", condition=Q(state__in=["waiting", "sending"])),
            models.Index(
                fields=["order_key", "id"],
                name="effect_in_order",
                condition=Q(state__in=["waiting", "sending"]) & ~Q(order_key=""),
            ),
            models.Index(fields=["-id"], name="effect_for_a_person", condition=Q(state__in=["dead", "unknown"])),
        )

    def __str__(self) -> str:
        return f"{self.kind} effect {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("operations_effect", args=[self.pk])

    @property
    def tone(self) -> str:
        """How the state looks beside its word."""
        tones = {"dead": "bad", "unknown": "warn", "done": "good", "waiting": "wait", "sending": "wait"}
        return tones.get(self.state, "idle")

    @property
    def tries(self) -> int:
        """Attempts since it was made, or since a person last said "again"."""
        return self.attempts - self.forgiven

    def mark(self, **changes: object) -> bool:
        """Change the row while it is still this claim's; False when somebody else has taken it over meanwhile."""
        mine = Effect.objects.filter(pk=self.pk, token=self.token, state=Effect.State.SENDING)
        if not mine.update(**changes):
            return False
        for name, value in changes.items():
            setattr(self, name, value)
        return True

    @transaction.atomic
    def retry(self, *, by: User) -> bool:
        """Send again what was given up or perhaps sent; False when there is nothing to retry (pressed twice)."""
        fresh = {"next_at": clock.now(), "forgiven": F("attempts"), "error_code": "", "done_at": None}
        if not self._leave([Effect.State.DEAD, Effect.State.UNKNOWN], state=Effect.State.WAITING, **fresh):
            return False
        Event.log(self, "retried", by=by)
        return True

    @transaction.atomic
    def cancel(self, *, by: User) -> bool:
        """Never send it; False when it is on its way, sent or cancelled already."""
        closed = {"done_at": clock.now(), "error_code": "by_a_person"}
        stuck = [Effect.State.WAITING, Effect.State.DEAD, Effect.State.UNKNOWN]
        if not self._leave(stuck, state=Effect.State.CANCELLED, **closed):
            return False
        Event.log(self, "cancelled", by=by)
        return True

    def _leave(self, states: Collection[str], **changes: object) -> bool:
        left = Effect.objects.filter(pk=self.pk, state__in=states).update(**changes)
        self.refresh_from_db()
        return bool(left)


class EffectAttempt(models.Model):
    """One try of one effect, written before the call: a try without an outcome is one that nobody came back from."""

    class Outcome(models.TextChoices):
        STARTED = "started", "Never heard of again"
        SENT = "sent", "Sent"
        FOUND = "found", "Found sent already"
        LATER = "later", "Later"
        REFUSED = "refused", "Refused"
        FAILED = "failed", "Our mistake"
        NOT_SENT = "not_sent", "Not sent"

    effect = models.ForeignKey(Effect, models.CASCADE, related_name="tries_made")
    n = models.PositiveIntegerField()
    at = models.DateTimeField(default=clock.now)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.STARTED)
    status = models.CharField(max_length=80, blank=True, help_text="What came back: http_503, ratelimited, TypeError")
    milliseconds = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ("effect", "n")
        constraints = (models.UniqueConstraint(fields=["effect", "n"], name="effect_attempt_once"),)

    def __str__(self) -> str:
        return f"attempt {self.n} of effect {self.effect_id}"
