"""Questions about many clocks, and what is done to many at once."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Final, Self

from django.db import connection, models
from django.db.models import Case, F, Q, When

from accounts.models import team_of
from fleetcs import clock
from fleetcs.models import User
from fleetcs.models.stored import columns_of, marks_of, placed, stored
from fleetcs.posts import OWN
from support.counting import is_past_due
from support.kinds import ClockKind
from support.models.alert import Alert
from support.models.tally import StaleDay

if TYPE_CHECKING:
    from support.models.clock import Clock
    from support.models.recounting import Shown

RESOLVED, MERGED = "resolved", "merged"
ENDINGS = frozenset({RESOLVED, MERGED})  # with these a ticket ends; for any other reason a promise is taken back

# What a ticket copies of its clocks, which have a history of their own: many thousands move at once in a recount.
DERIVED: Final = (
    *("due_at", "target_at", "at_risk_at", "first_response_at", "acknowledge_by"),
    *("next_due_at", "queue_at"),
)

BEGIN: Final = """
    WITH begun AS (INSERT INTO support_clock {columns} VALUES {rows} RETURNING id, kind), armed AS (
        INSERT INTO support_alert (clock_id, threshold, due_at, state)
        SELECT begun.id, told.threshold, told.due_at, 'armed'
        FROM unnest(%s::text[], %s::text[], %s::timestamptz[]) AS told (kind, threshold, due_at) JOIN begun USING (kind)
    ), marked AS (INSERT INTO support_staleday ("on") SELECT unnest(%s::date[]))
    SELECT kind, id FROM begun
"""


class ClockQuerySet(models.QuerySet["Clock"]):
    """Clocks."""

    def visible_to(self, user: User) -> Self:
        """Clocks of the tickets and threads a person may read."""
        scope = user.scope("ticket.see")
        if scope == OWN:
            own = team_of(user, "ticket__account__") | team_of(user, "thread__channel__account__")
            return self.filter(own | Q(ticket__assignee=user) | Q(ticket__requester=user))
        if scope:
            return self
        return self.filter(ticket__requester=user) if user.is_active else self.none()

    def for_explaining(self) -> Self:
        """With all that an explanation reads."""
        return self.select_related("ticket", "thread", "rule__policy", "hours")

    def running(self) -> Self:
        return self.filter(stopped_at=None, withdrawn_at=None)

    def promised(self) -> Self:
        """Clocks of the contract's promise, never mixed with internal targets (SLA-21)."""
        return self.filter(kind=ClockKind.RESPONSE)

    def late(self, now: datetime) -> Self:
        """Running clocks whose due moment has passed."""
        return self.running().filter(due_at__lt=now)

    def stop(self, at: datetime, *, by: User | None) -> int:
        """Stop these clocks at a moment, also those that resolving has ended after it: a reply that is heard of late
        counts alike (R4). Returns how many."""
        is_open = Q(withdrawn_at=None) | Q(withdrawn_reason=RESOLVED, withdrawn_at__gt=at)
        ending = self.filter(is_open, stopped_at=None).select_for_update()
        return sum(one.stop(at, by=by) for one in ending.order_by("pk"))

    def begin(self, clocks: "Sequence[Clock]") -> None:
        """Store clocks that were made ready, each of another kind, with their alerts, and mark their days to be counted
        again, in one statement; call it inside the verb's transaction."""
        armed = [(one.kind, *each) for one in clocks for each in one.thresholds.items() if each[1]]
        told = [[each[place] for each in armed] for place in range(3)]
        days = list({one.received_on for one in clocks})
        with connection.cursor() as cursor:
            cursor.execute(_begin(self.model, len(clocks)), [*placed(clocks), *told, days])
            keys = dict(cursor.fetchall())
        for one in clocks:
            one.pk = keys[one.kind]
            stored(one)

    def moments(self) -> dict[str, datetime | None]:
        """What a ticket's list columns say, from its clocks."""
        return moments_of(list(self.order_by("pk")))

    def withdraw(self, reason: str) -> int:
        """Take these running clocks back: their promise no longer exists, their history does. One that was already
        missed stays missed. As many statements for a thousand as for one; returns how many."""
        running = self.running().select_for_update().order_by("pk").values_list("pk", "kind", "due_at", "received_on")
        if found := list(running):
            now, pks = clock.now(), [one[0] for one in found]
            late = [pk for pk, kind, due_at, _ in found if is_past_due(kind, due_at, now)]
            missed = Case(When(pk__in=late, then=True), default=F("missed"))
            self.model._default_manager.filter(pk__in=pks).update(
                withdrawn_at=now, withdrawn_reason=reason, missed=missed
            )
            Alert.objects.filter(clock__in=pks).disarm()
            StaleDay.mark(*(one[3] for one in found))
        return len(found)


@cache
def _begin(model: type[models.Model], number: int) -> str:
    return BEGIN.format(columns=columns_of(model), rows=", ".join([marks_of(model)] * number))


def moments_of[One: (Clock, Shown)](clocks: "Sequence[One]") -> dict[str, datetime | None]:
    """What a ticket's list columns say: the moments of the last contract clock, and of what still runs."""
    contract = next((one for one in reversed(clocks) if one.kind != ClockKind.ACKNOWLEDGE), None)
    if contract and contract.withdrawn_at and contract.withdrawn_reason not in ENDINGS:
        contract = None  # it was taken back: nothing is promised any more (#4353)
    running = [one for one in clocks if one.is_running and one.due_at]
    internal = [one.due_at for one in running if one.kind == ClockKind.ACKNOWLEDGE]
    return {
        "due_at": getattr(contract, "due_at", None),
        "target_at": getattr(contract, "target_at", None),
        "at_risk_at": getattr(contract, "at_risk_at", None),
        "first_response_at": getattr(contract, "stopped_at", None),
        "acknowledge_by": next(iter(internal), None),
        "next_due_at": min((one.due_at for one in running if one.due_at), default=None),
    }
