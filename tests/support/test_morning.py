"""In the morning there is one list of what came since the last closing and nobody has answered (AHR-12)."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from fleetcs.models import User
from support.models import Message, Ticket
from tests.factories import make_account, make_channel, make_thread, make_ticket, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.ledger("AHR-12")]

FRIDAY_IN_HOURS, FRIDAY_EVENING = "2026-01-09T15:59:59-08:00", "2026-01-09T16:00:00-08:00"
SUNDAY = "2026-01-11T13:00:00-08:00"
MONDAY_EARLY, MONDAY_OPEN = "2026-01-12T05:30:00-08:00", "2026-01-12T07:05:00-08:00"


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


def ticket(subject: str, moment: str, clock: Any, **fields: Any) -> Ticket:
    clock(moment)
    return make_ticket(make_account("premium"), subject=subject, received_at=at(moment), **fields)


def items(client: Client) -> list[str]:
    found = client.get("/morning/").context["items"]
    return [item["row"].subject if "row" in item else item["thread"].text for item in found]


@pytest.fixture
def agent(client: Client) -> User:
    agent = make_user("cse")
    client.force_login(agent)
    return agent


def test_monday_holds_friday_evening_the_weekend_and_early_monday(client: Client, agent: User, clock: Any) -> None:
    for subject, moment in (
        ("too early", FRIDAY_IN_HOURS),
        ("friday evening", FRIDAY_EVENING),
        ("sunday", SUNDAY),
        ("early monday", MONDAY_EARLY),
    ):
        ticket(subject, moment, clock)
    clock(MONDAY_OPEN)
    assert items(client) == ["friday evening", "sunday", "early monday"]
    page = client.get("/morning/").content.decode()
    assert "Fri 9 Jan 2026, 16:00 PST" in page
    assert client.get("/tickets/?view=overnight").context["listing"].count == 3


def test_what_falls_due_first_is_on_top_whether_ticket_or_thread(client: Client, agent: User, clock: Any) -> None:
    ticket("later", MONDAY_EARLY, clock)
    thread = make_thread(make_channel(make_account("premium")))
    message = Message.objects.create(
        thread=thread, kind="slack", by="customer", public=True, text="in the thread", at=at(SUNDAY)
    )
    thread.hear(message)
    ticket("at once", FRIDAY_EVENING, clock)
    clock(MONDAY_OPEN)
    assert items(client) == ["at once", "in the thread", "later"]


def test_what_was_answered_or_resolved_overnight_is_not_in_it(client: Client, agent: User, clock: Any) -> None:
    answered, resolved = ticket("answered", SUNDAY, clock), ticket("resolved", SUNDAY, clock)
    answered.log_reply("call", "We called back.", at=at(SUNDAY), by=agent)
    resolved.resolve(by=agent, outcome="faq_updated")
    clock(MONDAY_OPEN)
    assert items(client) == []
    assert "Nothing came overnight" in client.get("/morning/").content.decode()


def test_the_home_page_shows_it_with_its_count(client: Client, agent: User, clock: Any) -> None:
    ticket("sunday", SUNDAY, clock)
    clock(MONDAY_OPEN)
    part = client.get("/today/overnight/", headers={"HX-Request": "true"}).content.decode()
    assert "1 ticket" in part
    assert "sunday" in part
    assert "<html" not in part
    assert "/today/overnight/" in client.get("/").content.decode()


def test_people_see_the_mornings_of_their_accounts(client: Client, clock: Any) -> None:
    seller = make_user("ae")
    clock(SUNDAY)
    make_ticket(make_account("premium", ae=seller), subject="mine", received_at=at(SUNDAY))
    make_ticket(make_account("premium"), subject="theirs", received_at=at(SUNDAY))
    clock(MONDAY_OPEN)
    client.force_login(seller)
    assert items(client) == ["mine"]
    client.force_login(make_user(None))
    assert client.get("/morning/").status_code == 404


def test_the_parts_of_the_home_page_tell_what_waits_for_this_person(client: Client, agent: User, clock: Any) -> None:
    ticket("mine", SUNDAY, clock, assignee=agent, priority="P0")
    ticket("unconfirmed", SUNDAY, clock)
    clock(MONDAY_OPEN)
    own, unsure = (client.get(f"/today/{part}/").content.decode() for part in ("mine", "unconfirmed"))
    assert ("mine" in own, ">unconfirmed<" in own) == (True, False)
    assert "1 ticket" in unsure
    assert "Nobody waits in Slack." in client.get("/today/unanswered/").content.decode()
    mine = agent.tickets.get().clocks.get(kind="response")
    mine.alerts.filter(threshold="missed").update(state="fired", fired_at=at(MONDAY_OPEN))
    alerts = client.get("/today/alerts/").content.decode()
    assert "Due moment passed" in alerts
    assert "1 alert" in alerts
