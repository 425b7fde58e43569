"""Rows of CSV files become records: looked at first by letting it happen and taking it back, then for good (F43).

Each row goes through the record's own form and verb, as if the person had typed it. One row is seen to at a time, of
whichever import, so that no two rows can be the same new record.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Q
from django.http import QueryDict

from fleetcs import changing
from fleetcs.changing import NOT_YOURS, SINCE, fields_form, sent, written
from fleetcs.editing import RecordForm, words
from fleetcs.importable import ID, Importable, Match, Refused, importables, sent_as
from fleetcs.models import CsvImport, CsvRow

NO_RIGHT: Final = "Importing here is not yours any more."
SEVERAL: Final = "Several records fit: it cannot be told which one is meant."
NO_SUCH_ID: Final = "No record has this id."
LOCK: Final = 7_417  # held while a row is seen to, whichever import it is of
MOVED_ON: Final = "Something has changed since it was checked: check the file again."

type Sent = dict[str, list[str]]


@dataclass(frozen=True)
class Outcome:
    """What a row comes to: the record (None before there is one), and its fields before and after."""

    plan: str
    words: str = ""
    record: int | None = None
    before: Sent = field(default_factory=dict)
    after: Sent = field(default_factory=dict)


@dataclass(frozen=True)
class Round:
    """What is the same for all rows of an import that are seen to in one go."""

    job: CsvImport

    @cached_property
    def kind(self) -> Importable:
        return importables()[self.job.table]

    @cached_property
    def match(self) -> Match:
        return self.kind.match(self.job.match)

    @cached_property
    def blank(self) -> RecordForm[Any]:
        """The form of a new record."""
        return self.kind.form(user=self.job.by, initial=self.kind.fresh(self.job.by))

    def form_of(self, record: Any) -> RecordForm[Any]:
        """The form of the record as it stands, unless it is not the person's to change. Raises Refused."""
        mine = self.kind.table.editable(self.job.by).filter(pk=record).first()
        if mine is None:
            raise Refused(NOT_YOURS)
        return self.kind.form(instance=mine, user=self.job.by)


def work() -> int:
    """Go on with the oldest import, row by row; says how many were looked at. Safe to run twice, or at once."""
    jobs = CsvImport.objects.unfinished().select_related("by")[:1]
    return changing.one_round([Round(job) for job in jobs], step)


@transaction.atomic
def step(now: Round) -> bool:
    """See to the next row; False when none waits, another process is at a row, or its columns are others by now."""
    if not _alone():
        return False
    mine = CsvImport.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=now.job.pk)
    is_mine = mine.filter(checking_at=now.job.checking_at).values_list("pk").first() is not None
    return is_mine and changing.next_row(now.job, partial(act, now))


def _alone() -> bool:
    """Whether no other process sees to a row of any import, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def act(now: Round, row: CsvRow) -> None:
    """Whatever the row waits for; what is wrong with it stays with it."""
    acts = {CsvRow.State.CHECK: check, CsvRow.State.GO: take, CsvRow.State.UNDO: put_back}
    try:
        acts[CsvRow.State(row.state)](now, row)
    except Refused as refused:
        row.fail(str(refused))


def check(now: Round, row: CsvRow) -> None:
    """What would become of it, by letting it happen and taking it back. Raises Refused."""
    with transaction.atomic():
        outcome = written_by(now, row.texts)
        transaction.set_rollback(True)
    key, known = now.match.key(row.texts), None if outcome.plan == CsvRow.Plan.ADD else outcome.record
    alike = Q(key=key) | Q(record=known) if known else Q(key=key)
    same = now.job.rows.filter(alike).exclude(pk=row.pk).first()
    if same:
        raise Refused(f"Line {same.number:,} is about the same one.")
    kept = {"plan": outcome.plan, "key": key, "record": known, "before": outcome.before}
    row.end(CsvRow.State.KEPT, outcome.words, **kept)


@transaction.atomic
def take(now: Round, row: CsvRow) -> None:
    """Let it become what was shown, and nothing else. Raises Refused."""
    outcome = written_by(now, row.texts)
    known = None if outcome.plan == CsvRow.Plan.ADD else outcome.record
    if (row.plan, row.record, row.before) != (outcome.plan, known, outcome.before):
        raise Refused(MOVED_ON)
    row.end(CsvRow.State.DONE, outcome.words, record=outcome.record, after=outcome.after)


@transaction.atomic
def put_back(now: Round, row: CsvRow) -> None:
    """Let a changed record say what it said before, unless somebody has changed it since. Raises Refused."""
    form = now.form_of(row.record)
    if {name: sent(form, name) for name in row.after} != row.after:
        raise Refused(SINCE)
    row.end(CsvRow.State.BACK, changed_to(form, row.before)[0])


# --- one row ----------------------------------------------------------------------------------------------------------
def written_by(now: Round, texts: Mapping[str, str]) -> Outcome:
    """Make or change the record of a row that says this. Raises Refused."""
    if not now.job.by.may(now.kind.action):
        raise Refused(NO_RIGHT)
    record = found(now, texts)
    if record is None:
        return added(now, texts)
    form = now.form_of(record.pk)
    given = {name: text for name, text in texts.items() if name not in (*now.match.fields, ID)}
    return changed(form, news(form, given, now.job.existing))


def found(now: Round, texts: Mapping[str, str]) -> Any:
    """The record that a row is about; None for a new one. Raises Refused."""
    match, user = now.match, now.job.by
    if lacking := [name for name in match.fields if name not in texts]:
        raise Refused(f"{now.kind.labels(user)[lacking[0]]}: it is empty, and rows are matched by it.")
    rows: Any = now.kind.table.model._default_manager
    fitting = list(match.find(rows.visible_to(user), texts)[:2])
    if len(fitting) > 1:
        raise Refused(SEVERAL)
    if not fitting and not match.makes:
        raise Refused(NO_SUCH_ID)
    return fitting[0] if fitting else None


def added(now: Round, texts: Mapping[str, str]) -> Outcome:
    """A new record with what the row says, and what any new one has where it says nothing. Raises Refused."""
    blank, data = now.blank, QueryDict(mutable=True)
    said = {name: sent_as(blank.fields[name], text) for name, text in texts.items() if name != ID}
    for name in blank.fields:
        data.setlist(name, said.get(name) or sent(blank, name))
    form = now.kind.form(data, user=blank.user)
    record = form.add() if form.is_valid() else None
    if record is None:
        raise Refused(wrong_with(form))
    told = "; ".join(f"{form.fields[name].label}: {words(form.fields[name], form.cleaned_data[name])}" for name in said)
    return Outcome(CsvRow.Plan.ADD, told, record.pk)


def news(now: RecordForm[Any], texts: Mapping[str, str], existing: str) -> Sent:
    """What a row says that a record does not say yet, as far as it is wanted. Raises Refused."""
    if existing == CsvImport.Existing.LEAVE:
        return {}
    said = {name: sent_as(now.fields[name], text) for name, text in texts.items()}
    new = {name: value for name, value in said.items() if value != _unix(sent(now, name))}
    if existing == CsvImport.Existing.FILL:
        new = {name: value for name, value in new.items() if sent(now, name) in ([], [""])}
    return new


def _unix(values: Sequence[str]) -> list[str]:
    """With the line ends that a file is read with; browsers send others."""
    return [value.replace("\r\n", "\n") for value in values]


def changed(now: RecordForm[Any], new: Sent) -> Outcome:
    """The record with what is new. Raises Refused."""
    before = {name: sent(now, name) for name in new}
    told, after = changed_to(now, new) if new else ("", before)
    pk, differs = now.instance.pk, [name for name in new if before[name] != after[name]]
    if not differs:
        return Outcome(CsvRow.Plan.SAME, record=pk)
    kept = {name: before[name] for name in differs}
    return Outcome(CsvRow.Plan.CHANGE, told, pk, kept, {name: after[name] for name in differs})


def changed_to(now: RecordForm[Any], values: Mapping[str, Sequence[str]]) -> tuple[str, Sent]:
    """Write these fields by the record's verb: from what to what in words, and what they say then. Raises Refused."""
    for name in values:
        if now.fields[name].disabled:
            raise Refused(f"{now.fields[name].label}: {now.fields[name].help_text}")
    form = fields_form(type(now), values, now.user, now.fresh(), version=str(now.instance.version))
    if form.is_valid() and not form.changes:
        return "", {name: sent(now, name) for name in values}
    if written(form) is None:
        raise Refused(wrong_with(form))
    then = type(now)(instance=now.fresh(), user=now.user)
    return "; ".join(_told(now, then, form.changes)), {name: sent(then, name) for name in values}


def _told(now: RecordForm[Any], then: RecordForm[Any], names: Mapping[str, Any]) -> Iterator[str]:
    for name in names:
        asked = now.fields[name]
        before, after = (words(asked, form.get_initial_for_field(asked, name)) for form in (now, then))
        yield f"{asked.label}: {before} → {after}"


def wrong_with(form: RecordForm[Any]) -> str:
    """The reasons of a form, each with the field that it is about."""
    fields = {name: field.label for name, field in form.fields.items()}
    named = [f"{fields[name]}: {' '.join(map(str, why))}" for name, why in form.errors.items() if name in fields]
    return " ".join([*named, *map(str, form.non_field_errors())])
