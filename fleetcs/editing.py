"""Forms of records: only the fields they name, only ids the person may see, only the version that was read (F47)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import structlog
from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from psycopg.errors import ExclusionViolation, UniqueViolation

from fleetcs.listing import shown
from fleetcs.mirrors import mastered
from fleetcs.models import User

log = structlog.get_logger(__name__)

COLLISION: Final = "Somebody has just written something that this collides with. Please look again."
TAKEN = (UniqueViolation, ExclusionViolation)  # what both read as free, a colleague has taken meanwhile
PAPERWORK = {"csrfmiddlewaretoken", "form_token"}


@dataclass(frozen=True)
class Difference:
    """A field that a colleague has changed meanwhile: what it says now, what was typed here, which of them is kept."""

    label: str
    theirs: str
    mine: str
    keeps_mine: bool


def attempt(act: Callable[[], Any]) -> None:
    """Do it wholly or not at all. Raises ValidationError for what the verb refuses and for what a colleague has taken.

    Whatever else the database does not take is a mistake of ours, and nobody's to look at again.
    """
    try:
        with transaction.atomic():
            act()
    except IntegrityError as error:
        if not isinstance(error.__cause__, TAKEN):
            raise
        log.warning("collision", constraint=error.__cause__.diag.constraint_name)
        raise ValidationError(COLLISION) from error


def carried_out(form: forms.BaseForm, act: Callable[[], Any]) -> bool:
    """Whether the verb did it; what it refuses is said at the form, at the field it names."""
    try:
        attempt(act)
    except ValidationError as refused:
        _explain(form, refused)
        return False
    return True


def _explain(form: forms.BaseForm, refused: ValidationError) -> None:
    told = refused.error_dict if hasattr(refused, "error_dict") else {"": refused}
    for name, reasons in told.items():
        form.add_error(name if name in form.fields else None, reasons)


class RecordForm[M: Model](forms.ModelForm[M]):
    """Makes or edits one record through its verbs."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if self.instance.pk is None:
            del self.fields["version"]
            return
        for name in mastered.locked(self.instance) & set(self.fields):
            self.fields[name].disabled, self.fields[name].help_text = True, mastered.REASON
        self.initial["version"] = self.instance.version  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            # what was read travels along, so that a stale form can tell one's own changes from a colleague's
            field.show_hidden_initial = name != "version" and (not self.data or f"initial-{name}" in self.data)

    def full_clean(self) -> None:
        super().full_clean()
        columns = {field.name for field in self._meta.model._meta.get_fields()}
        if denied := sorted(columns & set(self.data) - set(self.fields) - PAPERWORK):
            log.warning("field_denied", form=type(self).__name__, fields=denied, by=self.user.pk)

    def add_error(self, field: str | None, error: Any) -> None:
        """What is wrong with a field that is not asked for here is said at the form."""
        if not hasattr(error, "error_dict"):
            super().add_error(field, error)
            return
        for name, reasons in error.error_dict.items():
            super().add_error(name if name in self.fields else None, reasons)

    def only(self, *names: str) -> "RecordForm[M]":
        """Ask for these fields alone. Raises KeyError when the form does not have one, or not for this person."""
        kept = {name: self.fields[name] for name in names}
        self.fields = kept | {"version": self.fields["version"]} if "version" in self.fields else kept
        return self

    @property
    def changes(self) -> dict[str, Any]:
        """The fields that were changed here, with their new values."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name != "version"}

    def change(self) -> M | None:
        """Write what was changed, by the record's verb; None when it was refused after all. Raises Stale."""
        record = self.fresh()
        change = partial(record.change, self.changes, by=self.user, version=self.cleaned_data["version"])
        done = carried_out(self, change)
        return record if done else None

    def add(self, **fields: Any) -> M | None:
        """Make the record, by the verb of its set; None when it was refused after all."""
        rows: Any = self._meta.model._default_manager
        made: list[M] = []
        done = carried_out(self, lambda: made.append(rows.add(by=self.user, **self.cleaned_data, **fields)))
        return made[0] if done else None

    def fresh(self) -> Any:
        """The record as it is now, without what validating the form has already put on the instance."""
        return self._meta.model._default_manager.get(pk=self.instance.pk)

    # --- two people at one record -------------------------------------------------------------------------------------
    def differences(self) -> Iterator[Difference]:
        """What a colleague has changed since this form was read."""
        saved = type(self)(instance=self.fresh(), user=self.user)
        for name, field in self.fields.items():
            theirs, was_read = saved.get_initial_for_field(field, name), f"initial-{name}"
            read = self.data.get(was_read)
            differs = self._changed(name) if read is None else field.has_changed(_unix(theirs), _unix(read))
            if name != "version" and differs:
                mine = words(field, self.cleaned_data[name])
                yield Difference(str(field.label), words(field, theirs), mine, self._changed(name))

    def _changed(self, name: str) -> bool:
        return name in self.changed_data

    def merged(self) -> "RecordForm[M]":
        """The record as it is now, with one's own changes in it, ready to be saved with one click."""
        form = type(self)(instance=self.fresh(), user=self.user, initial=self.changes)
        for field in form.fields.values():
            field.show_hidden_initial = False  # it would carry one's own changes as what was read
        return form


def _unix(value: Any) -> Any:
    """Text with the line ends that are stored; browsers send others."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def reasons(form: forms.BaseForm) -> str:
    """Why it was refused, in a line, where the form has no page of its own to say it beside its fields."""
    return " ".join(str(error) for errors in form.errors.values() for error in errors)


def words(field: forms.Field, value: Any) -> str:
    """A field's value as people read it."""
    if isinstance(field, forms.ModelChoiceField) and value:
        record = value if isinstance(value, Model) else _of(field.queryset, value)
        return field.label_from_instance(record) if record else "?"
    if isinstance(value, list):
        return ", ".join(value)
    return shown(field, value) if value not in (None, "") else "none"


def _of(rows: QuerySet[Any] | None, pk: Any) -> Model | None:
    return rows.filter(pk=pk).first() if rows is not None else None
