"""Questions about many clocks, and what is done to many at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from accounts.models import team_of
from fleetcs.models import User
from fleetcs.posts import OWN
from support.kinds import ClockKind
from support.models.alert import Alert
from support.models.tally import StaleDay

if TYPE_CHECKING:
    from support.models.clock import Clock

RESOLVED, MERGED = "resolved", "merged"
ENDINGS = frozenset({RESOLVED, MERGED})  # with these a ticket ends; for any other reason a promise is taken back


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
        """Store clocks that were made ready, with their alerts; call it inside the verb's transaction."""
        self.bulk_create(clocks)
        Alert.arm_new(clocks)
        StaleDay.mark(*(one.received_on for one in clocks))

    def moments(self) -> dict[str, datetime | None]:
        """What a ticket's list columns say, from its clocks."""
        return moments_of(list(self.order_by("pk")))

    def withdraw(self, reason: str) -> int:
        """Take these running clocks back: their promise no longer exists, their history does."""
        return sum(one.withdraw(reason) for one in self.running().select_for_update().order_by("pk"))


def moments_of(clocks: "Sequence[Clock]") -> dict[str, datetime | None]:
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
