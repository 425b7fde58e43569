"""Tickets for the managers' page: ten whose promises are added up by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

from fleetcs.models import User
from support.models import Ticket
from tests.factories import make_ticket, make_user

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


def lines_of(client: Client, query: str = "") -> dict[str, dict[str, int]]:
    shown = client.get(f"{PAGE}?first=2026-01-05&last=2026-01-18{query}").context["figures"]
    lines = [shown.total, *(line for _, lines in shown.tables for line in lines), *shown.sides]
    return {line.label: {state: count for state, count in line.counts.items() if count} for line in lines}
