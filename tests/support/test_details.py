"""Six details are asked for always, thirteen on demand."""

from typing import Any

import pytest
from django.test import Client

from support import details
from support.models import Ticket
from tests.factories import make_account, make_ticket, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(make_user("cse"))
    return client


def fill(desk: Client, ticket: Ticket, **given: str) -> Any:
    return desk.post(f"/tickets/{ticket.pk}/details/", given)


@pytest.mark.ledger("INT-07")
def test_a_ticket_without_its_details_says_which_are_missing(desk: Client) -> None:
    ticket = make_ticket(make_account())
    given = {"server_version": "4.61", "agent_version": "agent 1.4", "operating_system": "macOS 26", "expected": "a"}
    fill(desk, ticket, actual="b", **given)
    html = desk.get(f"/tickets/{ticket.pk}/").content.decode()
    assert "<strong>Details missing:</strong> Web browser." in html


@pytest.mark.ledger("INT-07")
def test_not_applicable_needs_a_reason(desk: Client) -> None:
    ticket = make_ticket(make_account())
    assert fill(desk, ticket, web_browser="n/a").status_code == 422
    assert fill(desk, ticket, web_browser="n/a: they use the API only").status_code == 302
    ticket.refresh_from_db()
    assert "Web browser" not in ticket.missing_details


@pytest.mark.ledger("INT-08")
def test_saving_with_all_thirteen_empty_works(desk: Client) -> None:
    assert fill(desk, make_ticket(make_account())).status_code == 302


@pytest.mark.ledger("INT-08")
def test_asking_for_the_rest_drafts_a_message_that_lists_exactly_the_empty_ones(desk: Client) -> None:
    ticket = make_ticket(make_account())
    fill(desk, ticket, total_hosts="1,200", redis_cluster="no")
    html = desk.get(f"/tickets/{ticket.pk}/?ask=1").content.decode()
    drafted = html.split('id="reply-text"')[1].split("</textarea>")[0]
    listed = [line.removeprefix("- ") for line in drafted.splitlines() if line.startswith("- ")]
    assert listed == [label for code, label in details.OPTIONAL.items() if code not in {"total_hosts", "redis_cluster"}]


def test_what_was_typed_before_stays_above_the_question(desk: Client) -> None:
    ticket = make_ticket(make_account())
    desk.post(f"/tickets/{ticket.pk}/draft/", {"text": "Hello Ada,"})
    html = desk.get(f"/tickets/{ticket.pk}/?ask=1").content.decode()
    assert "Hello Ada,\n\nTo find the cause faster" in html


def test_the_history_names_the_fields_and_not_what_is_in_them(desk: Client) -> None:
    ticket = make_ticket(make_account())
    fill(desk, ticket, server_version="4.61-secret")
    html = desk.get(f"/tickets/{ticket.pk}/?show=changes").content.decode()
    assert "filled in details" in html
