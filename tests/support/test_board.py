"""Every colleague may look at the board; names of customers only where they may read the ticket (INT-13)."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from fleetcs.models import HandbookEntry
from tests.factories import MONDAY_MORNING, make_account, make_message, make_ticket, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.ledger("INT-13")]


@pytest.fixture(autouse=True)
def monday(clock: Any) -> datetime:
    return clock(MONDAY_MORNING)


def columns(client: Client) -> dict[str, list[int]]:
    return {column.code: [card.pk for card in column.cards] for column in client.get("/board/").context["columns"]}


def test_the_lowest_role_opens_it_and_reads_no_customers_name(client: Client) -> None:
    account = make_account("ultimate", name="Saltmarsh Biotech")
    ticket = make_ticket(account, subject="Saltmarsh cannot sign in", priority="P1", assignee=make_user("cse"))
    client.force_login(make_user(None))
    page = client.get("/board/").content.decode()
    assert "Saltmarsh" not in page
    for words in (f"#{ticket.pk}", "P1", "Ultimate", ticket.assignee.name):
        assert words in page
    client.force_login(make_user("cse"))
    assert "Saltmarsh cannot sign in" in client.get("/board/").content.decode()


def test_an_account_executive_reads_the_names_of_their_own_accounts(client: Client) -> None:
    seller = make_user("ae")
    make_ticket(make_account("premium", name="Mine", ae=seller), subject="Mine is down")
    make_ticket(make_account("premium", name="Theirs"), subject="Theirs is down")
    client.force_login(seller)
    page = client.get("/board/").content.decode()
    assert "Mine is down" in page
    assert "Theirs" not in page


@pytest.mark.parametrize("post", ["sdr", "pd", "bizops", "ceo", "zapier_administrator", "l3"])
def test_whoever_signs_in_may_open_it(client: Client, post: str) -> None:
    client.force_login(make_user(post))
    assert client.get("/board/").status_code == 200


def test_tickets_stand_under_the_one_whose_turn_it_is(client: Client, clock: Any) -> None:
    agent, account = make_user("cse"), make_account("premium")
    first, following, customer, paused, done = (make_ticket(account, subject=str(number)) for number in range(5))
    clock(MONDAY_MORNING.replace(minute=10))
    for ticket in (following, customer, paused, done):
        ticket.log_reply("call", "We called.", at=MONDAY_MORNING.replace(minute=5), by=agent)
    following.hear(make_message(following, text="But", at=MONDAY_MORNING.replace(minute=8)))
    paused.wait("their logs", by=agent)
    done.resolve(by=agent, outcome="faq_updated")
    client.force_login(agent)
    assert columns(client) == {
        "first": [first.pk],
        "next": [following.pk],
        "customer": [customer.pk],
        "paused": [paused.pk],
        "done": [done.pk],
    }
    clock(MONDAY_MORNING.replace(day=20))
    assert columns(client)["done"] == []


def test_department_requests_are_on_it_too_and_the_project_is_linked(client: Client) -> None:
    HandbookEntry.objects.create(section="links", code="department_board", value="https://tracker.example/projects/12")
    make_ticket(None, kind="department_request", source="manual")
    client.force_login(make_user(None))
    page = client.get("/board/").content.decode()
    assert "Department request" in page
    assert 'href="https://tracker.example/projects/12"' in page


def test_full_columns_are_counted_up_to_a_hundred_at_the_same_cost(
    client: Client, django_assert_num_queries: Any
) -> None:
    account = make_account("premium")
    make_ticket(account)
    client.force_login(make_user(None))
    client.get("/board/")
    with django_assert_num_queries(6):
        client.get("/board/")
    for _ in range(24):
        make_ticket(account)
    with django_assert_num_queries(6):
        column = client.get("/board/").context["columns"][0]
    assert (column.count, len(column.cards)) == ("25", 20)
