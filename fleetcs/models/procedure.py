"""Checklists as they are worked through: a run for one subject, and a tick for each step done (house: one engine)."""

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.module_loading import import_string

from fleetcs import clock
from fleetcs.models.event import Event
from fleetcs.models.person import User
from fleetcs.procedures import LONGEST, Procedure, Step, before_fault, faults, skip_fault

BEFORE = "before"  # what shows a step that was done before there was a checklist, among what was said with its tick


def procedure_of(code: str) -> Procedure:
    """The checklist that an app has listed under a code, or the function that says how it is today.

    Raises LookupError when none has.
    """
    for app in apps.get_app_configs():
        if path := getattr(app, "procedures", {}).get(code):
            found = import_string(path)
            procedure: Procedure = found if isinstance(found, Procedure) else found()
            return procedure
    raise LookupError(f"No app lists a procedure {code!r}.")


class RunQuerySet(models.QuerySet["Run"]):
    """Checklists being worked through."""

    def of(self, subject: models.Model, code: str) -> "Run | None":
        """The run of that checklist for one record, if it has begun."""
        kind = ContentType.objects.get_for_model(subject)
        return self.filter(subject_type=kind, subject_id=subject.pk, procedure=code).first()

    def begun(self, subject: models.Model, code: str) -> "Run":
        """The run of a record that began with it. Raises DoesNotExist."""
        return self.get(subject_type=ContentType.objects.get_for_model(subject), subject_id=subject.pk, procedure=code)

    @transaction.atomic
    def begin(self, subject: models.Model, code: str, *, by: User | None) -> "Run":
        """Begin a checklist for a record; one that has begun goes on. Raises LookupError for an unknown code."""
        procedure_of(code)
        kind = ContentType.objects.get_for_model(subject)
        given = {"subject_type": kind, "subject_id": subject.pk, "procedure": code}
        return self.get_or_create(**given, defaults={"begun_by": by})[0]


class Run(models.Model):
    """One checklist of one subject, from its beginning on; what is still to be done follows from its ticks."""

    procedure = models.CharField(max_length=40)
    subject_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    subject_id = models.BigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    begun_at = models.DateTimeField(default=clock.now)
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ("-begun_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["subject_type", "subject_id", "procedure"], name="procedure_run_once"),
        )

    def __str__(self) -> str:
        return f"run {self.pk}"

    @property
    def steps(self) -> tuple[Step, ...]:
        return procedure_of(self.procedure).steps

    def ticked(self) -> set[str]:
        """Codes of the steps that are ticked and not taken back."""
        return {tick.step for tick in self.ticks.all() if tick.taken_back_at is None}

    @transaction.atomic
    def tick(self, code: str, said: Mapping[str, str], *, by: User, facts: Mapping[str, Any] | None = None) -> "Tick":
        """Do a step, with what it needs said. Raises ValidationError by evidence, KeyError for no step of it."""
        procedure = self._held()
        step = procedure.step(code)
        refused = faults(procedure, step, facts or {}, self.ticked(), said)
        if refused:
            raise ValidationError({name or "__all__": why for name, why in refused.items()})
        kept = {each.code: said.get(each.code, "").strip() for each in step.evidence}
        return self._write(step, by, "step_ticked", said={k: v for k, v in kept.items() if v})

    @transaction.atomic
    def skip(self, code: str, why: str, *, by: User, facts: Mapping[str, Any] | None = None) -> "Tick":
        """A step is left out, for a reason. Raises ValidationError where it may not be, KeyError for no step of it."""
        procedure = self._held()
        step = procedure.step(code)
        if refused := skip_fault(procedure, step, facts or {}, self.ticked(), why):
            raise ValidationError(refused)
        return self._write(step, by, "step_skipped", skipped_because=why.strip())

    @transaction.atomic
    def mark_before(self, code: str, words: str, *, by: User) -> "Tick":
        """A step was done before this checklist was begun, as `words` show, whoever it was and whatever it waits for.

        Raises ValidationError for what a machine sees and without words, KeyError for no step of it.
        """
        step = self._held().step(code)
        if refused := before_fault(step, self.ticked(), words):
            raise ValidationError(f"{step.text}: {refused}")
        return self._write(step, by, "step_marked_before", said={BEFORE: words.strip()})

    def _held(self) -> Procedure:
        """Its checklist, once nobody else is at it."""
        list(Run.objects.select_for_update().filter(pk=self.pk))
        return procedure_of(self.procedure)

    def _write(self, step: Step, by: User, verb: str, **fields: Any) -> "Tick":
        n = self.ticks.filter(step=step.code).count() + 1
        as_backup = bool(step.backs) and step.backs not in by.groups_today
        tick = self.ticks.create(step=step.code, n=n, by=by, as_backup=as_backup, **fields)
        Event.log(self, verb, by=by, step=step.code, n=n, as_backup=as_backup)
        return tick


class Tick(models.Model):
    """One step done: by whom, when, and what they said with it."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="ticks")
    step = models.CharField(max_length=40)
    n = models.PositiveSmallIntegerField(default=1, help_text="The how-manieth time, for steps that repeat")
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    said = models.JSONField(default=dict)
    as_backup = models.BooleanField(default=False, help_text="By whoever stands in for the post whose step it is")
    skipped_because = models.CharField(max_length=LONGEST, blank=True)
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("at", "pk")
        constraints = (models.UniqueConstraint(fields=["run", "step", "n"], name="procedure_tick_once"),)

    def __str__(self) -> str:
        return f"tick {self.pk}"

    @transaction.atomic
    def take_back(self, *, by: User) -> bool:
        """It was not so after all; False when it was taken back already."""
        fresh = {"taken_back_at": clock.now(), "taken_back_by": by}
        if not Tick.objects.filter(pk=self.pk, taken_back_at=None).update(**fresh):
            return False
        Event.log(self.run, "step_taken_back", by=by, step=self.step, n=self.n)
        return True


def is_turn(procedure: Procedure, step: Step) -> Q:
    """Whether a step that people tick is next, asked of the subjects of its checklist.

    Only for steps that wait for nothing but other ticks: what a machine sees is in no tick.
    """
    before = [one.code for one in procedure.steps if step.code in one.blocks]
    return Q(~_ticked(procedure.code, step.code), *(_ticked(procedure.code, code) for code in before))


def _ticked(procedure: str, step: str) -> Exists:
    ticks = Tick.objects.filter(run__procedure=procedure, step=step, taken_back_at=None)
    return Exists(ticks.filter(run__subject_id=OuterRef("pk")))
