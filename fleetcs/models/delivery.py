"""What came in from outside, stored raw before anybody looks into it."""

from datetime import datetime
from typing import Self

from django.db import connection, models, transaction
from django.db.models import Q
from django.urls import reverse

from fleetcs import clock
from fleetcs.models.event import Event
from fleetcs.models.person import User

CLAIM = """
    UPDATE fleetcs_delivery SET attempts = attempts + 1, crashes = crashes + 1, next_at = %(until)s
    WHERE id = (
        SELECT id FROM fleetcs_delivery WHERE state = 'new' AND {which}
        ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING id, source, attempts, crashes
"""
CLOSE = """
    UPDATE fleetcs_delivery SET state = %s, note = %s, error_code = %s, crashes = %s, handled_at = %s WHERE id = %s
"""


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """What came in."""

    def claim(self, *, now: datetime, until: datetime, pk: int | None = None) -> "Delivery | None":
        """Take the next due row (or row `pk`, due or not) until `until`, counting the try before it is made."""
        which = "next_at <= %(now)s" if pk is None else "id = %(pk)s"
        rows = self.raw(CLAIM.format(which=which), {"now": now, "until": until, "pk": pk})
        return next(iter(rows), None)

    def due(self, now: datetime) -> Self:
        return self.filter(state=Delivery.State.NEW, next_at__lte=now)

    def without_contents(self) -> Self:
        """For lists and pages: what came in is for those who may see what became of it."""
        return self.defer("raw", "headers")


class Delivery(models.Model):
    """One thing that came in, kept raw before anybody looks into it; the same delivery id never makes two rows."""

    class State(models.TextChoices):
        NEW = "new", "New"
        DONE = "done", "Done"
        IGNORED = "ignored", "Ignored"
        BAD = "bad", "Unreadable"
        DEAD = "dead", "Given up"

    source = models.CharField(max_length=40)
    delivery_id = models.CharField(max_length=200)
    event = models.CharField(max_length=80, blank=True)
    received_at = models.DateTimeField(default=clock.now)
    headers = models.JSONField(default=dict)
    raw = models.BinaryField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.NEW)
    attempts = models.PositiveSmallIntegerField(default=0)
    crashes = models.PositiveSmallIntegerField(default=0, help_text="Tries that were begun and never heard of again")
    next_at = models.DateTimeField(default=clock.now)
    note = models.CharField(max_length=300, blank=True)
    error_code = models.CharField(max_length=80, blank=True)
    handled_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["source", "delivery_id"], name="delivery_once"),)
        indexes = (
            models.Index(fields=["next_at"], name="delivery_new", condition=Q(state="new")),
            models.Index(fields=["-received_at"], name="delivery_newest"),
        )

    def __str__(self) -> str:
        return f"{self.source} delivery {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("operations_delivery", args=[self.pk])

    @property
    def tone(self) -> str:
        """How the state looks beside its word."""
        return {"dead": "bad", "bad": "warn", "done": "good", "new": "wait"}.get(self.state, "idle")

    def close(self, state: State, *, note: str = "", error_code: str = "") -> None:
        """What became of it; `note` is read by colleagues and holds ids and codes, no customer's words."""
        self.state, self.note, self.error_code = state, note[:300], error_code[:80]
        self.crashes, self.handled_at = 0, clock.now()
        with connection.cursor() as cursor:
            cursor.execute(CLOSE, [self.state, self.note, self.error_code, self.crashes, self.handled_at, self.pk])

    @transaction.atomic
    def replay(self, *, by: User) -> bool:
        """Have it handled once more: harmless, since whatever it emits is emitted once. False if it is waiting."""
        fresh = {"attempts": 0, "crashes": 0, "error_code": "", "next_at": clock.now(), "handled_at": None}
        again = Delivery.objects.filter(pk=self.pk).exclude(state=Delivery.State.NEW)
        if not again.update(state=Delivery.State.NEW, **fresh):
            return False
        Event.log(self, "replayed", by=by)
        return True
