"""Checklists as they are worked through: a run for one subject, and a tick for each step done (house: one engine)."""

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.module_loading import import_string

from fleetcs import clock
from fleetcs.models.event import Event
from fleetcs.models.person import User
from fleetcs.procedures import Procedure, Step, faults


def procedure_of(code: str) -> Procedure:
    """The checklist that an app has listed under a code. Raises LookupError when none has."""
    for app in apps.get_app_configs():
        if path := getattr(app, "procedures", {}).get(code):
            found: Procedure = import_string(path)
            return found
    raise LookupError(f"No app lists a procedure {code!r}.")


class RunQuerySet(models.QuerySet["Run"]):
    """Checklists being worked through."""

    def of(self, subject: models.Model, code: str) -> "Run | None":
        """The run of that checklist for one record, if it has begun."""
        kind = ContentType.objects.get_for_model(subject)
        return self.filter(subject_type=kind, subject_id=subject.pk, procedure=code).first()

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
        list(Run.objects.select_for_update().filter(pk=self.pk))
        procedure = procedure_of(self.procedure)
        step, ticks = procedure.step(code), list(self.ticks.filter(step=code))
        refused = faults(procedure, step, facts or {}, self.ticked(), said)
        if refused:
            raise ValidationError({name or "__all__": why for name, why in refused.items()})
        kept = {each.code: said.get(each.code, "").strip() for each in step.evidence}
        tick = self.ticks.create(step=code, n=len(ticks) + 1, by=by, said={k: v for k, v in kept.items() if v})
        Event.log(self, "step_ticked", by=by, step=code, n=tick.n)
        return tick


class Tick(models.Model):
    """One step done: by whom, when, and what they said with it."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="ticks")
    step = models.CharField(max_length=40)
    n = models.PositiveSmallIntegerField(default=1, help_text="The how-manieth time, for steps that repeat")
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    said = models.JSONField(default=dict)
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
