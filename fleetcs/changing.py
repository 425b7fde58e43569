"""A field of a record changed from its list: one cell, or the same field of many records (ux 9, 11, 12).

It is the field of the record's own form and the record's own verb, so that what is refused there is refused here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from django import forms
from django.db import transaction
from django.db.models import Model
from django.http import QueryDict

from fleetcs import clock
from fleetcs.boundary import contain, insist
from fleetcs.editing import RecordForm, reasons, words
from fleetcs.mirrors import mastered
from fleetcs.models import BulkEdit, BulkRow, User
from fleetcs.models.stale import Stale
from fleetcs.tables import Table, tables

# after which no further row is taken; the next round goes on: the lane is also the inbox's and the senders'
ROUND: Final = timedelta(seconds=1)
SHOWN: Final = 20  # rows of a preview
NOT_YOURS: Final = "It is not yours to change, or no longer there."
SINCE: Final = "It was changed since."
NOT_AGAIN: Final = "What it said before is refused by now: {}"


def field_form(
    table: Table, name: str, user: User, record: Model | None = None, values: Sequence[str] = (), **more: str
) -> RecordForm[Any]:
    """The record's form with this field alone, filled in with `values`. Raises KeyError for what is no such field."""
    return fields_form(table.form, {name: values}, user, record, **more)


def fields_form(
    form: type[RecordForm[Any]],
    values: Mapping[str, Sequence[str]],
    user: User,
    record: Model | None = None,
    **more: str,
) -> RecordForm[Any]:
    """As `field_form`, with these fields and no others."""
    data = QueryDict(mutable=True)
    data.update(({"version": str(getattr(record, "version", ""))} if record else {}) | more)
    for name, sent in values.items():
        data.setlist(name, list(sent))
    return form(data, instance=record, user=user).only(*values)


def sent(form: RecordForm[Any], name: str) -> list[str]:
    """The field of the form's record as the form would send it."""
    value = form.fields[name].prepare_value(form.get_initial_for_field(form.fields[name], name))
    if isinstance(form.fields[name], forms.BooleanField):
        return ["on"] if value else []
    if value is None:
        return [""]
    return [value.isoformat() if isinstance(value, date) else str(value)]


# --- many -------------------------------------------------------------------------------------------------------------
def work() -> int:
    """Go on with what was ordered, each row by itself; says how many were looked at. Safe to run twice, or at once."""
    return one_round(BulkEdit.objects.unfinished().select_related("by"), step)


def one_round[Job](jobs: Iterable[Job], step: Callable[[Job], bool]) -> int:
    """Rows of jobs, step by step until the round is over or none waits; says how many were looked at."""
    over, done = clock.now() + ROUND, 0
    for job in jobs:
        while clock.now() < over and insist(partial(step, job)):
            done += 1
    return done


def step(job: BulkEdit) -> bool:
    """Change the next record that nobody else works on; False when none waits."""
    return next_row(job, act)


@transaction.atomic(savepoint=False)
def next_row(job: Any, act: Callable[[Any], None]) -> bool:
    """Do it with the job's next row that nobody else works on, whatever is wrong with that; False when none waits."""
    row = job.rows.waiting().select_for_update(skip_locked=True, of=("self",)).first()
    if row is None:
        job.finish()
        return False
    row.job = job
    if failure := contain(lambda: insist(lambda: act(row)), row=str(row)):
        row.fail(f"It could not be changed: {failure}")
    return True


def preview(job: BulkEdit, value: list[str]) -> list[BulkRow]:
    """What would become of the first rows, by letting it happen and taking it back."""
    rows = list(job.rows.all()[:SHOWN])
    job.value = value
    with transaction.atomic():
        for row in rows:
            row.job = job
            if failure := contain(partial(act, row), row=str(row)):
                row.fail(f"It could not be changed: {failure}")
        transaction.set_rollback(True)
    return rows


@transaction.atomic
def act(row: BulkRow) -> None:
    """Change the record, or put it back, unless it is not the person's to change or has moved on."""
    job, table = row.job, tables()[row.job.table]
    record = table.editable(job.by).filter(pk=row.record).first()
    if record is None:
        return row.fail(NOT_YOURS)
    is_undo = row.state == BulkRow.State.UNDO
    form = field_form(table, job.field, job.by, record, row.before if is_undo else job.value)
    before = sent(form, job.field)
    if is_undo and before != row.after:
        return row.fail(SINCE)
    if is_undo:
        _offer_again(form.fields[job.field], row.before)
    if form.fields[job.field].disabled:
        return row.fail(mastered.REASON)
    return _write(row, form, before)


def _offer_again(field: Any, values: Sequence[str]) -> None:
    """Let the field say what it said before, though nobody would choose it today: a colleague who has left, a source
    that is offered no more. What the record itself cannot hold is still refused by its verb."""
    if isinstance(field, forms.ModelChoiceField):
        rows: Any = field.queryset
        field.queryset = rows.model._default_manager.all()
    elif isinstance(field, forms.ChoiceField):
        offered: Any = field.choices
        field.choices = [*offered, *((value, value) for value in values if not field.valid_value(value))]


def _write(row: BulkRow, form: RecordForm[Any], before: list[str]) -> None:
    name, is_undo = row.job.field, row.state == BulkRow.State.UNDO
    if form.is_valid() and not form.changes:
        return row.end(BulkRow.State.SAME, "It says so already.")
    then = words(form.fields[name], form.get_initial_for_field(form.fields[name], name))
    record = written(form)
    if record is None:
        return row.fail(NOT_AGAIN.format(reasons(form)) if is_undo else reasons(form))
    after = sent(type(form)(instance=form.fresh(), user=form.user), name)  # as it is stored: 5000 is 5000.00 there
    told = f"{then} → {words(form.fields[name], form.cleaned_data[name])}"
    if is_undo:
        return row.end(BulkRow.State.BACK, told)
    return row.end(BulkRow.State.DONE, told, before=before, after=after)


def written(form: RecordForm[Any]) -> Any:
    """The record after its verb; None with the reasons on the form when it was refused, or a colleague was first."""
    try:
        return form.change() if form.is_valid() else None
    except Stale:
        form.add_error(None, SINCE)
        return None


def named(table: Table, user: User, rows: Iterable[BulkRow]) -> list[tuple[BulkRow, Any]]:
    """Rows with their records, as far as the person may see them."""
    found = list(rows)
    records = table.rows(user).in_bulk([row.record for row in found])
    return [(row, records.get(row.record)) for row in found]
