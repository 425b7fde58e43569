"""The account's page shows its open tickets and how its promises were kept lately."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.factories import MONDAY_MORNING, make_account, make_ticket, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.ledger("SLA-21")
def test_open_tickets_and_the_verdicts_of_thirteen_weeks(client: Client, clock: Any) -> None:
    account, agent = make_account("ultimate"), make_user("cse")
    for number, minutes in enumerate((10, 90)):
        clock(MONDAY_MORNING)
        ticket = make_ticket(account, subject=f"answered {number}", priority="P0")
        clock(MONDAY_MORNING + timedelta(minutes=minutes))
        ticket.log_reply("call", "We called.", at=MONDAY_MORNING + timedelta(minutes=minutes), by=agent)
    make_ticket(account, subject="waiting")
    make_ticket(make_account("premium"), subject="another account's")
    client.force_login(agent)
    answer = client.get(f"/accounts/{account.pk}/tickets/", headers={"HX-Request": "true"})
    assert (answer.context["kept"]["kept"], answer.context["kept"]["missed"]) == (1, 1)
    page = answer.content.decode()
    assert "waiting" in page
    assert "another account" not in page
    clock(MONDAY_MORNING + timedelta(weeks=14))
    assert "No promise fell due" in client.get(f"/accounts/{account.pk}/tickets/").content.decode()


def test_whoever_may_not_read_them_is_told_so_and_the_administrator_sees_no_account(client: Client) -> None:
    account = make_account("premium")
    make_ticket(account, subject="Confidential words")
    for post in (None, "ae"):
        client.force_login(make_user(post))
        page = client.get(f"/accounts/{account.pk}/tickets/")
        assert page.status_code == 200
        assert "Confidential words" not in page.content.decode()
        assert "Support and the team of an account read its tickets." in page.content.decode()
    client.force_login(make_user("administrator"))
    assert client.get(f"/accounts/{account.pk}/tickets/").status_code == 404
