"""Promises as people meet them: on the ticket's page, in the lists, and in every text that prints the hours."""

from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Contract
from fleetcs.models import HandbookEntry, MessageText, OpeningHours
from support.models import SlaPolicy, Thread, Ticket
from support.senders.slack import outgoing_notice
from support.tasks import recount_clocks, sweep_clocks
from tests import intake
from tests.conftest import Clock
from tests.factories import MONDAY_MORNING, make_account, make_channel, make_ticket, make_user
from tests.intake import ts

pytestmark = pytest.mark.django_db

WORDS = {
    "free": "P1 Free: No guaranteed resolution",
    "premium": "P1 Premium: 4 business hours",
    "ultimate": "P1 Ultimate: 2 hours, or 4 hours outside business hours",
}


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(make_user("cse"))
    return client


@pytest.mark.ledger("SLA-01")
@pytest.mark.parametrize("tier", list(WORDS))
def test_a_ticket_shows_the_policy_of_its_tier_and_a_later_tier_changes_nothing(desk: Client, tier: str) -> None:
    account = make_account(tier)
    ticket = make_ticket(account, priority="P1")
    due, page = ticket.due_at, f"/tickets/{ticket.pk}/"
    assert WORDS[tier] in desk.get(page).content.decode()
    contract, buyer = account.contracts.get(), make_user("bizops")
    contract.change({"tier": "premium" if tier != "premium" else "ultimate"}, by=buyer)
    ticket.refresh_from_db()
    assert (ticket.due_at, ticket.tier) == (due, tier)
    assert WORDS[tier] in desk.get(page).content.decode()
    assert "contract changed" in desk.get(account.get_absolute_url()).content.decode()


@pytest.mark.ledger("SLA-02")
def test_a_free_ticket_of_thirty_days_is_in_no_list_of_broken_promises(desk: Client, clock: Clock) -> None:
    clock(MONDAY_MORNING)
    account = make_account(None)
    ticket = make_ticket(account, priority="P0", subject="Old and free")
    clock(MONDAY_MORNING + timedelta(days=30))
    sweep_clocks()
    [row] = desk.get("/tickets/").context["rows"]
    assert "No guaranteed resolution" in row.promise
    assert desk.get("/tickets/?promise=none").context["listing"].count == 1
    for state in ("late", "missed", "at_risk"):
        url = f"/figures/tickets/?first=2026-01-05&last=2026-02-28&kind=response&state={state}"
        assert desk.get(url).context["listing"].count == 0
    promise = ticket.clocks.get(kind="response")
    assert (promise.missed, promise.due_at) == (False, None)


@pytest.mark.ledger("SLA-11")
def test_both_forms_show_the_four_loaded_definitions_word_for_word_and_ask_for_one(desk: Client) -> None:
    call_command("load_handbook", "fleetcs/local/handbook.yaml", verbosity=0)
    ticket = make_ticket(make_account())
    for path in (f"/tickets/{ticket.pk}/priority/", "/tickets/new/"):
        html = unescape(desk.get(path).content.decode())
        places = [html.index(HandbookEntry.objects.value("pages", f"definition_p{number}")) for number in range(4)]
        choices = [html.index(f'value="P{number}"') for number in range(4)]
        assert [spot for pair in zip(choices, places, strict=True) for spot in pair] == sorted(choices + places)
    refused = desk.post(f"/tickets/{ticket.pk}/priority/", {"priority": "", "version": ticket.version})
    assert (refused.status_code, "Choose a priority." in refused.content.decode()) == (422, True)


@pytest.mark.ledger("SLA-11")
def test_the_page_says_who_set_the_priority_and_when(desk: Client, clock: Clock) -> None:
    clock(MONDAY_MORNING)
    ticket, agent = make_ticket(make_account()), make_user("cse", name="Wren Halloran")
    ticket.set_priority("P1", by=agent)
    facts = desk.get(f"/tickets/{ticket.pk}/").content.decode().split("<dt>Priority set</dt>")[1][:400]
    assert "by Wren Halloran" in facts
    assert "2026-01-12" in facts


@pytest.mark.ledger("SLA-14")
def test_one_setting_changes_the_notice_the_window_and_the_due_times_together(clock: Clock) -> None:
    body = "Closed now ({opens} - {closes} {zone}), {username}."
    MessageText.objects.filter(pk="after_hours_notice").update(body=body)
    clock("2026-02-02T12:00:00-08:00")
    channel = make_channel(make_account("premium"), after_hours=True)
    clock("2026-02-03T06:40:00-08:00")
    early = ts("2026-02-03T06:30:00-08:00")
    intake.slack(channel.slack_id, "U0ADA", "Before seven", early)
    assert Ticket.objects.count() == 1
    assert "(7am - 4pm PT)" in outgoing_notice(Thread.objects.get(ticket__isnull=False))
    high = make_ticket(make_account("premium"), priority="P1", received_at=datetime(2026, 2, 3, 23, 30, tzinfo=UTC))
    correct_the_hours("06:00")
    recount_clocks()
    high.refresh_from_db()
    assert high.due_at == datetime(2026, 2, 4, 17, 30, tzinfo=UTC)  # half an hour on Tuesday, from six on Wednesday
    assert "(6am - 4pm PT)" in outgoing_notice(Thread.objects.get(ticket__isnull=False))
    clock("2026-02-04T06:40:00-08:00")
    intake.slack(channel.slack_id, "U0ADA", "Before seven again", ts("2026-02-04T06:30:00-08:00"))
    assert Thread.objects.unanswered().get().ticket is None
    low = make_ticket(make_account("premium"), priority="P2", received_at=datetime(2026, 1, 23, 14, 30, tzinfo=UTC))
    assert low.due_at == datetime(2026, 1, 26, 14, 30, tzinfo=UTC)  # Friday 6:30 is due on Monday 6:30


def correct_the_hours(opens: str) -> None:
    """As an administrator does it on the page: look what it moves, then confirm."""
    client, version = Client(), OpeningHours.objects.get()
    client.force_login(make_user("vp_cs"))
    week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), f"{opens}-16:00") | {"sat": "", "sun": ""}
    url = f"/hours/{version.pk}/correct"
    assert "This moves" in client.post(url, week).content.decode()
    assert client.post(url, week | {"confirmed": "yes", "form_token": "h"}).status_code == 302


@pytest.mark.ledger("SLA-16")
def test_no_form_lets_a_new_contract_have_the_superseded_policy() -> None:
    account, client = make_account(None), Client()
    client.force_login(make_user("bizops"))
    old = SlaPolicy.objects.get(superseded=True).code
    url = reverse("accounts:contract_create", args=[account.pk])
    shown = client.get(url)
    assert shown.status_code == 200
    assert old not in shown.content.decode()
    given = {"tier": "premium", "in_force_from": "2026-01-01", "in_force_to": "", "policy": old, "form_token": "p"}
    assert client.post(url, given).status_code == 302
    assert Contract.objects.get(account=account).policy == ""


@pytest.mark.ledger("SLA-22")
@pytest.mark.parametrize("action", ["escalate_p4", "escalate_P4", "escalate_"])
def test_no_button_brings_in_a_priority_that_does_not_exist(clock: Clock, action: str) -> None:
    clock("2026-02-03T19:00:00-08:00")
    channel = make_channel(make_account("ultimate"), after_hours=True)
    intake.slack(channel.slack_id, "U0ADA", "All is down", ts("2026-02-03T18:30:00-08:00"))
    ticket = Ticket.objects.get()
    assert intake.click(ticket.pk, "U0ADA", channel.slack_id, action).state == "ignored"
    ticket.refresh_from_db()
    assert ticket.priority == "P2"


@pytest.mark.ledger("SLA-23")
@pytest.mark.parametrize("tier", ["premium", "ultimate"])
def test_the_emergency_page_holds_what_the_handbook_settles_and_nothing_made_up(desk: Client, tier: str) -> None:
    promise = {"premium": "4 hours", "ultimate": "1 hour, or 2 hours outside business hours"}[tier]
    make_user("vp_cs", name="Vera Price")
    html = desk.get(f"/emergency/{tier}/").content.decode()
    assert promise in html
    assert "Vera Price" in html
    assert "Nobody has written it yet." in html
    HandbookEntry.objects.create(section="pages", code=f"p0_flow_{tier}", value="Ring first.")
    assert "Ring first." in desk.get(f"/emergency/{tier}/").content.decode()


@pytest.mark.ledger("SLA-24")
def test_an_upgrade_at_noon_is_due_at_four_or_earlier_and_leaves_a_row(desk: Client, clock: Any) -> None:
    ticket = make_ticket(make_account("premium"), priority="P2")
    before = ticket.due_at
    clock(MONDAY_MORNING + timedelta(hours=2, seconds=30))  # noon
    sent = {"priority": "P0", "reason": "", "worsened_at": "2026-01-12T12:00", "version": ticket.version}
    assert desk.post(f"/tickets/{ticket.pk}/priority/", sent).status_code == 302
    ticket.refresh_from_db()
    assert ticket.due_at == min(before, MONDAY_MORNING + timedelta(hours=6))
    assert "set the priority" in desk.get(f"/tickets/{ticket.pk}/?show=changes").content.decode()
