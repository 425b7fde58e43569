"""Tickets for the managers' page: ten whose promises are added up by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from fleetcs.models import User
from support.models import Ticket
from tests.factories import make_account, make_ticket, make_user

MONDAY = datetime(2026, 1, 12, 18, 0, tzinfo=UTC)  # Monday 10:00 in the company's zone
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
PAGE, LIST = "/figures/", "/figures/tickets/"


def signed_in(post: str | None = "manager_cse_csa", user: User | None = None) -> Client:
    client = Client()
    client.force_login(user or make_user(post))
    return client


def received(account: Any, at: datetime, priority: str, answered: timedelta | None, by: User, **fields: Any) -> Ticket:
    """A ticket received at a moment and answered so much later, or not."""
    ticket = make_ticket(account, received_at=at, priority=priority, **fields)
    if answered is not None:
        ticket.log_reply("call", "Hello", at=at + answered, by=by)
    return ticket


# Steps and percentiles, pure


@pytest.fixture
def ten(clock: Any) -> User:
    """Ten promises, as they stand on Wednesday 14 January at noon."""
    clock(MONDAY + 2 * DAY + 2 * HOUR)
    by = make_user("cse", name="Ada Answers")
    premium, ultimate, free = make_account("premium"), make_account("ultimate"), make_account(None)
    received(premium, MONDAY, "P0", 1 * HOUR, by)  # kept, inside
    received(premium, MONDAY, "P0", 4 * HOUR, by)  # kept at the due instant
    received(premium, MONDAY, "P0", 4 * HOUR + MINUTE, by)  # missed
    received(ultimate, MONDAY - 10 * HOUR, "P0", 90 * MINUTE, by)  # at midnight: outside, kept within two hours
    received(ultimate, MONDAY - 10 * HOUR, "P1", 5 * HOUR, by)  # outside, missed
    received(free, MONDAY, "P2", 3 * HOUR, by)  # no promise
    received(free, MONDAY, "P2", None, by, source="staff_flag")  # no promise
    received(premium, MONDAY + 2 * DAY, "P2", None, by)  # Wednesday at ten: on time
    received(premium, MONDAY + DAY + 3 * HOUR, "P2", None, by)  # Tuesday at one, due today at one: at risk
    received(premium, MONDAY, "P2", None, by)  # Monday at ten, due Tuesday at ten: late now
    return by


def lines_of(client: Client, query: str = "") -> dict[str, dict[str, int]]:
    shown = client.get(f"{PAGE}?first=2026-01-05&last=2026-01-18{query}").context["figures"]
    lines = [shown.total, *(line for _, lines in shown.tables for line in lines), *shown.sides]
    return {line.label: {state: count for state, count in line.counts.items() if count} for line in lines}
