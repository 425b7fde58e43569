"""The weekly review of leads in figures: groups that add up to all open leads, ages, who waits too long (LEA-02)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Avg, Count, DateTimeField, DurationField, ExpressionWrapper, F, Min, Value

from opportunities import prospecting


@dataclass(frozen=True)
class Group:
    """The open leads of one status; ages in days. `late` is None while the company has set no target."""

    status: str
    count: int
    oldest: int
    average: int
    late: int | None

    @property
    def asked(self) -> str:
        """How the list of leads is asked for just these."""
        return self.status or prospecting.NO_STATUS


@dataclass(frozen=True)
class Aged:
    """A lead of the Open MQL list."""

    lead: Any
    age: int
    is_late: bool


def target() -> timedelta | None:
    """Within what time somebody is to answer a lead; the handbook gives no figure, so that there is none by default."""
    return timedelta(hours=settings.LEAD_RESPONSE_HOURS) if settings.LEAD_RESPONSE_HOURS else None


def groups(leads: Any, now: datetime) -> list[Group]:
    """One for each status, in alphabetical order."""
    age = ExpressionWrapper(Value(now, DateTimeField()) - F("created_at"), DurationField())
    told = leads.order_by("status").values("status").annotate(count=Count("pk"), first=Min("created_at"), mean=Avg(age))
    late = late_by_status(leads, now)
    return [
        Group(
            status=row["status"],
            count=row["count"],
            oldest=prospecting.age(row["first"], now),
            average=row["mean"].days,
            late=None if late is None else late.get(row["status"], 0),
        )
        for row in told
    ]


def late_by_status(leads: Any, now: datetime) -> dict[str, int] | None:
    """How many of each status nobody has answered within the target; None without one."""
    limit = target()
    if limit is None:
        return None
    waiting = leads.with_last_word(now).filter(created_at__lt=now - limit, last_word=None).order_by("status")
    return dict(waiting.values_list("status").annotate(count=Count("pk")))


def aged(leads: Iterable[Any], now: datetime) -> list[Aged]:
    """Leads that were asked for with their `last_word`."""
    limit = target()
    return [
        Aged(
            lead,
            prospecting.age(lead.created_at, now),
            prospecting.is_late(lead.created_at, lead.last_word, now, limit),
        )
        for lead in leads
    ]
