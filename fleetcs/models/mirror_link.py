"""Which record over there is which record here, what both sides last agreed on, and what a person must decide."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Cast
from django.urls import reverse

from fleetcs import clock
from fleetcs.mirrors.mapping import label_of
from fleetcs.models.event import Event
from fleetcs.models.mirror import Mirror
from fleetcs.models.person import User

PROBLEMS = {
    "empty": "has no value over there, and has to have one here",
    "too_long": "is longer than it can be here",
    "not_valid": "is not what it should be",
    "taken": "stands on another record here",
    "unknown": "leads to a record that is not here",
    "refused": "was refused: it breaks a rule of ours, or of the database",
}


class MirrorLinkQuerySet(models.QuerySet["MirrorLink"]):
    """Links."""

    def live(self) -> Self:
        """Records that exist over there, as far as we know, and have one of ours."""
        return self.filter(gone_at=None).exclude(record_id=None).exclude(salesforce_id=None)

    def skipped(self) -> Self:
        """Rows that could not become a record of ours as they are."""
        return self.exclude(problem="").filter(gone_at=None)

    def forget(self, field: str) -> None:
        """What was known of a field counts as never read: where the sides never met, an empty one wipes out nothing."""
        key = Cast(models.Value(field), models.TextField())
        names = ("base", "theirs", "sent", "awaits")
        self.update(**{name: models.Func(name, key, template="(%(expressions)s)", arg_joiner=" - ") for name in names})

    def of(self, mirror_code: str, record_pk: int) -> "MirrorLink | None":
        """The link of one of our records; a gone one only when no other stands."""
        mine = self.filter(mirror__code=mirror_code, record_id=record_pk)
        return mine.select_related("mirror").order_by(models.F("gone_at").desc(nulls_first=True), "-pk").first()


class MirrorLink(models.Model):
    """One record of Salesforce and ours. `key` is our id over there: sending a new record twice makes one."""

    mirror = models.ForeignKey(Mirror, models.CASCADE, related_name="links")
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    salesforce_id = models.CharField(max_length=18, null=True)  # noqa: DJ001 - unknown until it was sent
    record_id = models.BigIntegerField(null=True)
    base = models.JSONField(default=dict, help_text="Values both sides last agreed on")
    theirs = models.JSONField(default=dict, help_text="Values as last read over there")
    sent = models.JSONField(default=dict, help_text="Values on their way, or sent last")
    awaits = models.JSONField(default=dict, help_text="References to records that are not here yet")
    digest = models.CharField(max_length=32, blank=True, help_text="Of what was read; empty: read again")
    stamp = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)
    master_id = models.CharField(max_length=18, blank=True, help_text="The record it was merged into over there")
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, related_name="merged")
    problem = models.CharField(max_length=20, blank=True)
    problem_field = models.CharField(max_length=60, blank=True)
    rival_id = models.BigIntegerField(null=True, help_text="Our record that has the value already")

    objects = MirrorLinkQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["mirror", "salesforce_id"], name="mirror_link_once"),
            models.UniqueConstraint(
                fields=["mirror", "record_id"], name="mirror_link_of_record", condition=Q(gone_at=None)
            ),
        )
        indexes = (
            models.Index(fields=["mirror", "record_id"], name="mirror_link_record"),
            models.Index(fields=["mirror"], name="mirror_link_skipped", condition=~Q(problem="")),
            models.Index(fields=["mirror"], name="mirror_link_awaits", condition=~Q(awaits={})),
        )

    def __str__(self) -> str:
        return f"link {self.pk}"

    @property
    def reason(self) -> str:
        """Why the row was skipped, in words."""
        field = label_of(self.mirror.code, self.problem_field) if self.problem_field else "It"
        return f"{field} {PROBLEMS.get(self.problem, self.problem)}" if self.problem else ""

    @transaction.atomic
    def adopt(self, *, by: User) -> bool:
        """The record here that has its value already is the same company or person: they are one from now on."""
        link = MirrorLink.objects.select_for_update().get(pk=self.pk)
        if link.problem != "taken" or link.rival_id is None:
            return False
        if MirrorLink.objects.filter(mirror=link.mirror_id, record_id=link.rival_id, gone_at=None).exists():
            return False
        link.record_id, link.rival_id, link.problem, link.problem_field, link.digest = link.rival_id, None, "", "", ""
        link.save(update_fields=["record_id", "rival_id", "problem", "problem_field", "digest"])
        Event.log(link, "mirror_adopted", by=by)
        return True


class ConflictQuerySet(models.QuerySet["Conflict"]):
    """Conflicts."""

    def open(self) -> Self:
        return self.filter(settled_at=None)


class Conflict(models.Model):
    """One field that was changed on both sides: nothing is overwritten until a person has chosen."""

    class Settled(models.TextChoices):
        OURS = "ours", "Ours stands"
        THEIRS = "theirs", "Theirs stands"
        AGREED = "agreed", "The sides agree again"
        GONE = "gone", "It is gone over there"

    link = models.ForeignKey(MirrorLink, models.CASCADE, related_name="conflicts")
    field = models.CharField(max_length=60)
    base = models.JSONField(null=True)
    ours = models.JSONField(null=True)
    theirs = models.JSONField(null=True)
    opened_at = models.DateTimeField(default=clock.now)
    settled = models.CharField(max_length=6, choices=Settled.choices, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = ConflictQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["link", "field"], name="conflict_once", condition=Q(settled_at=None)),
        )

    def __str__(self) -> str:
        return f"conflict {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("conflicts")

    def reopen(self, again: "Conflict") -> None:
        """It was not settled after all: it stays, with what the one that was opened in its place says."""
        said = {"base": again.base, "ours": again.ours, "theirs": again.theirs}
        again.delete()
        Conflict.objects.filter(pk=self.pk).update(settled="", settled_at=None, settled_by=None, **said)

    def close(self, settled: str, *, by: User | None = None) -> bool:
        """Write how it ended; False when it has ended already."""
        ended: dict[str, Any] = {"settled": settled, "settled_at": clock.now(), "settled_by": by}
        return bool(Conflict.objects.open().filter(pk=self.pk).update(**ended))
