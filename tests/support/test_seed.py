"""Volume: loaded by COPY, and still every fact is what the verbs would have written."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count

from accounts.models import Account
from support.models import Clock, Message, Tally, Ticket
from support.models.figures import in_state
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

TICKETS = 200
INDEXES = "SELECT indexname FROM pg_indexes WHERE tablename = ANY(%s)"
RESTING = "SELECT tgname FROM pg_trigger WHERE tgrelid = 'support_ticket'::regclass AND tgenabled = 'D'"


def ask(sql: str, *values: Any) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return {row[0] for row in cursor.fetchall()}


def test_a_year_of_tickets_is_loaded_and_everything_is_as_the_verbs_would_have_left_it(clock: Any) -> None:
    now = clock("2026-01-14T10:00:00-08:00")
    make_user("cse")
    tables = ["support_ticket", "support_message", "support_clock"]
    before = ask(INDEXES, tables)
    call_command("seed", accounts=20, tickets=TICKETS, stdout=StringIO())
    assert (Account.objects.count(), Ticket.objects.count(), Message.objects.count()) == (20, TICKETS, 3 * TICKETS)
    assert ask(INDEXES, tables) == before
    assert ask(RESTING) == set()
    check_tallies(now)
    check_clocks()
    check_what_comes_next()


def check_tallies(now: Any) -> None:
    """The sums equal a recount of the clocks themselves."""
    found = in_state(now)
    dimensions = ("on", "kind", "tier", "priority", "inside")
    summed = {tuple(getattr(row, name) for name in dimensions): (row.kept, row.missed) for row in Tally.objects.all()}
    clocks = (
        Clock.objects.order_by()
        .values("received_on", *dimensions[1:])
        .annotate(kept=Count("pk", filter=found["kept"]), missed_ones=Count("pk", filter=found["missed"]))
    )
    counted = {
        (row["received_on"], *(row[name] for name in dimensions[1:])): (row["kept"], row["missed_ones"])
        for row in clocks
    }
    assert summed == counted
    assert sum(kept for kept, _ in summed.values()) > 0 < sum(missed for _, missed in summed.values())


def check_clocks() -> None:
    """What was loaded is due when a recount says it is, and the ticket says the same as its clock."""
    for one in Clock.objects.filter(kind="response").select_related("rule", "hours", "ticket"):
        moments = one.moments(one.pure_rule, one.hours.calendar)
        assert (one.due_at, one.target_at, one.at_risk_at, one.inside) == moments
        assert (one.ticket.due_at, one.ticket.first_response_at) == (one.due_at, one.stopped_at)


def check_what_comes_next() -> None:
    """New rows follow on from the loaded ones, and their history is kept again."""
    newest = Ticket.objects.order_by("pk").last()
    assert newest
    account = Account.objects.first()
    made = Ticket.objects.receive(subject="After", source="email", received_at=newest.received_at, account=account)
    assert made.pk == newest.pk + 1
    changes = Ticket._meta.apps.get_model("support", "TicketEvent").objects.filter(pgh_obj_id=made.pk)
    assert changes.exists()


def test_it_is_refused_in_production_and_for_impossible_numbers(settings: Any) -> None:
    for odd in ({"accounts": 0}, {"tickets": -1}):
        with pytest.raises(CommandError):
            call_command("seed", **odd)
    settings.PRODUCTION = True
    with pytest.raises(CommandError):
        call_command("seed")
