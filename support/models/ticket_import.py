"""Imports from other ticket systems: every row is kept with what became of it, and one that stops goes on (SYS-05)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final, Self

from django.conf import settings
from django.db import models, transaction
from django.urls import reverse

from fleetcs import clock
from fleetcs.boundary import contain, insist
from fleetcs.effects import emit
from fleetcs.models import Event, User
from support import outside_system
from support.desks import zendesk
from support.desks.conversation import Unreadable, clean
from support.desks.files import Payload, Row
from support.models.taking_over import take_over
from support.models.ticket import Ticket

ROUND: Final = timedelta(seconds=10)  # after which no further row is taken; the next round goes on
AT_ONCE: Final = 500  # rows stored by one statement


class TicketImportQuerySet(models.QuerySet["TicketImport"]):
    """Imports."""

    def visible_to(self, user: User) -> Self:
        return self if user.may("import.run") else self.none()

    def unfinished(self) -> Self:
        return self.filter(finished_at=None).order_by("pk")

    @transaction.atomic
    def order(
        self, system: str, *, by: User | None, rows: Iterable[Row] | None = None, **choices: Any
    ) -> "TicketImport":
        """Begin one: of the rows of a file, or without any of what the system's API tells. `choices`: name,
        rehearsal, counted."""
        job = self.create(system=system, by=by, by_api=rows is None, **choices)
        ImportRow.objects.bulk_create((job.row(each) for each in rows or ()), batch_size=AT_ONCE)
        job.count_rows()
        if job.by_api:
            job.ask_for_page("")
        else:
            job.read_at = clock.now()
            job.save(update_fields=["read_at"])
        facts = {name: getattr(job, name) for name in ("system", "rehearsal", "counted", "by_api")}
        Event.log(job, "import_ordered", by=by, **facts, rows=job.total)
        return job

    def work(self) -> int:
        """Take over the rows that wait, each by itself; says how many were looked at. Safe to run twice, or at once."""
        over, done = clock.now() + ROUND, 0
        for pk in self.unfinished().values_list("pk", flat=True):
            job = self.get(pk=pk)
            while clock.now() < over and insist(job.step):
                done += 1
        return done


class TicketImport(models.Model):
    """One import: from which system, what is counted, and how far it is. A rehearsal writes down what would happen."""

    system = models.CharField(max_length=20, choices=list(outside_system.NAMES.items()))
    name = models.CharField(max_length=200, blank=True, help_text="Name of the file")
    by_api = models.BooleanField(default=False)
    rehearsal = models.BooleanField(default=False)
    counted = models.BooleanField(default=False, help_text="Whether closed tickets count in the figures of their days")
    total = models.PositiveIntegerField(default=0)
    cursor = models.CharField(max_length=300, blank=True, help_text="Where the API goes on")
    asks = models.PositiveSmallIntegerField(default=0, help_text="How often the API was asked on after it refused")
    trouble = models.CharField(max_length=80, blank=True, help_text="Code with which the API refused for good")
    read_at = models.DateTimeField(null=True, help_text="When every row had been stored")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    objects = TicketImportQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"import {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("support:import", args=[self.pk])

    # --- questions ---------------------------------------------------------------------------------------------------
    @property
    def is_running(self) -> bool:
        return self.finished_at is None

    @property
    def counts(self) -> dict[str, int]:
        """How many rows became what, in the order of the states."""
        found = dict(self.rows.order_by().values_list("state").annotate(number=models.Count("pk")))
        return {state.label: found[state] for state in ImportRow.State if found.get(state)}

    @property
    def may_begin(self) -> bool:
        """Whether it is a rehearsal that has come to its end."""
        return self.rehearsal and self.finished_at is not None

    @property
    def may_try_again(self) -> bool:
        """Whether something was refused, or a row that holds a ticket was not taken over."""
        failed = self.rows.filter(state=ImportRow.State.BAD, payload__isnull=False)
        return bool(self.trouble) or (self.finished_at is not None and failed.exists())

    @property
    def done(self) -> int:
        return self.rows.exclude(state__in=[ImportRow.State.NEW, ImportRow.State.ASKED]).count()

    # --- storing -----------------------------------------------------------------------------------------------------
    def row(self, given: Row) -> "ImportRow":
        """A row to be stored before anybody looks into it, so that nothing is lost."""
        state, told = ImportRow.State.BAD if given.problem else ImportRow.State.NEW, given.payload
        row = ImportRow(job=self, number=given.number, state=state, words=given.problem[:300])
        row.payload, row.raw, row.external_id = told, given.raw, str((told or {}).get("id") or "")[:120]
        return row

    def count_rows(self) -> None:
        self.total = self.rows.count()
        self.save(update_fields=["total"])

    def ask_for_page(self, cursor: str) -> None:
        """Have the system's next page asked for; once for each place in it, and for each time somebody says "again"."""
        key, args = f"import-page:{self.pk}:{self.asks}:{cursor}", {"import": self.pk, "cursor": cursor}
        emit("zendesk.page", key=key, args=args, order=f"import:{self.pk}", by=self.by)

    @transaction.atomic
    def take_page(self, tickets: Iterable[Payload], cursor: str, *, is_last: bool) -> None:
        """A page of tickets has come: each waits for its comments; one that is here already is no second row."""
        job = TicketImport.objects.select_for_update().get(pk=self.pk)
        known, last = set(job.rows.values_list("external_id", flat=True)), job.rows.aggregate(at=models.Max("number"))
        new = [told for told in tickets if str(told.get("id")) not in known]
        for number, told in enumerate(new, (last["at"] or 0) + 1):
            row = job.row(Row(number, clean(told)))
            row.save()
            row.ask_for_comments()
        job.cursor, job.trouble, job.read_at = cursor[:300], "", clock.now() if is_last else None
        job.count_rows()
        job.save(update_fields=["cursor", "trouble", "read_at"])
        if not is_last:
            job.ask_for_page(job.cursor)

    def give_up(self, code: str) -> None:
        """The system refuses for good: what has come is taken over, and the page says why there is no more yet."""
        self.trouble = code[:80]
        self.save(update_fields=["trouble"])

    # --- working -----------------------------------------------------------------------------------------------------
    @transaction.atomic
    def step(self) -> bool:
        """Take over the next row that nobody else works on; False when none waits. When all are done, so is this."""
        waiting = self.rows.filter(state=ImportRow.State.NEW).order_by("number")
        row = waiting.select_for_update(skip_locked=True, of=("self",)).select_related("job").first()
        if row:
            row.take_over()
            return True
        if self.read_at and self.done == self.total:
            self._finish()
        return False

    def _finish(self) -> None:
        if TicketImport.objects.filter(pk=self.pk, finished_at=None).update(finished_at=clock.now()):
            Event.log(self, "import_done", by=self.by, rows=self.total, became=self.counts)

    @transaction.atomic
    def begin_in_earnest(self, *, by: User) -> bool:
        """Do what the rehearsal has shown; False when it is no finished rehearsal."""
        asked = TicketImport.objects.filter(pk=self.pk, rehearsal=True, finished_at__isnull=False)
        if not asked.update(rehearsal=False, finished_at=None, by=by):
            return False
        self._again(self.rows.filter(payload__isnull=False))
        Event.log(self, "import_begun_in_earnest", by=by)
        return True

    @transaction.atomic
    def try_again(self, *, by: User) -> bool:
        """Look at the rows that failed once more, and ask again where the system refused: whatever was in the way has
        been mended. False when there is nothing to try."""
        job = TicketImport.objects.select_for_update().get(pk=self.pk)
        number = job._again(job.rows.filter(state=ImportRow.State.BAD).filter(payload__isnull=False))
        if not number and not job.trouble:
            return False
        if job.trouble:
            job.asks, job.trouble = job.asks + 1, ""
            job.ask_for_page(job.cursor)
        job.finished_at = None
        job.save(update_fields=["asks", "trouble", "finished_at"])
        Event.log(job, "import_tried_again", by=by, rows=number)
        return True

    def _again(self, rows: "models.QuerySet[ImportRow]") -> int:
        """Have them wait once more, for their comments where those never came; says how many do."""
        lacking = rows.exclude(payload__has_key="comments") if self.by_api else rows.none()
        asked = sum(row.ask_for_comments() for row in lacking)
        waiting = rows.exclude(state=ImportRow.State.ASKED)
        return asked + waiting.update(state=ImportRow.State.NEW, words="", ticket=None)


class ImportRow(models.Model):
    """One ticket as it was told, and what became of it."""

    class State(models.TextChoices):
        NEW = "new", "Waiting"
        ASKED = "asked", "Comments asked for"
        MADE = "made", "New ticket"
        JOINED = "joined", "Joined a ticket"
        ADDED = "added", "Messages added"
        SAME = "same", "Nothing new"
        BAD = "bad", "Not taken over"

    job = models.ForeignKey(TicketImport, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    external_id = models.CharField(max_length=120, blank=True)
    payload = models.JSONField(null=True)
    raw = models.TextField(blank=True, help_text="What was no ticket at all, as it stood there")
    state = models.CharField(max_length=8, choices=State.choices, default=State.NEW)
    words = models.CharField(max_length=300, blank=True, help_text="What happened, or why it did not")
    ticket = models.ForeignKey("support.Ticket", models.SET_NULL, null=True, related_name="+")
    asks = models.PositiveSmallIntegerField(default=0, help_text="How often its comments were asked for")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["job", "number"], name="import_row_once"),)
        indexes = (models.Index(fields=["job", "state", "number"], name="import_row_waiting"),)
        ordering = ("number",)

    def __str__(self) -> str:
        return f"row {self.number} of import {self.job_id}"

    @property
    def tone(self) -> str:
        """How the state looks beside its word."""
        return {"bad": "bad", "same": "idle", "new": "wait", "asked": "wait"}.get(self.state, "good")

    def take_over(self) -> None:
        """Take it over, or only see what that would do; whatever is wrong with it stays with it."""
        failure = contain(lambda: insist(self._try), row=str(self))
        if failure:
            self._end(ImportRow.State.BAD, f"it could not be taken over: {failure}")

    def _try(self) -> None:
        try:
            with transaction.atomic():
                self._taken_over()
        except Unreadable as problem:
            self._end(ImportRow.State.BAD, str(problem))

    def _taken_over(self) -> None:
        told = outside_system.DESKS[self.job.system].conversation(self.payload or {}, clock.now())
        with transaction.atomic():
            taken = take_over(told, counted=self.job.counted)
            account = taken.ticket.account
            transaction.set_rollback(self.job.rehearsal)
        self.ticket = Ticket.objects.filter(pk=taken.ticket.pk).first()  # none of what was only rehearsed
        whose = account.name if account else "nobody has said whose it is"
        self._end(ImportRow.State(taken.how), f"{taken.words} · {whose}")

    def _end(self, state: "ImportRow.State", words: str) -> None:
        self.state, self.words = state, words[:300]
        self.save(update_fields=["state", "words", "ticket"])

    def ask_for_comments(self) -> bool:
        """Have its comments asked for, unless it is deleted over there: then there are none to be had."""
        if (self.payload or {}).get("status") == "deleted":
            return False
        self.state, self.asks = ImportRow.State.ASKED, self.asks + 1
        self.save(update_fields=["state", "asks"])
        emit("zendesk.comments", key=f"import-row:{self.pk}:{self.asks}", args={"row": self.pk}, by=self.job.by)
        return True

    @transaction.atomic
    def take_comments(self, comments: Iterable[Payload], users: Iterable[Payload]) -> None:
        """Its comments have come: now it is whole and waits to be taken over."""
        self.payload = clean(zendesk.put_together(self.payload or {}, comments, users))
        self.state = ImportRow.State.NEW
        self.save(update_fields=["payload", "state"])

    @transaction.atomic
    def refuse(self, code: str) -> None:
        """Its comments were refused for good."""
        self._end(ImportRow.State.BAD, f"its comments could not be read: {code}")
