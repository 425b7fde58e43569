"""Many clocks at once: read as plain facts, counted by the rules of one, and written in a few statements (P10, P11)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.models import QuerySet

from fleetcs.hours import Hours
from fleetcs.models import OpeningHours
from support import counting, sla
from support.models.clock import Clock
from support.models.policy import SlaRule
from support.models.running import moments_of
from support.models.ticket import NEVER, Ticket

CLOCKS: Final = """
    WITH told AS (
        SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::bool[],
            %s::bool[]) AS told (id, due_at, target_at, at_risk_at, inside, missed)
    ), counted AS (
        UPDATE support_clock AS clock SET due_at = told.due_at, target_at = told.target_at,
            at_risk_at = told.at_risk_at, inside = told.inside, missed = told.missed
        FROM told WHERE clock.id = told.id RETURNING clock.id, clock.received_on
    ), moments AS (
        SELECT told.id, each.threshold, each.due_at FROM told CROSS JOIN LATERAL (VALUES ('at_risk', told.at_risk_at),
            ('target', told.target_at), ('missed', told.due_at)) AS each (threshold, due_at)
    ), disarmed AS (
        UPDATE support_alert AS alert SET state = 'cancelled' FROM moments WHERE alert.clock_id = moments.id
            AND alert.threshold = moments.threshold AND moments.due_at IS NULL AND alert.state = 'armed'
    ), armed AS (
        INSERT INTO support_alert AS alert (clock_id, threshold, due_at, state)
        SELECT id, threshold, due_at, 'armed' FROM moments WHERE due_at IS NOT NULL
        ON CONFLICT (clock_id, threshold) DO UPDATE SET due_at = EXCLUDED.due_at,
            state = CASE alert.state WHEN 'cancelled' THEN 'armed' ELSE alert.state END
        WHERE alert.due_at <> EXCLUDED.due_at OR alert.state = 'cancelled'
    )
    INSERT INTO support_staleday ("on") SELECT DISTINCT received_on FROM counted
"""
TICKETS: Final = """
    WITH told AS (
        SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[],
            %s::timestamptz[], %s::timestamptz[], %s::text[]) AS told (id, due_at, target_at, at_risk_at,
            first_response_at, acknowledge_by, next_due_at, words)
    ), moved AS (
        UPDATE support_ticket AS ticket SET due_at = told.due_at, target_at = told.target_at,
            at_risk_at = told.at_risk_at, first_response_at = told.first_response_at,
            acknowledge_by = told.acknowledge_by, next_due_at = told.next_due_at,
            queue_at = COALESCE(told.next_due_at, %s)
        FROM told WHERE ticket.id = told.id RETURNING ticket.id, ticket.account_id, told.words
    )
    INSERT INTO fleetcs_event (subject_type_id, subject_id, account_pk, verb, facts, at)
    SELECT %s, id, account_id, 'recounted', %s::jsonb || jsonb_build_object('due_at', words), %s FROM moved
"""


class Facts(NamedTuple):
    """What counting a clock anew reads; `ticket`, `hours` and `rule` are keys."""

    pk: int
    ticket: int | None
    thread: int | None
    kind: str
    tier: str
    priority: str
    started_at: datetime
    hours: int
    rule: int | None
    worsened_at: datetime | None
    due_before: datetime | None
    missed: bool
    due_at: datetime | None
    target_at: datetime | None
    inside: bool


class Shown(NamedTuple):
    """What a ticket's list columns are made of."""

    ticket: int
    kind: str
    due_at: datetime | None
    target_at: datetime | None
    at_risk_at: datetime | None
    stopped_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: str

    @property
    def is_running(self) -> bool:
        return self.stopped_at is None and self.withdrawn_at is None


def facts_of(clocks: QuerySet[Clock]) -> list[Facts]:
    """These clocks, each as its facts."""
    return [Facts(*row) for row in clocks.values_list(*Facts._fields)]


def held(clocks: QuerySet[Clock], tickets: Mapping[int, int | None]) -> list[Facts]:
    """Clocks by key, locked after their tickets: whoever works on a ticket takes hold in the same order.

    `clocks` joins no other table: plain values are read, for which Django leaves out `of`, and rows that are joined
    would be locked too.
    """
    theirs = Ticket.objects.filter(pk__in={pk for pk in tickets.values() if pk}).order_by("pk")
    list(theirs.select_for_update(no_key=True).values_list("pk"))
    return facts_of(clocks.filter(pk__in=list(tickets)).select_for_update().order_by("pk"))


def calendars_of(clocks: Iterable[Facts]) -> dict[int, Hours]:
    """The calendar of each version that some clocks were counted with, built once."""
    versions = OpeningHours.objects.in_bulk({one.hours for one in clocks})
    return {pk: version.calendar for pk, version in versions.items()}


def rules_of(clocks: Iterable[Facts]) -> dict[int | None, sla.Rule | None]:
    """The rule of each clock by its key; none where nothing was promised."""
    rows = SlaRule.objects.in_bulk({one.rule for one in clocks if one.rule})
    return {None: None, **{pk: row.as_rule() for pk, row in rows.items()}}


def would_move(one: Facts, rule: sla.Rule | None, calendar: Hours) -> bool:
    """Whether counting by this rule and calendar would change anything that is recorded."""
    new = counting.moments(one, rule, calendar)
    return (new.due_at, new.target_at, new.inside) != (one.due_at, one.target_at, one.inside)


def number_of_tickets(clocks: Iterable[Facts]) -> int:
    """How many tickets, and threads without one, these clocks belong to."""
    return len({(one.ticket, one.ticket or one.thread) for one in clocks})


def recount(clocks: Sequence[Facts], now: datetime, calendars: Mapping[int, Hours]) -> list[Facts]:
    """Count these running clocks anew and write those that move, with their alerts; returns these.

    What is past due by now stays missed, at its old moment (A19).
    """
    rules = rules_of(clocks)
    moving = [one for one in clocks if would_move(one, rules[one.rule], calendars[one.hours])]
    known = [one._replace(missed=one.missed or counting.is_past_due(one.kind, one.due_at, now)) for one in moving]
    new = [(one.pk, *counting.moments(one, rules[one.rule], calendars[one.hours]), one.missed) for one in known]
    if new:
        _execute(CLOCKS, [list(column) for column in zip(*new, strict=True)])
    return moving


def tell_tickets(tickets: Collection[int], now: datetime, **facts: Any) -> None:
    """Let the tickets' lists and histories know that their clocks have moved; their rows are held by the caller."""
    clocks: dict[int, list[Shown]] = {}
    for row in Clock.objects.filter(ticket__in=tickets).order_by("pk").values_list(*Shown._fields):
        clocks.setdefault(row[0], []).append(Shown(*row))
    told = [_told(pk, moments_of(found)) for pk, found in clocks.items()]
    if told:
        columns = [list(column) for column in zip(*told, strict=True)]
        kind = ContentType.objects.get_for_model(Ticket).pk
        _execute(TICKETS, [*columns, NEVER, kind, models.JSONField().get_db_prep_value(facts, connection), now])


ORDER: Final = ("due_at", "target_at", "at_risk_at", "first_response_at", "acknowledge_by", "next_due_at")


def _told(pk: int, moments: Mapping[str, datetime | None]) -> tuple[Any, ...]:
    due_at = moments["due_at"]
    return (pk, *(moments[name] for name in ORDER), due_at.isoformat() if due_at else None)


def _execute(sql: str, params: Sequence[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
