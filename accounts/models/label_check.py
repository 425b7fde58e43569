"""Labels as they are over there, compared with the codenames by id: renamed, deleted, made by hand (F36 to F38).

A renamed or deleted label leaves no trace on issues and in no list of what changed: only the whole list tells.
"""

from collections.abc import Iterable
from typing import NamedTuple, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q

from accounts import confidential
from accounts.codenames import Prefix
from accounts.models.codename_part import CodenamePart
from accounts.models.private_words import private_words
from fleetcs import clock
from fleetcs.effects import emit
from fleetcs.models import Event, User
from fleetcs.posts import ALL
from fleetcs.working_day import day_of

REPOSITORIES = (CodenamePart.Place.PUBLIC, CodenamePart.Place.CONFIDENTIAL)
OURS = tuple(f"{prefix}-" for prefix in Prefix)


class Seen(NamedTuple):
    """A label as it is over there."""

    external_id: str
    name: str
    description: str


class StrayLabelQuerySet(models.QuerySet["StrayLabel"]):
    """Labels made by hand."""

    def waiting(self) -> Self:
        """Those that nobody has accepted; what holds a name cannot be accepted."""
        return self.filter(Q(accepted_by=None) | Q(kind=StrayLabel.Kind.NAMED))

    def visible_to(self, user: User) -> Self:
        """They are nobody's: those see them who see every codename."""
        return self if user.scope("codename.see") == ALL else self.none()

    def acceptable_by(self, user: User) -> Self:
        return self if user.scope("codename.retire") == ALL else self.none()


class StrayLabel(models.Model):
    """A label that somebody made by hand: of nobody's codename, or with a customer's name for all to read."""

    class Kind(models.TextChoices):
        UNKNOWN = "unknown", "Nobody's codename"
        NAMED = "named", "Holds what nobody outside may know"

    place = models.CharField(max_length=12, choices=CodenamePart.Place.choices)
    external_id = models.CharField(max_length=50)
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    found_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(default=clock.now)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = StrayLabelQuerySet.as_manager()

    class Meta:
        ordering = ("kind", "pk")
        constraints = (models.UniqueConstraint(fields=["place", "external_id"], name="stray_label_once"),)

    def __str__(self) -> str:
        return f"stray label {self.pk}"

    @transaction.atomic
    def accept(self, *, by: User) -> None:
        """Somebody has looked at it: it is listed no longer, unless it is found to hold a name."""
        self.accepted_by = by
        self.save(update_fields=["accepted_by"])
        Event.log(self, "label_accepted", by=by)


@transaction.atomic
def ask(*, by: User | None = None) -> None:
    """Have all labels of both repositories read and compared: once a day, or now when somebody wants to know."""
    now = clock.now()
    when = f"{by.pk}:{now:%Y%m%d%H%M%S}" if by else f"{day_of(now):%Y-%m-%d}"
    for place in REPOSITORIES:
        emit("github.labels", key=f"labels:{place}:{when}", args={"place": place}, by=by)


@transaction.atomic
def compare(place: str, labels: Iterable[Seen]) -> None:
    """Note what has become of our labels in one repository, and which ones there are beside them."""
    left = {label.external_id: label for label in labels}
    parts = CodenamePart.objects.filter(place=place, wanted=True, settled=F("generation")).exclude(external_id="")
    for part in parts.select_related("codename"):
        part.note_drift(drift_of(part, left.pop(part.external_id, None)))
    known = set(CodenamePart.objects.filter(place=place).values_list("external_id", flat=True))
    strays = stray(place, (label for label in left.values() if label.external_id not in known))
    now = clock.now()
    rows = [StrayLabel(place=place, **seen._asdict(), kind=kind) for seen, kind in strays]
    told = ["name", "description", "kind", "seen_at"]
    StrayLabel.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["place", "external_id"], update_fields=told
    )
    StrayLabel.objects.filter(place=place, seen_at__lt=now).delete()


def drift_of(part: CodenamePart, there: Seen | None) -> str:
    """How a label differs from what we left there; "" when it does not."""
    if there is None:
        return part.Drift.DELETED
    if there.name != part.codename.label:
        return part.Drift.RENAMED
    return "" if there.description == part.description else part.Drift.DESCRIBED


def stray(place: str, labels: Iterable[Seen]) -> list[tuple[Seen, str]]:
    """Labels that somebody has to look at: like a codename's, or in public with a name in them."""
    words, found = private_words(), []
    for label in labels:
        if place == CodenamePart.Place.PUBLIC and confidential.marks(f"{label.name}\n{label.description}", words):
            found.append((label, StrayLabel.Kind.NAMED.value))
        elif label.name.lower().startswith(OURS):
            found.append((label, StrayLabel.Kind.UNKNOWN.value))
    return found
