"""The one history: what was done, to what, by whom and when; shown as the activity feed of every page."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models

from fleetcs import clock
from fleetcs.models.stored import store


class EventQuerySet(models.QuerySet["Event"]):
    """Entries of the activity feed, newest first."""

    def of(self, subject: models.Model) -> Self:
        """What happened to one record."""
        kind = ContentType.objects.get_for_model(subject)
        return self.filter(subject_type=kind, subject_id=subject.pk)

    def of_account(self, account_pk: int) -> Self:
        """What happened to an account and to everything that belongs to it."""
        return self.filter(account_pk=account_pk)

    def newest(self) -> Self:
        return self.select_related("by", "subject_type").order_by("-at", "-pk")


class Event(models.Model):
    """One entry, written inside the transaction of the verb it tells of. Facts hold ids, codes and moments."""

    subject_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    subject_id = models.BigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    account_pk = models.BigIntegerField(null=True)
    verb = models.CharField(max_length=60)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    facts = models.JSONField(default=dict)
    at = models.DateTimeField(default=clock.now)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["subject_type", "subject_id", "-at"], name="event_of_subject"),
            models.Index(fields=["account_pk", "-at"], name="event_of_account", condition=~models.Q(account_pk=None)),
        )

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_type_id}/{self.subject_id}"

    @classmethod
    def log(
        cls,
        subject: models.Model,
        verb: str,
        *,
        by: Any = None,
        account_pk: int | None = None,
        at: datetime | None = None,
        **facts: Any,
    ) -> "Event":
        """Write that `verb` was done to `subject`. Call it inside the verb's transaction."""
        entry = cls(
            subject_type=ContentType.objects.get_for_model(subject),
            subject_id=subject.pk,
            account_pk=account_pk,
            verb=verb,
            by=by,
            facts={name: plain(value) for name, value in facts.items()},
            at=at or clock.now(),
        )
        return store(entry)

    @property
    def words(self) -> str:
        """The verb as people read it: `priority_changed` is "priority changed"."""
        return self.verb.replace("_", " ")


def plain(value: Any) -> Any:
    """A fact as JSON keeps it: moments in ISO form, amounts of time in seconds, records by their key."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Decimal():
            return str(value)
        case Enum():
            return value.value
        case models.Model():
            return value.pk
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
    return value
