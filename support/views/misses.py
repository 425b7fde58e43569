"""The newest misses on the managers' page: whose, when they were due, and why, each asked for in one key (SLA-21).

Every text is made here, as for the rows of the queue: ten of them in a template cost as much as the rest of the page.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.safestring import SafeString

from fleetcs.models.written import Written
from fleetcs.templatetags import kit
from support.models import Clock
from support.models.figures import Scope
from support.models.summing import HOLES
from support.sla import Tier
from support.templatetags.clocks import cause_buttons
from support.views.rows import moment

MOST: Final = 10
SHOWN: Final = (
    "pk",
    "ticket_id",
    "thread_id",
    "tier",
    "priority",
    "cause",
    "cause_note",
    "due_at",
    "stopped_at",
    "withdrawn_at",
    "ticket__subject",
    "account__name",
    "person__name",
)


def newest(scope: Scope) -> list[dict[str, Any]]:
    """The newest misses of the contract's promise, and one more if there is; the whole list is behind the number."""
    if scope.narrow:
        return list(_misses(scope))
    return WRITTEN(tuple(sorted(scope.facts)), first=scope.first, last=scope.last, **scope.facts)


def _misses(scope: Scope) -> QuerySet[Any, Any]:
    missed = scope.clocks().promised().filter(missed=True).order_by("-received_on", "-pk")
    found: QuerySet[Any, Any] = missed.values(*SHOWN)[: MOST + 1]
    return found


WRITTEN: Final = Written(
    lambda facts, first, last, **known: _misses(Scope(first, last, {name: known[name] for name in facts})), **HOLES
)


@dataclass(frozen=True, slots=True)
class Miss:
    """One row: a link with what it is about, its facts, and what is known or asked about its cause."""

    url: str
    subject: str
    facts: SafeString
    end: SafeString

    @classmethod
    def of(cls, row: dict[str, Any], here: dict[str, Any], *, may_work: bool) -> Self:
        subject = row["ticket__subject"] if row["ticket_id"] else f"Slack thread {row['thread_id']}"
        return cls(f"/clocks/{row['pk']}/", subject, _facts(row, here), _end(row, may_work=may_work))


def rows_of(found: list[dict[str, Any]], now: datetime, zone: ZoneInfo, *, may_work: bool) -> list[Miss]:
    """The rows of the page, without the one that only says that there are more."""
    return [Miss.of(row, {"now": now, "zone": zone}, may_work=may_work) for row in found[:MOST]]


def _facts(row: dict[str, Any], here: dict[str, Any]) -> SafeString:
    number = f"#{row['ticket_id']}" if row["ticket_id"] else ""
    whose = (number, f"{Tier(row['tier']).label} {row['priority']}", row["account__name"], row["person__name"])
    due = f"due {moment(row['due_at'], here)}{_ended(row, here)}"
    return SafeString(" · ".join([*(kit.escaped(one) for one in whose if one), due]))


def _ended(row: dict[str, Any], here: dict[str, Any]) -> str:
    if row["stopped_at"]:
        return f", answered {moment(row['stopped_at'], here)}"
    return "" if row["withdrawn_at"] else ", still open"


def _end(row: dict[str, Any], *, may_work: bool) -> SafeString:
    """The cause with the way to another one; else a button for each, or that there is none."""
    address = f"/clocks/{row['pk']}/cause/"
    if row["cause"]:
        note = f": {kit.escaped(row['cause_note'])}" if row["cause_note"] else ""
        whose = f"ticket {row['ticket_id']}" if row["ticket_id"] else f"thread {row['thread_id']}"
        change = f'Change<span class="visually-hidden"> the cause of {whose}</span>'
        cause = f'{Clock.Cause(row["cause"]).label}{note} <a class="no-print" href="{address}" data-panel>{change}</a>'
        return SafeString(f"<span>{cause}</span>")
    if may_work:
        return SafeString(f'<span class="row-line no-print">{cause_buttons(address)}</span>')
    return SafeString('<span class="quiet">No cause given yet</span>')
