"""A clock's page: why it is due when it is due, in words, as a band and as text that sums to the second."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from fleetcs import clock as product_clock
from support.models import Clock, Ticket
from support.models.explanation import explanation_of
from tests.factories import make_account, make_channel, make_message, make_thread, make_ticket, make_user

pytestmark = pytest.mark.django_db

FRIDAY = datetime(2026, 1, 23, 23, 30, 7, tzinfo=UTC)  # Friday 15:30:07 in the company's zone


def signed_in(post: str = "cse") -> Client:
    client = Client()
    client.force_login(make_user(post))
    return client


@pytest.mark.ledger("SLA-04", "SLA-13")
def test_the_page_explains_a_clock_that_runs(clock) -> None:
    clock(FRIDAY + timedelta(hours=1))
    ticket = make_ticket(make_account("premium"), received_at=FRIDAY, priority="P1")
    page = signed_in().get(reverse("support:clock", args=[ticket.clocks.get(kind="response").pk]))
    text = page.content.decode()
    assert page.status_code == 200
    assert "Mon 2026-01-26 10:30:07 PST" in text
    assert "Still running" in text
    assert "<svg" in text
    assert "style=" not in text


@pytest.mark.parametrize("path", ["support:figures", "support:policies", "support:calculator", "support:figure_tickets"])
def test_pages_open(path) -> None:
    make_ticket(make_account("premium"))
    page = signed_in().get(reverse(path), headers={"accept": "text/html"})
    assert page.status_code == 200, page.content
