"""A correction of the policy in force: every tenth ticket is open, and its clocks are counted anew (P10 d, P11)."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from fleetcs.local import folders
from fleetcs.local.postgres import Cluster
from tests.benchmarks.places import Database, environment, seeded
from tests.benchmarks.table import Goal

# The newest tenth of the tickets, as if nobody had answered them yet.
OPEN = """
    UPDATE support_ticket SET resolved_at = NULL, resolved_by_id = NULL, next_due_at = due_at, queue_at = due_at
        WHERE id > (SELECT max(id) - count(*) / 10 FROM support_ticket) AND due_at IS NOT NULL;
    UPDATE support_clock SET stopped_at = NULL, withdrawn_at = NULL, missed = false FROM support_ticket AS ticket
        WHERE ticket.id = ticket_id AND ticket.resolved_at IS NULL AND support_clock.kind = 'response'
        AND support_clock.due_at IS NOT NULL;
    INSERT INTO support_alert (clock_id, threshold, due_at, state) SELECT id, threshold, due_at, 'armed'
        FROM support_clock CROSS JOIN (VALUES ('at_risk'), ('missed')) AS each (threshold)
        WHERE stopped_at IS NULL AND due_at IS NOT NULL AND kind = 'response' ON CONFLICT DO NOTHING;
"""
# The least there is to write for the same clocks: the clock, its alerts, its ticket, and a line in its history.
RUNNING = "stopped_at IS NULL AND withdrawn_at IS NULL AND kind = 'response' AND rule_id IS NOT NULL"
FLOOR = f"""
    WITH counted AS (UPDATE support_clock SET due_at = due_at + interval '1 hour', at_risk_at = at_risk_at + interval
        '1 hour', missed = false WHERE {RUNNING} RETURNING id, ticket_id, due_at),
    armed AS (UPDATE support_alert SET due_at = support_alert.due_at + interval '1 hour' FROM counted
        WHERE clock_id = counted.id),
    moved AS (UPDATE support_ticket AS ticket SET due_at = counted.due_at, next_due_at = counted.due_at,
        queue_at = counted.due_at FROM counted WHERE ticket.id = counted.ticket_id RETURNING ticket.id)
    INSERT INTO fleetcs_event (subject_type_id, subject_id, verb, facts, at)
        SELECT (SELECT min(id) FROM django_content_type), id, 'recounted', '{{}}', now() FROM moved
"""  # noqa: S608 - both are constants


def recounting(server: Cluster, tickets: int) -> Iterator[Goal]:
    """All open clocks are to be right within five seconds, for twice the work of the writing alone."""
    database = Database.of(server)
    with seeded(server, tickets) as name:
        with server.connect(name) as plain:
            plain.execute(OPEN)
            plain.execute("VACUUM (ANALYZE)")
            floor = floor_of(plain, database)
        clocks, seconds, spent = recounted(server, name, database)
    label = f"recount of {clocks:,} open clocks of {tickets:,} tickets"
    yield Goal(f"{label}: CPU beside the writing", spent / floor, 2, unit="x")
    yield Goal(f"{label}: seconds", seconds, 5, unit=" s")


def floor_of(plain: Any, database: Database) -> float:
    """Seconds of processor time of the least statement; what it wrote is undone."""
    begun = database.cpu()
    plain.execute("BEGIN")
    plain.execute(FLOOR)
    plain.execute("ROLLBACK")
    return database.cpu() - begun


def recounted(server: Cluster, name: str, database: Database) -> tuple[int, float, float]:
    """Clocks, seconds, and seconds of processor time of our process and of PostgreSQL."""
    command, begun = [sys.executable, "-m", "tests.benchmarks.recounter"], database.cpu()
    done = subprocess.run(
        command, env=environment(server.url(name)), cwd=folders.CHECKOUT, check=True, capture_output=True, text=True
    )
    clocks, seconds, ours = done.stdout.split()
    return int(clocks), float(seconds), float(ours) + database.cpu() - begun
