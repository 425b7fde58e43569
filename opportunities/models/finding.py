"""What the data checkup has found: which record breaks which rule, since when, and what becomes of it (SFD-01)."""

from datetime import datetime
from itertools import batched
from typing import Any, Final, Self

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from django.urls import reverse

from fleetcs import clock
from fleetcs.models import Event, User
from fleetcs.models.stale import held, hold
from fleetcs.posts import ALL, MAY, OWN
from opportunities.models.paperwork import insist

AT_ONCE: Final = 5_000
SHORTEST_REASON: Final = 3
NOT_ACCEPTED: Final[dict[str, Any]] = {"accepted_at": None, "accepted_by": None, "reason": ""}


class FindingQuerySet(models.QuerySet["Finding"]):
    """Findings."""

    def visible_to(self, user: User) -> Self:
        return user.within(self, "checkup.see", Q(owner=user))

    def strayed(self) -> Self:
        """Whose owner may no longer see any: their post has ended on a day that was known before."""
        return self.exclude(owner=None).exclude(owner__in=User.objects.of_groups(MAY["checkup.see"]).order_by())

    @transaction.atomic
    def hand_to(self, owner: User | None, *, by: User | None) -> None:
        """Give all of them to somebody else, in the same few statements however many they are."""
        pks = list(self.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
        self.model.objects.filter(pk__in=pks).update(owner=owner, version=F("version") + 1)
        told: dict[str, Any] = {"verb": "finding_changed", "by": by, "facts": {"fields": ["owner"]}}
        kind = ContentType.objects.get_for_model(self.model)
        Event.objects.bulk_create(Event(subject_type=kind, subject_id=pk, **told) for pk in pks)

    def standing(self) -> Self:
        """As they were when last looked at: open or accepted."""
        return self.filter(fixed_at=None)

    def open(self) -> Self:
        """Somebody still has to do something."""
        return self.standing().filter(accepted_at=None)

    def accepted(self) -> Self:
        return self.standing().exclude(accepted_at=None)

    def fixed(self) -> Self:
        return self.exclude(fixed_at=None)

    def compare(self, rule: str, broken: QuerySet[Any], whose: Combinable) -> None:
        """Let the standing findings of a rule be the records that break it now; `whose` are the new ones.

        One that was found before is the same row. What has come back counts from now on, and nobody has accepted it.
        Call it in the transaction of the checkup.
        """
        now, known, still = clock.now(), self.filter(rule=rule), Exists(broken.filter(pk=OuterRef("record")))
        known.fixed().filter(still).update(found_at=now, fixed_at=None, **NOT_ACCEPTED)
        known.standing().exclude(still).update(fixed_at=now)
        every = broken.model._default_manager.filter(pk__in=broken.values("pk")).order_by()
        fresh = every.exclude(Exists(known.filter(record=OuterRef("pk")))).annotate(whose=whose)
        told = fresh.values_list("pk", "whose").iterator(AT_ONCE)
        rows = (self.model(rule=rule, record=pk, owner_id=owner, found_at=now) for pk, owner in told)
        for some in batched(rows, AT_ONCE, strict=False):
            self.bulk_create(some, ignore_conflicts=True)

    @transaction.atomic
    def tell(self, rule: str, *, is_so: bool, note: str, by: User) -> None:
        """Somebody has seen in Salesforce whether it is as it should be; what is not is theirs at first."""
        now, known = clock.now(), self.filter(rule=rule, record=None)
        if is_so:
            known.standing().update(fixed_at=now)
            return
        known.accepted().exclude(note=note).update(found_at=now, note=note, **NOT_ACCEPTED)
        known.open().update(note=note)
        known.fixed().update(found_at=now, fixed_at=None, note=note, **NOT_ACCEPTED)
        self.get_or_create(rule=rule, record=None, defaults={"owner": by, "note": note, "found_at": now})

    def tallies(self, since: datetime) -> dict[str, dict[str, int]]:
        """By rule: how many are open and accepted, and how many came and went since a moment; one statement."""
        counts = {
            "open": Count("pk", filter=Q(fixed_at=None, accepted_at=None)),
            "accepted": Count("pk", filter=Q(fixed_at=None, accepted_at__isnull=False)),
            "new": Count("pk", filter=Q(fixed_at=None, found_at__gte=since)),
            "fixed": Count("pk", filter=Q(fixed_at__gte=since)),
        }
        rows = self.order_by().values_list("rule").annotate(**counts)
        return {rule: dict(zip(counts, found, strict=True)) for rule, *found in rows}


class Finding(models.Model):
    """One record that breaks one rule, or one thing that somebody saw in Salesforce (no record). Once for all runs."""

    rule = models.CharField(max_length=40, editable=False)
    record = models.BigIntegerField(null=True, editable=False, help_text="Its key; the rule says of what")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="findings", verbose_name="Owner"
    )
    note = models.CharField("Note", max_length=400, blank=True)
    found_at = models.DateTimeField(default=clock.now, editable=False)
    fixed_at = models.DateTimeField(null=True, editable=False, help_text="When it was first looked at and no longer so")
    accepted_at = models.DateTimeField(null=True, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    reason = models.CharField("Why it may stay", max_length=400, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    called = ""  # what its record is called, where that was read along (`checkup.with_names`)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ("-found_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["rule", "record"], name="finding_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None, reason="")
                | (Q(accepted_at__isnull=False, accepted_by__isnull=False) & ~Q(reason="")),
                name="finding_accepted_with_a_reason",
            ),
        )
        indexes = (models.Index(fields=["-found_at", "-id"], name="finding_newest"),)

    def __str__(self) -> str:
        return f"finding {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("opportunities:finding", args=[self.pk])

    def allows(self, user: User, action: str) -> bool:
        """Whether a person may do `action` with it: of the right post, or because it is theirs."""
        scope = user.scope(action)
        return scope == ALL or (scope == OWN and user.pk == self.owner_id)

    @property
    def state(self) -> tuple[str, str]:
        """How it stands: the tone of its dot and the word."""
        if self.fixed_at:
            return "good", "Fixed"
        return ("idle", "Accepted") if self.accepted_at else ("warn", "Open")

    @transaction.atomic
    def change(self, changes: dict[str, Any], *, by: User, version: int | None = None) -> None:
        """Give it to somebody, or note something. Raises Stale."""
        hold(self, version)
        for field, value in changes.items():
            setattr(self, field, value)
        self.full_clean()
        self.save(update_fields=[*changes, "version"])
        Event.log(self, "finding_changed", by=by, fields=sorted(changes))

    @transaction.atomic
    def accept(self, reason: str, *, by: User) -> None:
        """It may stay as it is, for this reason; it no longer counts, for as long as it stays."""
        held(self)
        insist(not self.fixed_at, "It is fixed already.")
        insist(not self.accepted_at, "It is accepted already.")
        insist(len(reason.strip()) >= SHORTEST_REASON, "Say why it may stay.")
        self.accepted_at, self.accepted_by, self.reason = clock.now(), by, reason.strip()
        self.save()
        Event.log(self, "finding_accepted", by=by)

    @transaction.atomic
    def reopen(self, *, by: User) -> None:
        """It may not stay after all."""
        held(self)
        insist(self.accepted_at, "It is not accepted.")
        for field, value in NOT_ACCEPTED.items():
            setattr(self, field, value)
        self.save()
        Event.log(self, "finding_reopened", by=by)
