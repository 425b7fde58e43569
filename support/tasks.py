"""The duties of the support wing, named in the schedule: each may run twice, at once, or late."""

from support.github import duties
from support.models import Recount, TicketImport
from support.models.sweep import remind_of_unconfirmed, sweep
from support.models.tallying import refresh

STEPS_A_ROUND = 20


def sweep_clocks() -> int:
    """Fire the alerts whose moment has come; says how many clocks rang."""
    return sweep()


def refresh_tallies() -> int:
    """Recount the days that a verb has touched; says how many."""
    return refresh()


def remind() -> int:
    """Tell support of tickets that nobody has confirmed in time; says how many."""
    return remind_of_unconfirmed()


def recount_clocks() -> int:
    """Go on with the oldest recount that was ordered; says how many clocks were looked at."""
    looked_at = 0
    for _ in range(STEPS_A_ROUND):
        if not (step := Recount.objects.step()):
            break
        looked_at += step
    return looked_at


def import_tickets() -> int:
    """Go on with what is being imported; says how many rows were looked at."""
    return TicketImport.objects.work()


def read_github() -> int:
    """Every quarter of an hour, read what may have changed at GitHub; says how many issues were taken up."""
    return duties.read()


def look_after_hooks() -> int:
    """Have GitHub send again what did not arrive; says how many."""
    return duties.look_after_hooks()
