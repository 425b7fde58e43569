"""A miss that becomes urgent afterwards is taken up the order as any other, and nobody is told of what is settled."""

from datetime import timedelta
from typing import Any

import pytest

from fleetcs.models import Automation
from support.models import Alert, Clock, Ticket
from support.tasks import remind, sweep_clocks
from tests.factories import MONDAY_MORNING, make_account, make_ticket, make_user

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def people(db: None) -> dict[str, Any]:
    Automation.objects.filter(pk="sla_alerts").update(position="act")
    return {post: make_user(post, slack_id=f"U{post.upper()}") for post in ("cse", "manager_cse_csa", "vp_cs")}


def contract(ticket: Ticket) -> Clock:
    return ticket.clocks.get(kind="response")


@pytest.mark.ledger("SLA-24", "SLA-07")
def test_a_miss_that_turns_out_to_be_urgent_is_taken_to_the_vp(clock: Any, people: dict[str, Any]) -> None:
    ticket = make_ticket(make_account("ultimate"))
    clock(MONDAY_MORNING + 30 * HOUR)
    sweep_clocks()
    assert contract(ticket).alerts.get(threshold="missed").state == "fired"
    ticket.set_priority("P0", by=people["cse"])
    sweep_clocks()
    told = contract(ticket).alerts.get(threshold="escalate_1")
    assert (told.state, told.due_at) == ("fired", MONDAY_MORNING + 2 * HOUR)
    assert sweep_clocks() == 0


@pytest.mark.ledger("SLA-24")
def test_what_is_answered_is_taken_to_nobody_when_its_priority_is_corrected(clock: Any, people: dict[str, Any]) -> None:
    ticket = make_ticket(make_account("ultimate"))
    clock(MONDAY_MORNING + 30 * HOUR)
    sweep_clocks()
    ticket.answer("Hello", by=people["cse"])
    ticket.set_priority("P0", by=people["cse"])
    assert not contract(ticket).alerts.filter(threshold="escalate_1").exists()


@pytest.mark.ledger("SLA-24", "SLA-06")
def test_what_was_missed_has_no_earlier_aim_left_to_ring_for(clock: Any, people: dict[str, Any]) -> None:
    ticket = make_ticket(make_account("premium"), priority="P0")
    clock(MONDAY_MORNING + 5 * HOUR)
    sweep_clocks()
    ticket.set_priority("P3", by=people["cse"], reason="A question")
    one = contract(ticket)
    assert (one.missed, one.due_at, one.target_at) == (True, MONDAY_MORNING + 4 * HOUR, None)
    assert not one.alerts.filter(threshold="target").exists()


@pytest.mark.ledger("SLA-24")
@pytest.mark.parametrize("end", ["confirm", "resolve"])
def test_nobody_is_asked_to_confirm_what_is_confirmed_or_resolved_meanwhile(
    clock: Any, people: dict[str, Any], end: str
) -> None:
    ticket, by = make_ticket(make_account("ultimate")), people["cse"]
    clock(MONDAY_MORNING + 2 * HOUR)
    remind()
    alert = Alert.objects.with_clock().get(threshold="unconfirmed")
    assert alert.moot is None
    {
        "confirm": lambda: ticket.set_priority("P2", by=by),
        "resolve": lambda: ticket.resolve(by=by, outcome="faq_updated"),
    }[end]()
    assert (
        Alert.objects.with_clock().get(threshold="unconfirmed").moot
        == {"confirm": "confirmed", "resolve": "resolved"}[end]
    )
