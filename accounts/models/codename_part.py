"""The three places where a codename has to stand: what is known of each, and what is still to be done there."""

from typing import Any, Self

from django.db import models, transaction
from django.db.models import F, Q

from accounts import codenames
from accounts.models.codename import Codename
from fleetcs import clock
from fleetcs.effects import emit
from fleetcs.models import Effect, User


class CodenamePartQuerySet(models.QuerySet["CodenamePart"]):
    """Places of codenames."""

    def not_standing(self) -> Self:
        """Where a codename does not stand as it should."""
        return self.filter(~Q(settled=F("generation")) | Q(wanted=False) | ~Q(drift=""))

    def needing_a_person(self) -> Self:
        """What was refused, or is otherwise over there than we left it."""
        return self.filter(~Q(refused="") | ~Q(drift=""))

    def give_up(self) -> None:
        """Never do what was still to be done; orders that are on their way are void."""
        self.update(wanted=False, generation=F("generation") + 1, settled=F("generation") + 1, refused="")


class CodenamePart(models.Model):
    """One place of one codename. `generation` counts what was asked for, `settled` the last of these that was done."""

    class Place(models.TextChoices):
        PUBLIC = "public", "Public label"
        CONFIDENTIAL = "confidential", "Confidential label"
        SALESFORCE = "salesforce", "Salesforce's GitHub label"

    class Drift(models.TextChoices):
        RENAMED = "renamed", "Renamed over there"
        DELETED = "deleted", "Deleted over there"
        DESCRIBED = "described", "Described otherwise over there"

    codename = models.ForeignKey(Codename, models.CASCADE, related_name="parts")
    place = models.CharField(max_length=12, choices=Place.choices)
    wanted = models.BooleanField(default=True)
    generation = models.PositiveIntegerField(default=1)
    settled = models.PositiveIntegerField(default=0)
    settled_at = models.DateTimeField(null=True)
    external_id = models.CharField(max_length=50, blank=True, help_text="Its id over there; in Salesforce its value")
    ours = models.BooleanField(default=False, help_text="Made by us, not found")
    is_adopted = models.BooleanField(default=False, help_text="Taken over as it was, and not written to since")
    agreed = models.CharField(max_length=100, blank=True, help_text="What its description said when it was taken over")
    refused = models.CharField(max_length=80, blank=True)
    drift = models.CharField(max_length=9, choices=Drift.choices, blank=True)
    drift_at = models.DateTimeField(null=True)

    objects = CodenamePartQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["codename", "place"], name="codename_part_once"),
            models.CheckConstraint(condition=Q(settled__lte=F("generation")), name="codename_part_in_turn"),
        )
        indexes = (models.Index(fields=["place", "external_id"], name="codename_part_there"),)

    def __str__(self) -> str:
        return f"codename part {self.pk}"

    @property
    def is_settled(self) -> bool:
        """Whether what was asked for last is done."""
        return self.settled == self.generation

    @property
    def is_standing(self) -> bool:
        return self.wanted and self.is_settled and not self.drift

    @property
    def is_well(self) -> bool:
        """Whether it is as asked for, be that there or taken back."""
        return self.is_settled and not self.drift

    @property
    def description(self) -> str:
        """What the label says here: the public one nothing, the confidential one whose codename it is.

        One that was taken over says what it said before, until it is settled anew.
        """
        if self.is_adopted:
            return self.agreed
        return codenames.NEUTRAL if self.place == self.Place.PUBLIC else self.codename.description

    @property
    def state(self) -> str:
        """How it stands, as a word: standing, waiting, refused, undone, or how it has drifted."""
        if not self.is_settled:
            return "refused" if self.refused else "waiting"
        return (self.drift or "standing") if self.wanted else "undone"

    def order(self, *, by: User | None) -> Effect | None:
        """Emit what settles this place; ids only, so that no row of the queue holds a name."""
        args = {"part": self.pk, "generation": self.generation}
        kind = "salesforce.github_label" if self.place == self.Place.SALESFORCE else "github.label"
        return emit(
            kind, key=f"codename:{self.pk}:{self.generation}", args=args, order=f"codename:{self.codename_id}", by=by
        )

    def note_making(self, *, ours: bool) -> None:
        """It is not there and we are about to make it: whatever happens now, what is found there later is ours."""
        CodenamePart.objects.filter(pk=self.pk).update(ours=ours)
        self.ours = ours

    @transaction.atomic
    def note_drift(self, drift: str) -> None:
        """How it differs over there from what we left there; "" when it does not. Told once."""
        mine = CodenamePart.objects.filter(pk=self.pk, generation=F("settled")).exclude(drift=drift)
        if mine.update(drift=drift, drift_at=clock.now() if drift else None) and drift:
            self.codename.log("codename_drifted", place=self.place, drift=drift)

    @transaction.atomic
    def note_settled(self, generation: int, external_id: str) -> None:
        """What was asked for is done over there; the next place follows. An older order's answer changes nothing."""
        self.codename.hold()
        mine = CodenamePart.objects.filter(pk=self.pk, generation=generation)
        told: dict[str, Any] = {"settled": generation, "settled_at": clock.now(), "refused": "", "drift": ""}
        if mine.update(**told, drift_at=None, external_id=external_id[:50]):
            self.codename.log("codename_settled", place=self.place)
            self.codename.go_on()

    @transaction.atomic
    def note_refused(self, generation: int, code: str) -> None:
        """It cannot be done over there; a person has to look."""
        self.codename.hold()
        if CodenamePart.objects.filter(pk=self.pk, generation=generation).update(refused=code[:80]):
            self.codename.log("codename_refused", place=self.place, code=code)
