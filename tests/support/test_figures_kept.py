"""What is remembered of settled days: never out of date, and asked for in few statements."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fleetcs import clock as product_clock
from fleetcs.models import User
from support.models import Clock, StaleDay, Tally, Ticket
from support.models.figures import Scope
from support.models.summing import read
from support.models.tallying import refresh_day
from support.tasks import refresh_tallies
from tests.factories import make_account, make_user
from tests.support.figures import DAY, HOUR, MONDAY, PAGE, received, signed_in
from tests.support.test_sweep import at_once

pytest_plugins = ["tests.support.ten"]
pytestmark = pytest.mark.django_db


def statements(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


@pytest.mark.ledger("SLA-21")
def test_the_page_asks_six_times_at_most_however_many_tickets_there_are(clock: Any) -> None:
    clock(MONDAY + 3 * DAY)
    client, account = signed_in(), make_account("premium")
    one = received(account, MONDAY, "P0", 5 * HOUR, make_user("cse"))
    few = statements(client, PAGE)
    pattern = one.clocks.get(kind="response")
    copies = Ticket.objects.bulk_create([copy_of(one) for _ in range(1000)])
    Clock.objects.bulk_create([copy_of(pattern, ticket=ticket) for ticket in copies])
    StaleDay.mark(pattern.received_on)
    many = statements(client, PAGE)
    refresh_tallies()
    assert few == many + 1 == statements(client, PAGE) == 6  # settled days are asked about once
    assert statements(client, PAGE) == 5


def test_what_is_remembered_of_settled_days_is_never_out_of_date(clock: Any) -> None:
    clock(MONDAY + 3 * DAY)
    scope, now = Scope(MONDAY.date(), MONDAY.date() + timedelta(days=6)), product_clock.now()
    one = received(make_account("premium"), MONDAY, "P0", 5 * HOUR, make_user("cse"))

    def told() -> list[int]:
        refresh_tallies()
        found = [sum(sums.sources.values()) for sums in (read(scope, now), read(scope, now))]
        assert found[0] == found[1]
        return found[:1]

    assert told() == [1]
    other = received(make_account("ultimate"), MONDAY + DAY, "P1", 5 * HOUR, make_user("cse"))
    assert told() == [2]
    Clock.objects.filter(ticket__in=[one, other]).update(received_on=MONDAY.date() - timedelta(days=7))
    StaleDay.mark(one.clocks.get(kind="response").received_on, MONDAY.date(), MONDAY.date() + timedelta(days=1))
    assert sum(read(scope, now).sources.values()) == 0
    assert told() == [0]  # both days have become empty


def copy_of(row: Any, **fields: Any) -> Any:
    kept = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key and not field.generated
    }
    return type(row)(**kept | {f"{name}_id": value.pk for name, value in fields.items()})


@pytest.mark.ledger("SLA-21")
@pytest.mark.django_db(transaction=True)
def test_tallies_that_are_refreshed_by_several_at_once_while_answers_come_in_are_exact(clock: Any) -> None:
    clock(MONDAY + 6 * HOUR)
    by, account = make_user("cse"), make_account("premium")
    tickets = [received(account, MONDAY, "P0", None, by) for _ in range(8)]
    answers = [lambda one=one: one.log_reply("call", "Hello", at=MONDAY + HOUR, by=by) for one in tickets]
    at_once(refresh_tallies, refresh_tallies, refresh_tallies, *answers)
    refresh_tallies()
    assert not StaleDay.objects.exists()
    sums = Tally.objects.get(kind="response")
    assert (sums.kept, sums.missed, sums.on) == (8, 0, date(2026, 1, 12))


def test_refreshing_a_day_twice_changes_nothing(ten: User) -> None:
    refresh_tallies()
    before = settled()
    for day in {row[0] for row in before}:
        assert refresh_day(day)
    assert settled() == before


def settled() -> list[tuple[Any, ...]]:
    rows = Tally.objects.order_by("on", "kind", "tier", "priority", "inside")
    return list(rows.values_list("on", "kept", "missed", "none", "withdrawn"))


@pytest.mark.ledger("SLA-21")
def test_the_trend_goes_week_by_week(ten: User) -> None:
    shown = signed_in().get(f"{PAGE}?first=2026-01-05&last=2026-01-18").context["figures"]
    assert [(line.label, line.counts.get("kept")) for line in shown.trend] == [("5 Jan", None), ("12 Jan", 3)]
    assert shown.kept_by_week == [("5 Jan", None), ("12 Jan", 50.0)]
    assert shown.slow_by_week == [("5 Jan", None), ("12 Jan", 5.0)]
