"""How many questions a page asks the database: never more for more rows, and within what was agreed (P4)."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Contact
from fleetcs.models import User
from support.demo.volume import Volume
from support.handlers.mail import TWIN
from support.models import Message, Ticket
from support.models.summing import MEMORY
from support.tasks import refresh_tallies
from tests.factories import MONDAY_MORNING, make_account, make_channel, make_contact, make_ticket, make_user

LIST, DETAIL, CREATE, FIGURES, ANY = 8, 12, 12, 6, 15
BETWEEN = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")

pytestmark = [pytest.mark.django_db, pytest.mark.ledger("SYS-03")]


def statements(client: Client, path: str, data: dict[str, Any] | None = None) -> int:
    """What one warm request asks; opening and closing a transaction is no question."""
    client.get("/help")
    with CaptureQueriesContext(connection) as asked:
        response = client.get(path) if data is None else client.post(path, data)
    assert response.status_code == (200 if data is None else 302), response.content[:500]
    return sum(not one["sql"].startswith(BETWEEN) for one in asked)


@pytest.fixture
def agent(client: Client) -> User:
    user = make_user("cse")
    client.force_login(user)
    return user


def accounts(count: int) -> None:
    """So many more customers with a contract, each with somebody to speak to."""
    for account in [make_account("premium") for _ in range(count)]:
        make_contact(account)


def tickets(count: int) -> None:
    """So many more tickets, as volume makes them up: some open, some late, most answered."""
    Volume(count, Random(count), MONDAY_MORNING + timedelta(weeks=30)).load()


# --- lists ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/tickets/", "/tickets/?view=all", "/tickets/?view=mine", "/tickets/?view=resolved"])
def test_the_queue_asks_the_same_for_10_and_1000_tickets(client: Client, agent: User, path: str) -> None:
    accounts(3)
    tickets(10)
    few = statements(client, path)
    tickets(990)
    assert (few, statements(client, path)) == (few, few)
    assert few <= LIST


@pytest.mark.parametrize("path", ["/accounts/", "/contacts/", "/channels/"])
def test_the_lists_of_customers_ask_the_same_for_few_rows_and_for_200(client: Client, agent: User, path: str) -> None:
    accounts(5)
    make_channel(Account.objects.first())
    few = statements(client, path)
    accounts(195)
    for account in Account.objects.all()[:60]:
        make_channel(account)
    assert statements(client, path) == few
    assert few <= LIST


@pytest.mark.parametrize(
    "path", ["/tickets/?q=lighthouse", "/unanswered/", "/board/", "/requests/", "/triage/", "/morning/", "/people", "/"]
)
def test_no_other_page_asks_more_than_fifteen_questions(client: Client, agent: User, path: str) -> None:
    accounts(3)
    tickets(200)
    few = statements(client, path)
    tickets(600)
    assert statements(client, path) == few
    assert few <= ANY


# --- one record -------------------------------------------------------------------------------------------------------
def spoken_of(count: int, user: User) -> Ticket:
    """A ticket with so many messages, by turns of a customer and a colleague."""
    account = make_account("premium")
    ticket = make_ticket(account, contact=make_contact(account), channel=make_channel(account), assignee=user)
    for number in range(count - 1):
        said = {"text": f"Line {number}", "at": MONDAY_MORNING + timedelta(minutes=number)}
        by = {"by": "colleague", "author": user} if number % 2 else {"by": "customer", "contact": ticket.contact}
        Message.objects.create(ticket=ticket, kind="mail", public=True, shown=said["text"], **said, **by)
    return ticket


def test_a_ticket_asks_the_same_for_25_and_for_200_messages(client: Client, agent: User) -> None:
    few, many = (statements(client, spoken_of(count, agent).get_absolute_url()) for count in (25, 200))
    assert few == many <= DETAIL


def test_an_account_asks_the_same_for_10_and_for_300_tickets(client: Client, agent: User) -> None:
    accounts(1)
    account = Contact.objects.get().account
    tickets(10)
    few = statements(client, account.get_absolute_url())
    tickets(290)
    assert statements(client, account.get_absolute_url()) == few <= ANY


def test_opening_a_ticket_asks_the_same_for_one_customer_and_for_200(client: Client, agent: User) -> None:
    accounts(1)
    statements(client, "/tickets/new/", new_ticket(0))  # the first one of a process reads hours and promises
    few = statements(client, "/tickets/new/", new_ticket(1))
    accounts(199)
    tickets(300)
    assert statements(client, "/tickets/new/", new_ticket(2)) == few
    assert few <= CREATE


def new_ticket(number: int) -> dict[str, str]:
    """What the form sends."""
    contact = Contact.objects.select_related("account").earliest("pk")
    return {
        "subject": "Hosts are offline",
        "account": contact.account.name,
        "address": contact.email,
        "came_by": "call",
        "text": "They went offline at noon.",
        "priority": "P1",
        "received_at": "2026-01-12T10:00",
        "form_token": f"token{number}",
    }


# --- the managers' page -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("settled", [True, False])
def test_the_managers_page_asks_the_same_for_10_and_1000_tickets(client: Client, *, settled: bool) -> None:
    client.force_login(make_user("manager_cse_csa"))
    accounts(3)
    counted = []
    for count in (10, 990):
        tickets(count)
        while settled and refresh_tallies():
            pass
        MEMORY.clear()  # what a process remembers of settled days saves one
        counted.append(statements(client, "/figures/?first=2026-01-01&last=2026-12-31"))
    assert counted[0] == counted[1] <= FIGURES


# --- plans that are kept ----------------------------------------------------------------------------------------------
def test_a_mail_is_looked_for_among_all_others_by_their_index() -> None:
    """A plan that is kept knows no value: an index of some rows only serves when the question itself says which."""
    TWIN(delivery=1, message_id="x@y.example")
    statement = TWIN.known[()]
    assert statement
    sql = statement.sql
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute("PREPARE twin (bigint, text) AS " + sql.replace("%s", "$1", 1).replace("%s", "$2", 1))
        cursor.execute("EXPLAIN EXECUTE twin (1, 'x@y.example')")
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("DEALLOCATE twin")
    assert "mail_message_once" in plan, plan
