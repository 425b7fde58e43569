"""What nobody could place waits in triage, and every way out of it is logged (R5, INT-17)."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Contact
from fleetcs.models import Event, User
from support.models import Thread, Ticket
from tests import intake
from tests.factories import make_account, make_channel, make_contact, make_ticket, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(client: Client) -> User:
    agent = make_user("cse")
    client.force_login(agent)
    return agent


def stranger(**fields: Any) -> Ticket:
    return make_ticket(None, **{"triage_reason": "unknown sender", "sender": "ada@nowhere.example"} | fields)


def test_it_holds_what_waits_the_oldest_first_with_the_reason(client: Client, agent: User) -> None:
    stranger(subject="Who are we?")
    make_ticket(make_account("premium"), subject="placed")
    page = client.get("/triage/").content.decode()
    assert "Who are we?" in page
    assert "unknown sender" in page
    assert "placed" not in page
    assert "ada@nowhere.example" in page


@pytest.mark.ledger("INT-17")
def test_channels_named_like_a_customers_are_offered_for_linking(client: Client, agent: User) -> None:
    make_channel(None, name="fleet-at-acme")
    make_channel(None, name="acme-fleet", kind="unknown")
    make_channel(make_account("premium"), name="fleet-at-linked")
    page = client.get("/triage/").content.decode()
    assert "#fleet-at-acme" in page
    assert page.count("Named like a customer") == 1
    assert "#acme-fleet" in page
    assert "fleet-at-linked" not in page


@pytest.mark.ledger("SLA-01")
def test_a_sender_becomes_a_contact_and_the_tier_is_the_one_at_receipt(client: Client, agent: User) -> None:
    account, ticket = make_account("ultimate", name="Saltmarsh"), stranger()
    answer = client.post(
        f"/triage/{ticket.pk}/contact/",
        {"account": "Saltmarsh", "name": "Ada", "email": "ada@nowhere.example", "form_token": "1"},
    )
    assert answer.headers["Location"] == "/triage/"
    ticket = Ticket.objects.get()
    assert (ticket.account, ticket.tier, ticket.triage_reason) == (account, "ultimate", "")
    assert ticket.contact == Contact.objects.get(email="ada@nowhere.example")
    assert set(Event.objects.values_list("verb", flat=True)) >= {"contact_added", "account_linked"}


def test_a_known_contact_of_the_account_is_not_made_twice(client: Client, agent: User) -> None:
    account, ticket = make_account("premium", name="Saltmarsh"), stranger()
    known = make_contact(account, email="ada@nowhere.example")
    client.post(f"/triage/{ticket.pk}/contact/", {"account": "Saltmarsh", "name": "Ada", "email": known.email})
    assert Ticket.objects.get().contact == known
    other = stranger()
    make_account("premium", name="Umbral")
    answer = client.post(f"/triage/{other.pk}/contact/", {"account": "Umbral", "name": "Ada", "email": known.email})
    assert answer.status_code == 422
    assert "There is a contact with this address already." in answer.content.decode()
    assert Ticket.objects.get(pk=other.pk).account is None


def test_what_is_not_for_support_is_put_away_with_the_reason(client: Client, agent: User) -> None:
    ticket = stranger()
    assert client.post(f"/triage/{ticket.pk}/away/", {"reason": ""}).status_code == 422
    client.post(f"/triage/{ticket.pk}/away/", {"reason": "Advertising", "form_token": "2"})
    ticket = Ticket.objects.get()
    assert ticket.resolved_at
    assert ticket.next_due_at is None
    event = Event.objects.get(verb="not_for_support")
    assert (event.by, event.facts["reason"]) == (agent, "Advertising")
    assert "Everything is placed." in client.get("/triage/").content.decode()


def test_it_is_there_only_for_those_who_sort(client: Client) -> None:
    ticket = stranger()
    for post in ("ae", None, "administrator"):
        client.force_login(make_user(post))
        assert client.get("/triage/").status_code == 404
        assert client.get(f"/triage/{ticket.pk}/away/").status_code == 404
    client.force_login(make_user("bizops"))
    assert client.post(f"/triage/{ticket.pk}/away/", {"reason": "x"}).status_code == 403


@pytest.mark.parametrize("query", ["q=%00", "q=" + "x" * 5000])
def test_odd_words_are_refused(client: Client, agent: User, query: str) -> None:
    assert client.get(f"/triage/?{query}").status_code == 422


@pytest.mark.ledger("INT-01")
def test_a_ticket_keeps_no_contact_of_an_account_that_is_not_its_own(client: Client, agent: User) -> None:
    first, second = make_account(name="Saltmarsh"), make_account(name="Umbral")
    known = make_contact(first, email="ada@saltmarsh.example")
    ticket = make_ticket(first, contact=known)
    client.post(f"/tickets/{ticket.pk}/account/", {"account": "Umbral"})
    ticket.refresh_from_db()
    assert (ticket.account, ticket.contact) == (second, None)
    told = {"came_by": "call", "text": "It is down.", "priority": "P1", "received_at": "2026-01-12T09:00"}
    client.post("/tickets/new/", {"subject": "Down", "account": "Umbral", "address": known.email, **told})
    entered = Ticket.objects.get(subject="Down")
    assert (entered.account, entered.contact, entered.sender) == (second, None, known.email)


def test_a_contact_is_only_added_to_an_account_whose_contacts_one_may_edit(client: Client) -> None:
    manager = make_user("csm")
    make_account(name="Umbral")
    mine, ticket = make_account(name="Saltmarsh", csm=manager), stranger()
    client.force_login(manager)
    who = {"name": "Ada", "email": "ada@nowhere.example"}
    refused = client.post(f"/triage/{ticket.pk}/contact/", {"account": "Umbral", **who})
    assert (refused.status_code, Contact.objects.count()) == (422, 0)
    assert '<option value="Umbral">' not in refused.content.decode()
    client.post(f"/triage/{ticket.pk}/contact/", {"account": "Saltmarsh", **who})
    assert Contact.objects.get().account == mine


@pytest.mark.ledger("AHR-11")
def test_a_stranger_from_slack_who_is_made_a_contact_is_known_there_from_then_on(client: Client, agent: User) -> None:
    make_account(name="Saltmarsh")
    channel = make_channel(None)
    intake.slack(channel.slack_id, "U0ADA", "Hello?", intake.ts("2026-01-12T10:00:00-08:00"))
    ticket = Thread.objects.get().become_ticket("staff_flag", by=agent)
    client.post(f"/triage/{ticket.pk}/contact/", {"account": "Saltmarsh", "name": "Ada", "email": ""})
    assert Contact.objects.get().slack_id == "U0ADA"
