"""What the managers' page adds up, from facts the verbs have stored (SLA-21, P7).

Days that nobody has touched since come from the tallies, all others live from their clocks: so the figures are exact
at every moment, and do not grow with the tickets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BooleanField,
    Count,
    DateField,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce

from accounts.models import team_of
from fleetcs.models import User
from fleetcs.posts import OWN
from support.figures import ENDED, STATES, STEPS
from support.models.clock import Clock
from support.models.running import ClockQuerySet
from support.models.tally import ResponseTally, SourceTally, StaleDay, Tally

type Rows = list[dict[str, Any]]

DIMENSIONS: Final = ("kind", "tier", "priority", "inside")
INTERNAL: Final = Clock.Kind.ACKNOWLEDGE


def in_state(now: Any) -> dict[str, Q]:
    """For each state of `figures.STATES` the clocks that are in it; every clock is in exactly one."""
    ended = Q(stopped_at__isnull=False) | Q(withdrawn_at__isnull=False)
    past = Q(due_at__lt=now) | Q(due_at=now, kind=INTERNAL)
    open_ = Q(stopped_at=None, withdrawn_at=None, due_at__isnull=False)
    at_risk = Q(at_risk_at__isnull=False, at_risk_at__lte=now)
    return {
        "kept": Q(missed=False, due_at__isnull=False, withdrawn_at=None, stopped_at__isnull=False),
        "missed": Q(missed=True) & ended,
        "late": open_ & past,
        "at_risk": open_ & ~past & at_risk,
        "running": open_ & ~past & ~at_risk,
        "none": Q(due_at=None) & (Q(missed=False) | Q(stopped_at=None, withdrawn_at=None)),
        "withdrawn": Q(missed=False, due_at__isnull=False, withdrawn_at__isnull=False),
    }


@dataclass(frozen=True)
class Scope:
    """Which clocks are counted: a time, what the tallies know as well (`facts`), and what only the clocks know."""

    first: date
    last: date
    facts: Mapping[str, Any] = field(default_factory=dict)
    narrow: Q = field(default_factory=Q)

    def clocks(self) -> ClockQuerySet:
        """The clocks themselves."""
        return Clock.objects.filter(self.narrow, received_on__range=(self.first, self.last), **self.facts)

    def is_known(self, *knows: str) -> bool:
        """Whether sums that know these facts can tell what is asked for."""
        return not self.narrow and not set(self.facts) - set(knows)

    def settled(self, tally: QuerySet[Any], stale: Any, *knows: str) -> QuerySet[Any]:
        """The sums of the days that are not `stale`."""
        if not self.is_known(*knows):
            return tally.none()
        return tally.filter(~among("on", stale), on__range=(self.first, self.last), **self.facts)

    def live(self, *knows: str) -> ClockQuerySet:
        """The clocks that have to be counted one by one: of the days to be recounted, or all of them where sums
        cannot tell."""
        return self.clocks().filter(among("received_on", STALE)) if self.is_known(*knows) else self.clocks()

    def running(self) -> ClockQuerySet:
        """The clocks that run, found by that: there are few, whatever the time. Of a plain range PostgreSQL expects
        next to nothing, and sorts the thousands there are instead of counting them as they come."""
        within = ExpressionWrapper(Q(received_on__range=(self.first, self.last)), BooleanField())
        running = Clock.objects.running().filter(self.narrow, due_at__isnull=False, **self.facts)
        return running.filter(Coalesce(within, False))


# The days to be recounted. An array is read first; a subquery of unknown size makes PostgreSQL read every clock.
STALE: Final = ArraySubquery(StaleDay.objects.values("on").distinct())


def among(day: str, days: Any) -> Func:
    """Whether a day is one of an array of days."""
    return Func(F(day), days, template="(%(expressions)s))", arg_joiner=" = ANY(", output_field=BooleanField())


def seen_by(user: User) -> Q:
    """What narrows the figures for a person: those who see their own accounts only are counted only those."""
    return team_of(user, "account__") if user.scope("figures.see") == OWN else Q()


# --- sums of settled days, and clocks one by one ----------------------------------------------------------------------
def settled(scope: Scope, stale: Any) -> dict[str, QuerySet[Any]]:
    """Sums of whole days, as the tallies have them."""
    numbers = {f"in_{state}": Sum(state) if state in ENDED else Value(0) for state in STATES}
    steps = scope.settled(ResponseTally.objects.order_by(), stale, "tier", "inside")
    ways = scope.settled(SourceTally.objects.order_by(), stale)
    return {
        "promises": _by_week(scope.settled(Tally.objects.all(), stale, *DIMENSIONS), "on", numbers),
        "responses": steps.values("tier", "inside", week=Monday("on"), step=F("minutes"), number=F("responses")),
        "sources": ways.values("source").annotate(number=Sum("tickets")),
    }


def live(scope: Scope, now: Any) -> dict[str, QuerySet[Any]]:
    """The same of clocks that are counted one by one."""
    spent = answered(scope.live("tier", "inside")).order_by()
    steps = spent.values("tier", "inside", week=Monday("received_on"), step=Step(SPENT))
    ways = tickets(scope.live()).order_by().values(source=F("ticket__source"))
    return {
        "promises": promises(scope, now),
        "responses": steps.annotate(number=Count("pk")),
        "sources": ways.annotate(number=Count("pk")),
    }


# --- how many ended how -----------------------------------------------------------------------------------------------
def promises(scope: Scope, now: Any) -> Any:
    """Clocks by week, kind, tier, priority and side of the hours, and how many of them are in which state."""
    if not scope.is_known(*DIMENSIONS):
        return _by_week(scope.clocks(), "received_on", _numbers(now, tuple(STATES)))
    ended = _by_week(scope.live(*DIMENSIONS), "received_on", _numbers(now, ENDED))
    open_states = tuple(state for state in STATES if state not in ENDED)
    return ended.union(_by_week(scope.running(), "received_on", _numbers(now, open_states)), all=True)


def _numbers(now: Any, counted: Sequence[str]) -> dict[str, Any]:
    found = in_state(now)
    return {f"in_{state}": Count("pk", filter=found[state]) if state in counted else Value(0) for state in STATES}


class Monday(Func):
    """The Monday of a day, as a date: whole days counted from one. Truncating to weeks costs ten times as much, and
    extracting the day of the week four times."""

    template = "(%(expressions)s - (%(expressions)s - DATE '0001-01-01') %%%% 7)"
    output_field = DateField()


def _by_week(rows: QuerySet[Any], day: str, numbers: Mapping[str, Any]) -> Any:
    return rows.order_by().values(*DIMENSIONS, week=Monday(day)).annotate(**numbers)


def by(scope: Scope, column: str, name: str, now: datetime, most: int) -> Rows:
    """The contract's promises by account, person or channel, those with most of them first; always live."""
    grouped = scope.clocks().promised().order_by().values(key=F(f"{column}_id"), label=F(f"{column}__{name}"))
    counted = grouped.annotate(**_numbers(now, tuple(STATES)), number=Count("pk")).order_by("-number", "key")
    return [dict(row) for row in counted[:most]]


# --- how long first responses took, and which way tickets came -------------------------------------------------------
class Step(Func):
    """The step of `figures.STEPS` that the time from start to stop falls into, as `figures.step_of` does it."""

    edges = f"ARRAY[{', '.join(map(str, STEPS))}]"
    minutes = "CEIL(EXTRACT(EPOCH FROM %(expressions)s) / 60)::int"
    template = f"({edges})[LEAST(width_bucket({minutes} - 1, {edges}) + 1, {len(STEPS)})]"
    output_field = IntegerField()


SPENT: Final = F("stopped_at") - F("started_at")


def answered(clocks: ClockQuerySet) -> ClockQuerySet:
    """Contract clocks that a colleague's answer has stopped."""
    return clocks.promised().filter(stopped_at__isnull=False)


def tickets(clocks: ClockQuerySet) -> ClockQuerySet:
    """One clock for each ticket: the first that is not about a single message. What was imported as settled is none."""
    found = clocks.filter(generation=1, ticket__isnull=False)
    return found.exclude(kind=INTERNAL).exclude(kind=Clock.Kind.IMPORTED)
