"""One field of many records set at once: who wanted what, what became of each row, what was there before (ux 11)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, F, Q
from django.urls import reverse

from fleetcs import clock
from fleetcs.models.event import Event
from fleetcs.models.person import User

MOST: Final = 10_000  # records at once
AT_ONCE: Final = 1_000  # rows stored by one statement
LOOKED_AT: Final = timedelta(days=1)  # after which a choice that nobody has confirmed is forgotten
WAITING: Final = ["new", "undo"]  # states of rows that somebody has to see to


class BulkEditQuerySet(models.QuerySet["BulkEdit"]):
    """Changes of many records."""

    def visible_to(self, user: User) -> Self:
        """Nobody but the person who began it."""
        return self.filter(by=user)

    def unfinished(self) -> Self:
        return self.filter(finished_at=None).exclude(ordered_at=None).order_by("pk")

    @transaction.atomic
    def choose(self, table: str, field: str, pks: Iterable[int], *, by: User, query: str = "") -> "BulkEdit":
        """Write down which records are meant; nothing happens to them before it is ordered."""
        job = self.create(table=table, field=field, by=by, query=query)
        rows = [BulkRow(job=job, number=number, record=pk) for number, pk in enumerate(pks, 1)]
        BulkRow.objects.bulk_create(rows, batch_size=AT_ONCE)
        return job

    @transaction.atomic
    def forget_old(self) -> int:
        """Delete choices that nobody has confirmed, nor is confirming just now; says how many, with their rows."""
        left = self.filter(ordered_at=None, chosen_at__lt=clock.now() - LOOKED_AT).select_for_update(skip_locked=True)
        return self.filter(pk__in=list(left.values_list("pk", flat=True))).delete()[0]


class BulkEdit(models.Model):
    """One change of many records; undone by itself, as far as nobody has changed them since."""

    table = models.CharField(max_length=30, help_text="Code of the list")
    field = models.CharField(max_length=60)
    value = models.JSONField(default=list, help_text="As its form sends it")
    words = models.CharField(max_length=200, blank=True, help_text="The value as people read it")
    query = models.TextField(blank=True, help_text="The list they were chosen from")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    chosen_at = models.DateTimeField(default=clock.now)
    ordered_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    undo_at = models.DateTimeField(null=True)

    objects = BulkEditQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        indexes = (
            models.Index(
                F("id"), name="bulk_edit_unfinished", condition=Q(finished_at=None) & Q(ordered_at__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return f"bulk edit {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("bulk_edit", args=[self.pk])

    @property
    def is_running(self) -> bool:
        return self.ordered_at is not None and self.finished_at is None

    @property
    def can_be_undone(self) -> bool:
        done = self.finished_at is not None and self.undo_at is None
        return done and self.rows.filter(state=BulkRow.State.DONE).exists()

    @property
    def counts(self) -> dict[str, int]:
        """How many rows became what, in the order of the states."""
        found = dict(self.rows.order_by().values_list("state").annotate(number=Count("pk")))
        return {state.label: found[state] for state in BulkRow.State if found.get(state)}

    @transaction.atomic
    def order(self, value: list[str], words: str) -> bool:
        """Let it happen; False when it was ordered already."""
        mine = BulkEdit.objects.filter(pk=self.pk, ordered_at=None)
        if not mine.update(ordered_at=clock.now(), value=value, words=words[:200]):
            return False
        self._log("bulk_edit_ordered")
        return True

    @transaction.atomic
    def undo(self) -> bool:
        """Put back what was there before; False when that was asked for already, or there is nothing to put back."""
        ready = BulkEdit.objects.filter(pk=self.pk, undo_at=None, finished_at__isnull=False)
        if not self.can_be_undone or not ready.update(undo_at=clock.now(), finished_at=None):
            return False
        self.rows.filter(state=BulkRow.State.DONE).update(state=BulkRow.State.UNDO)
        self._log("bulk_edit_undone")
        return True

    @transaction.atomic
    def finish(self) -> None:
        """It is done when no row waits; of two who see that, one writes it down. Whoever undoes it holds it too,
        so that rows which have just been told to go back are not taken for done."""
        running = BulkEdit.objects.select_for_update().filter(pk=self.pk, finished_at=None)
        if not running or self.rows.waiting().exists():
            return
        BulkEdit.objects.filter(pk=self.pk).update(finished_at=clock.now())
        self._log("bulk_edit_done", became=self.counts)

    def _log(self, verb: str, **facts: Any) -> None:
        Event.log(self, verb, by=self.by, table=self.table, field=self.field, **facts)


class BulkRowQuerySet(models.QuerySet["BulkRow"]):
    """Rows of a change."""

    def waiting(self) -> Self:
        return self.filter(state__in=WAITING).order_by("number")


class BulkRow(models.Model):
    """One record, what became of it, and what was there before."""

    class State(models.TextChoices):
        NEW = "new", "Waiting"
        UNDO = "undo", "Waits to be put back"
        REFUSED = "refused", "Refused"
        STAYS = "stays", "Not put back"
        DONE = "done", "Changed"
        BACK = "back", "Put back"
        SAME = "same", "Nothing to change"

    job = models.ForeignKey(BulkEdit, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    record = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.NEW)
    words = models.CharField(max_length=300, blank=True, help_text="What happened, or why it did not")
    before = models.JSONField(default=list, help_text="The field as its form would send it, before and after")
    after = models.JSONField(default=list)

    objects = BulkRowQuerySet.as_manager()

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["job", "record"], name="bulk_row_once"),)
        indexes = (models.Index(fields=["job", "state", "number"], name="bulk_row_waiting"),)

    def __str__(self) -> str:
        return f"row {self.number} of bulk edit {self.job_id}"

    @property
    def tone(self) -> str:
        """How the state looks beside its word."""
        return {"refused": "bad", "stays": "warn", "same": "idle", "new": "wait", "undo": "wait"}.get(
            self.state, "good"
        )

    def end(self, state: str, words: str, **values: Any) -> None:
        """Write down what became of it."""
        self.state, self.words = state, words[:300]
        for name, value in values.items():
            setattr(self, name, value)
        self.save(update_fields=["state", "words", "before", "after"])

    def fail(self, why: str) -> None:
        self.end(self.State.STAYS if self.state == self.State.UNDO else self.State.REFUSED, why)
