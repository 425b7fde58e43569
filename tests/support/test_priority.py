"""Priority, support level, assignment and whose ticket it is: decided on the page, explained, kept in the history."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from fleetcs.models import Event, HandbookEntry
from support.models import Ticket
from support.sla import DEFINITIONS
from tests.factories import MONDAY_MORNING, make_account, make_contact, make_ticket, make_user

pytestmark = pytest.mark.django_db
WALL = "2026-01-12T{}"


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(make_user("cse"))
    return client


def set_priority(desk: Client, ticket: Ticket, priority: str, **more: Any) -> Any:
    given = {"priority": priority, "reason": "", "worsened_at": "", "version": ticket.version} | more
    return desk.post(f"/tickets/{ticket.pk}/priority/", given)


@pytest.mark.ledger("SLA-11")
def test_the_form_shows_the_four_definitions_of_the_handbook_beside_the_choices(desk: Client) -> None:
    HandbookEntry.objects.update_or_create(
        section="pages", code="definition_p0", defaults={"value": "All lamps are dark."}
    )
    html = desk.get(f"/tickets/{make_ticket(make_account()).pk}/priority/").content.decode()
    assert "All lamps are dark." in html
    assert DEFINITIONS["P3"] in html  # our own words where the handbook says nothing
    assert html.count('type="radio" name="priority"') == 4


@pytest.mark.ledger("SLA-11")
def test_no_priority_is_refused(desk: Client) -> None:
    ticket = make_ticket(make_account())
    refused = set_priority(desk, ticket, "")
    assert refused.status_code == 422
    assert "Choose a priority." in refused.content.decode()


@pytest.mark.ledger("SLA-22")
def test_p4_is_refused_by_name(desk: Client) -> None:
    refused = set_priority(desk, make_ticket(make_account()), "P4")
    assert refused.status_code == 422
    assert "P4 is not a priority here: use P0 to P3." in refused.content.decode()


@pytest.mark.ledger("SLA-22", "INT-05")
def test_level_and_priority_vary_independently(desk: Client) -> None:
    ticket = make_ticket(make_account(), priority="P3")
    desk.post(f"/tickets/{ticket.pk}/level/", {"level": "expert"})
    ticket.refresh_from_db()
    assert (ticket.level, ticket.priority) == ("expert", "P3")


@pytest.mark.ledger("SLA-24")
def test_a_correction_counts_from_receipt_and_says_who_did_it(desk: Client, clock: Any) -> None:
    ticket = make_ticket(make_account(), priority="P2")
    clock(MONDAY_MORNING + timedelta(hours=2))
    set_priority(desk, ticket, "P0")
    ticket.refresh_from_db()
    assert ticket.due_at == MONDAY_MORNING + timedelta(hours=4)
    assert Event.objects.get(verb="priority_set").facts["after"] == "P0"


@pytest.mark.ledger("SLA-24")
def test_an_impact_that_worsened_later_runs_from_that_moment(desk: Client, clock: Any) -> None:
    ticket = make_ticket(make_account(), priority="P2")
    clock(MONDAY_MORNING + timedelta(hours=3))
    set_priority(desk, ticket, "P0", worsened_at=WALL.format("12:30"))
    ticket.refresh_from_db()
    assert ticket.due_at == MONDAY_MORNING + timedelta(hours=6, minutes=30)


@pytest.mark.ledger("SLA-24")
def test_lowering_needs_a_reason_and_one_that_is_given_is_kept(desk: Client) -> None:
    ticket = make_ticket(make_account(), priority="P1")
    refused = set_priority(desk, ticket, "P3")
    assert refused.status_code == 422
    assert "Say why the priority is lowered." in refused.content.decode()
    set_priority(desk, ticket, "P3", reason="Only one host")
    assert Event.objects.get(verb="priority_set").facts["reason"] == "Only one host"


@pytest.mark.ledger("SLA-01")
def test_linking_an_account_later_gives_the_tier_at_receipt_and_counts_from_there(desk: Client) -> None:
    account = make_account("premium", name="Otter & Sons")
    contact = make_contact(account, email="ada@otter.example")
    ticket = make_ticket(None, triage_reason="Unknown sender", priority="P1")
    desk.post(f"/tickets/{ticket.pk}/account/", {"account": "Otter & Sons", "address": "ada@otter.example"})
    ticket.refresh_from_db()
    assert (ticket.tier, ticket.contact, ticket.triage_reason) == ("premium", contact, "")
    assert ticket.due_at == MONDAY_MORNING + timedelta(hours=4)


def test_an_account_that_is_not_there_and_a_stranger_as_contact_are_refused_alike(desk: Client) -> None:
    make_account(name="Otter & Sons")
    ticket = make_ticket(None)
    nobody = desk.post(f"/tickets/{ticket.pk}/account/", {"account": "Nobody Ltd", "address": ""})
    assert "No account of this name." in nobody.content.decode()
    stranger = desk.post(f"/tickets/{ticket.pk}/account/", {"account": "Otter & Sons", "address": "x@y.example"})
    assert stranger.status_code == 422


def test_one_key_takes_a_ticket_and_a_form_gives_it_to_somebody_who_may_answer(desk: Client) -> None:
    ticket, colleague, seller = make_ticket(make_account()), make_user("cse"), make_user("sdr")
    desk.post(f"/tickets/{ticket.pk}/take/")
    ticket.refresh_from_db()
    assert ticket.assignee is not None
    desk.post(f"/tickets/{ticket.pk}/assign/", {"person": colleague.pk})
    ticket.refresh_from_db()
    assert ticket.assignee == colleague
    assert desk.post(f"/tickets/{ticket.pk}/assign/", {"person": seller.pk}).status_code == 422


def new(desk: Client, **given: Any) -> Any:
    form = {
        "subject": "Called about licenses",
        "account": "",
        "address": "ada@otter.example",
        "came_by": "call",
        "received_at": WALL.format("10:00"),
        "text": "Their key has run out.",
        "priority": "P1",
    } | given
    return desk.post("/tickets/new/", form)


@pytest.mark.ledger("INT-01", "SLA-11")
def test_a_request_by_telephone_is_entered_with_its_moment_and_its_priority(desk: Client, clock: Any) -> None:
    make_account("premium", name="Otter & Sons")
    clock(MONDAY_MORNING + timedelta(hours=1))
    assert new(desk, account="Otter & Sons").status_code == 302
    ticket = Ticket.objects.get()
    assert (ticket.source, ticket.priority, ticket.confirmed) == ("manual", "P1", True)
    assert ticket.due_at == MONDAY_MORNING + timedelta(hours=4)
    assert ticket.messages.get().by == "customer"


@pytest.mark.ledger("SLA-11", "SLA-22")
@pytest.mark.parametrize(
    "wrong",
    [
        {"priority": ""},
        {"priority": "P4"},
        {"received_at": WALL.format("13:00")},
        {"received_at": "tomorrow"},
        {"subject": "x" * 1_000_000},
        {"account": "Nobody"},
    ],
)
def test_an_entry_that_cannot_be_right_is_refused(desk: Client, clock: Any, wrong: dict[str, str]) -> None:
    clock(MONDAY_MORNING + timedelta(hours=1))
    assert new(desk, **wrong).status_code == 422
    assert not Ticket.objects.exists()


def test_a_request_of_nobody_we_know_waits_in_triage(desk: Client, clock: Any) -> None:
    clock(MONDAY_MORNING + timedelta(hours=1))
    new(desk)
    assert Ticket.objects.in_triage().count() == 1
