"""CSV files of records: what a file said, what would become of each row, what became of it (F43)."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, Q
from django.urls import reverse

from fleetcs import clock, posts
from fleetcs.csv_text import Line, Sheet
from fleetcs.models.event import Event
from fleetcs.models.person import User

AT_ONCE: Final = 1_000  # rows stored by one statement
LOOKED_AT: Final = timedelta(days=1)  # after which a file is forgotten whose columns nobody has named
WAITED: Final = timedelta(days=7)  # after which one is forgotten that was checked and that nobody has begun
KEPT: Final = timedelta(days=30)  # how long the rows stay after that: they are people's data
WAITING: Final = ["check", "go", "undo"]  # states of rows that somebody has to see to


class CsvImportQuerySet(models.QuerySet["CsvImport"]):
    """Imports of files."""

    def visible_to(self, user: User) -> Self:
        """Those of lists that the person may import into: another one's as well, who may have to begin it."""
        return self.filter(action__in=[each for each in posts.MAY if each.endswith(".import") and user.may(each)])

    def editable_by(self, user: User) -> Self:
        """One's own, as long as it has not begun."""
        return self.visible_to(user).filter(by=user, ordered_at=None)

    def unfinished(self) -> Self:
        checking = Q(checking_at__isnull=False, checked_at=None)
        return self.filter(checking | Q(ordered_at__isnull=False, finished_at=None)).order_by("pk")

    def same_file(self, job: "CsvImport") -> Self:
        """Earlier imports of this very file into this list."""
        return self.filter(table=job.table, digest=job.digest, pk__lt=job.pk).exclude(ordered_at=None)

    def remembered(self, table: str, user: User) -> dict[str, str]:
        """The fields that a person has put the columns of their files to, by the columns' names."""
        known: dict[str, str] = {}
        for job in self.filter(table=table, by=user).exclude(checking_at=None).order_by("pk"):
            known |= dict(zip(job.head, job.mapping, strict=True))
        return known

    @transaction.atomic
    def take(self, table: str, action: str, sheet: Sheet, *, raw: bytes, name: str, by: User) -> "CsvImport":
        """Keep a file's rows; nothing happens with them before somebody says what its columns are."""
        digest = hashlib.sha256(raw).hexdigest()
        facts = {"name": name[:200], "digest": digest, "head": sheet.head, "total": len(sheet.lines)}
        job = self.create(table=table, action=action, by=by, **facts)
        CsvRow.objects.bulk_create([job.row(line) for line in sheet.lines], batch_size=AT_ONCE)
        return job

    @transaction.atomic
    def forget_old(self) -> int:
        """Delete files that nobody has begun, and rows that have been seen to long ago; says how many of both."""
        now = clock.now()
        left = Q(checking_at=None, chosen_at__lt=now - LOOKED_AT) | Q(checking_at__lt=now - WAITED)
        unbegun = self.select_for_update(skip_locked=True).filter(left, ordered_at=None)
        files, _ = self.filter(pk__in=list(unbegun.values_list("pk", flat=True))).delete()
        rows, _ = CsvRow.objects.filter(job__in=self.filter(finished_at__lt=now - KEPT)).delete()
        return files + rows


class CsvImport(models.Model):
    """One file: checked as a whole without a trace, then imported row by row, as it was shown."""

    class Existing(models.TextChoices):
        FILL = "fill", "Fill in what is empty here, change nothing"
        CHANGE = "change", "Take over what the file says"
        LEAVE = "leave", "Leave them as they are"

    ALONE: Final = 500  # rows that one person may write without somebody else's look at them (safety 5)
    table = models.CharField(max_length=30, help_text="Code of the list")
    action = models.CharField(max_length=40, help_text="Who may")
    name = models.CharField(max_length=200, help_text="Name of the file")
    digest = models.CharField(max_length=64)
    head = models.JSONField(default=list)
    mapping = models.JSONField(default=list, help_text='The field of each column, "" for none')
    match = models.CharField(max_length=20, blank=True)
    existing = models.CharField(max_length=8, choices=Existing.choices, default=Existing.FILL)
    total = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    chosen_at = models.DateTimeField(default=clock.now)
    checking_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    ordered_at = models.DateTimeField(null=True)
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True)
    undo_at = models.DateTimeField(null=True)

    objects = CsvImportQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=["table", "-id"], name="csv_import_of_table"),
            models.Index(
                fields=["id"], name="csv_import_unfinished", condition=Q(finished_at=None) & ~Q(checking_at=None)
            ),
        )

    def __str__(self) -> str:
        return f"csv import {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("csv_import", args=[self.pk])

    # --- questions ---------------------------------------------------------------------------------------------------
    @property
    def stage(self) -> tuple[str, str]:
        """A tone and a word: how far it is."""
        reached = (
            (self.undo_at and self.finished_at, "idle", "Undone"),
            (self.undo_at, "info", "Being undone"),
            (self.finished_at, "good", "Imported"),
            (self.ordered_at, "info", "Being imported"),
            (self.checked_at, "wait", "Checked, not imported"),
            (self.checking_at, "info", "Being checked"),
        )
        return next(((tone, word) for is_so, tone, word in reached if is_so), ("wait", "Columns to be named"))

    @property
    def is_running(self) -> bool:
        checking = self.checking_at is not None and self.checked_at is None
        return checking or (self.ordered_at is not None and self.finished_at is None)

    @property
    def plans(self) -> dict[str, int]:
        """How many rows would become what, in the order of the plans."""
        found = dict(self.rows.order_by().values_list("plan").annotate(number=Count("pk")))
        return {plan: found.get(plan, 0) for plan in CsvRow.Plan.values}

    @property
    def counts(self) -> dict[str, int]:
        """How many rows would become what by label, in the order of the plans; once it has begun, what they became."""
        if self.ordered_at is None:
            return {plan.label: number for plan, number in zip(CsvRow.Plan, self.plans.values(), strict=True) if number}
        found = dict(self.rows.order_by().values_list("state").annotate(number=Count("pk")))
        return {state.label: found[state] for state in CsvRow.State if found.get(state)}

    def needs_second(self, counts: Mapping[str, int]) -> bool:
        """Whether so many records would be written, by its counts, that somebody else begins it (safety 5)."""
        return sum(counts.get(str(plan.label), 0) for plan in (CsvRow.Plan.ADD, CsvRow.Plan.CHANGE)) > self.ALONE

    @property
    def can_be_undone(self) -> bool:
        done = self.finished_at is not None and self.undo_at is None
        return done and self.rows.changed().exists()

    def row(self, line: Line) -> "CsvRow":
        """A line as it is kept: one that cannot be read is wrong from the beginning."""
        row = CsvRow(job=self, number=line.number, cells=list(line.cells))
        if line.problem:
            row.readable, row.plan, row.words = False, CsvRow.Plan.BAD, line.problem
        return row

    # --- verbs -------------------------------------------------------------------------------------------------------
    @transaction.atomic
    def rehearse(self, mapping: Sequence[str], match: str, existing: str) -> bool:
        """Have every row looked at, with these choices; False when it has begun already."""
        mine = CsvImport.objects.filter(pk=self.pk, ordered_at=None)
        chosen = {"mapping": list(mapping), "match": match, "existing": existing}
        if not mine.update(checking_at=clock.now(), checked_at=None, **chosen):
            return False
        anew: dict[str, Any] = {"plan": "", "words": "", "key": "", "record": None, "before": {}, "after": {}}
        self.rows.filter(readable=True).update(state=CsvRow.State.CHECK, **anew)
        return True

    @transaction.atomic
    def begin(self, plans: Collection[str], *, seen: datetime, by: User) -> bool:
        """Import the rows of these plans as they were shown by the check that ended at `seen`; False when it has
        begun, was checked anew since, or is not this person's to."""
        ready = CsvImport.objects.select_for_update().filter(pk=self.pk, ordered_at=None, checked_at=seen)
        written = self.rows.filter(plan__in={CsvRow.Plan.ADD, CsvRow.Plan.CHANGE} & set(plans))
        if not ready.first() or not written.exists() or (self.needs_second(self.counts) and by.pk == self.by_id):
            return False
        rows = written.update(state=CsvRow.State.GO)
        ready.update(ordered_at=clock.now(), ordered_by=by)
        self._log("csv_import_begun", by=by, plans=sorted(plans), rows=rows)
        return True

    @transaction.atomic
    def undo(self, *, by: User) -> bool:
        """Put back what was changed; False when that was asked for already, or there is nothing to put back."""
        ready = CsvImport.objects.filter(pk=self.pk, undo_at=None, finished_at__isnull=False)
        if not self.can_be_undone or not ready.update(undo_at=clock.now(), finished_at=None):
            return False
        self.rows.changed().update(state=CsvRow.State.UNDO)
        self._log("csv_import_undone", by=by)
        return True

    def finish(self) -> None:
        """It is checked, or imported, when no row waits; of two who see that, one writes it down."""
        if self.rows.waiting().exists():
            return
        mine = CsvImport.objects.filter(pk=self.pk)
        if self.ordered_at is None:
            mine.filter(checked_at=None).update(checked_at=clock.now())
        elif mine.filter(finished_at=None).update(finished_at=clock.now()):
            self._log("csv_import_done", by=self.ordered_by, became=self.counts)

    def _log(self, verb: str, *, by: User | None, **facts: Any) -> None:
        Event.log(self, verb, by=by, table=self.table, **facts)


class CsvRowQuerySet(models.QuerySet["CsvRow"]):
    """Rows of a file."""

    def waiting(self) -> Self:
        return self.filter(state__in=WAITING).order_by("number")

    def changed(self) -> Self:
        """Records that were there before and have been changed."""
        return self.filter(plan=CsvRow.Plan.CHANGE, state=CsvRow.State.DONE)

    def failed(self) -> Self:
        """Rows of which nothing came."""
        return self.filter(Q(plan=CsvRow.Plan.BAD) | Q(state=CsvRow.State.FAILED))


class CsvRow(models.Model):
    """One line: what would become of it, and what did."""

    class Plan(models.TextChoices):
        ADD = "add", "New"
        CHANGE = "change", "Changes"
        SAME = "same", "Unchanged"
        BAD = "bad", "Wrong"

    class State(models.TextChoices):
        KEPT = "kept", "Not imported"
        CHECK = "check", "Waits to be checked"
        GO = "go", "Waiting"
        UNDO = "undo", "Waits to be put back"
        FAILED = "failed", "Failed"
        STAYS = "stays", "Not put back"
        DONE = "done", "Imported"
        BACK = "back", "Put back"

    job = models.ForeignKey(CsvImport, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(help_text="Line of the file")
    cells = models.JSONField(default=list)
    readable = models.BooleanField(default=True)
    key = models.CharField(max_length=300, blank=True, help_text="What it is matched by")
    plan = models.CharField(max_length=8, choices=Plan.choices, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.KEPT)
    words = models.TextField(max_length=2000, blank=True, help_text="From what to what, or what is wrong")
    record = models.BigIntegerField(null=True)
    before = models.JSONField(default=dict, help_text="Fields as their form would send them")
    after = models.JSONField(default=dict)

    objects = CsvRowQuerySet.as_manager()

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["job", "number"], name="csv_row_once"),)
        indexes = (
            models.Index(fields=["job", "number"], name="csv_row_waiting", condition=Q(state__in=WAITING)),
            models.Index(fields=["job", "key"], name="csv_row_key"),
            models.Index(fields=["job", "record"], name="csv_row_record"),
        )

    def __str__(self) -> str:
        return f"line {self.number} of csv import {self.job_id}"

    @property
    def texts(self) -> dict[str, str]:
        """What the line says, field by field; an empty cell says nothing."""
        said = zip(self.job.mapping, self.cells, strict=True)
        return {field: text for field, text in said if field and text}

    @property
    def outcome(self) -> tuple[str, str]:
        """A tone and a word: what would become of it, or what has."""
        if self.plan == self.Plan.BAD or self.state == self.State.KEPT:
            tones = {"add": "good", "change": "info", "bad": "bad"}
            return tones.get(self.plan, "idle"), self.Plan(self.plan).label if self.plan else "Not checked"
        tones = {"failed": "bad", "stays": "warn", "done": "good", "back": "good"}
        return tones.get(self.state, "wait"), self.State(self.state).label

    def end(self, state: str, words: str, **values: Any) -> None:
        """Write down what would become of it, or did."""
        for name, value in {"state": state, "words": words[:2000], **values}.items():
            setattr(self, name, value)
        self.save(update_fields=["state", "words", *values])

    def fail(self, why: str) -> None:
        """Nothing comes of it, for a reason."""
        if self.state == self.State.CHECK:
            return self.end(self.State.KEPT, why, plan=self.Plan.BAD)
        return self.end(self.State.STAYS if self.state == self.State.UNDO else self.State.FAILED, why)
