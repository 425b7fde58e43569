"""Deals while Salesforce, the network or the day's quota fails."""

from datetime import date
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from accounts.models import Account
from fleetcs import clock as product_clock
from fleetcs import effects
from fleetcs.models import Effect, Event, Gate, Mirror, MirrorLink
from opportunities.models import Lead, Opportunity, StageChange
from tests.conftest import Clock
from tests.factories import make_user
from tests.mirrored import load, poll, record
from tests.opportunities.both_sides import changed
from tests.sending import send_all
from tests.standins import StandIns

pytest_plugins = ["tests.opportunities.fixtures"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("running")]


@pytest.mark.slow
@pytest.mark.parametrize("fault", [{"p_lost": 1}, {"status_script": [503]}, {"close_midway": True}])
def test_a_new_deal_is_made_there_once_whatever_becomes_of_the_answer(
    line: StandIns, deal: str, clock: Clock, fault: dict[str, Any]
) -> None:
    """F27"""
    fields = {"account": Account.objects.get(), "name": "Brook renewal 2027", "close_date": date(2027, 6, 30)}
    Opportunity.objects.add(by=make_user("bizops"), stage="Prospecting", owner=make_user("ae"), **fields)
    line.turn("salesforce", times=1, only="Fleetcs_id__c", **fault)
    effects.send_rest()
    clock.forward(minutes=2)
    poll()
    send_all()
    poll()
    assert sorted(row["Name"] for row in line.records("Opportunity")) == ["Brook 2026", "Brook renewal 2027"]
    assert Opportunity.objects.count() == 2


@pytest.mark.slow
def test_a_session_that_ends_in_the_middle_is_renewed_once(line: StandIns, deal: str, clock: Clock) -> None:
    """F29"""
    load(line, "Lead", *({"LastName": f"L{number}", "Company": "Mill"} for number in range(30)))
    line.act("expire", after=3)
    before = len(line.journal("salesforce", "/services/oauth2/token"))
    poll()
    assert Lead.objects.count() == 30
    assert len(line.journal("salesforce", "/services/oauth2/token")) == before + 1
    assert {one.trouble for one in Mirror.objects.all()} == {""}


@pytest.mark.slow
def test_when_the_day_is_used_up_sending_waits_behind_one_gate_and_goes_on(
    line: StandIns, deal: str, clock: Clock
) -> None:
    """F30"""
    clock.forward(minutes=1)
    line.act("quota", used=1000, limit=1000)
    changed(next_step="Send the quote")
    send_all()
    assert Gate.objects.closed(product_clock.now()).filter(pk="salesforce").exists()
    asked = len(line.journal("salesforce", "/services/data"))
    poll()
    assert len(line.journal("salesforce", "/services/data")) == asked, "0 calls behind the gate"
    line.act("quota", used=10, limit=1000)
    clock.forward(minutes=61)
    send_all()
    assert record(line, deal)["NextStep"] == "Send the quote"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("word", "told"),
    [("DUPLICATES_DETECTED", True), ("FIELD_CUSTOM_VALIDATION_EXCEPTION", True), ("UNABLE_TO_LOCK_ROW", False)],
)
def test_a_lock_is_tried_again_and_a_rule_is_told(
    line: StandIns, deal: str, clock: Clock, word: str, told: bool
) -> None:
    """F31"""
    clock.forward(minutes=1)
    line.act("script", rows=[word])
    changed(next_step="Send the quote")
    send_all()
    assert Event.objects.filter(verb="refused_by_salesforce", facts__code=word).exists() == told
    assert (record(line, deal).get("NextStep") == "Send the quote") == (not told)


@pytest.mark.slow
def test_a_deal_that_was_deleted_there_while_it_was_changed_here_stays_and_is_not_sent(
    line: StandIns, deal: str, clock: Clock
) -> None:
    """F32"""
    clock.forward(minutes=1)
    line.act("delete", object="Opportunity", id=deal)
    changed(next_step="Send the quote")
    clock.forward(minutes=1)
    send_all()
    poll()
    assert MirrorLink.objects.get(salesforce_id=deal).gone_at
    assert Opportunity.objects.get().next_step == "Send the quote"
    assert record(line, deal).get("NextStep") is None


@pytest.mark.slow
def test_a_stage_change_that_was_committed_late_is_caught(line: StandIns, deal: str, clock: Clock) -> None:
    """F33"""
    clock.forward(minutes=10)
    poll()
    late = product_clock.now().replace(microsecond=0)
    clock.forward(seconds=90)
    poll()
    row = {"OpportunityId": deal, "StageName": "Negotiation", "Probability": 80.0, "CloseDate": "2026-06-30"}
    load(line, "OpportunityHistory", row, at=late.isoformat())
    poll()
    assert StageChange.objects.filter(stage="Negotiation").exists()


def test_without_a_line_nothing_is_told_and_the_history_is_ours(settings: Settings) -> None:
    Mirror.objects.update(stopped_at=product_clock.now())
    account = Account.objects.create(name="Brook", ae=make_user("ae"))
    one = Opportunity.objects.add(by=make_user("bizops"), account=account, name="Deal 2026", stage="Proposal")
    one.move_to("Negotiation", close_date=date(2026, 3, 2), by=make_user("bizops"))
    assert [row.stage for row in one.stage_changes.in_order()] == ["Proposal", "Negotiation"]
    assert not Effect.objects.exists()
