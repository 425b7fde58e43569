"""Changes of deals that leave for Salesforce, conflicts and wins on either side."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from accounts.models import Account, Contract
from fleetcs import clock as product_clock
from fleetcs import effects
from fleetcs.local.standins.salesforce.objects import PROBABILITY
from fleetcs.mirrors import duties, settling
from fleetcs.models import Conflict, Effect, Event, MirrorLink, SalesforceUser
from opportunities.models import DealClose, Opportunity, StageChange
from tests.conftest import Clock
from tests.factories import make_user
from tests.mirrored import load, poll, record
from tests.opportunities.both_sides import changed, mirror
from tests.opportunities.closes import Walk
from tests.sending import send_all
from tests.standins import StandIns

pytest_plugins = ["tests.opportunities.fixtures"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("running")]


@pytest.mark.ledger("OPP-06")
def test_stage_and_next_step_set_here_arrive_there_and_the_history_has_one_row(
    line: StandIns, deal: str, clock: Clock
) -> None:
    """Salesforce's own row about our change is the row that was written here, with the colleague who did it."""
    clock.forward(minutes=1)
    chance = Decimal(PROBABILITY["Negotiation"])
    said = {"next_step": "Send the quote", "next_step_due": date(2026, 3, 20)}
    one = changed(stage="Negotiation", probability=chance, **said)
    send_all()
    there = record(line, deal)
    assert (there["StageName"], there["NextStep"], there["Next_step_due__c"]) == (
        "Negotiation",
        "Send the quote",
        "2026-03-20",
    )
    clock.forward(minutes=1)
    poll()
    poll()
    assert [row.stage for row in one.stage_changes.in_order()] == ["Proposal", "Negotiation"]
    assert one.stage_changes.get(stage="Negotiation").by is not None
    assert MirrorLink.objects.filter(mirror__code="stages").count() == 2


@pytest.mark.slow
def test_a_chance_that_only_salesforce_knew_is_a_row_of_its_own_so_that_the_past_stays_right(
    line: StandIns, deal: str, clock: Clock
) -> None:
    clock.forward(minutes=1)
    one = changed(stage="Negotiation")
    clock.forward(seconds=5)
    send_all()
    clock.forward(minutes=1)
    poll()
    poll()
    one.refresh_from_db()
    rows = [(row.stage, row.probability) for row in one.stage_changes.in_order()]
    assert rows[-1] == ("Negotiation", one.probability)
    assert [stage for stage, _ in rows] == ["Proposal", "Negotiation", "Negotiation"]


def pushes() -> list[str]:
    """What became of everything that was to be sent, oldest first."""
    return list(Effect.objects.filter(kind="salesforce.push").order_by("pk").values_list("state", flat=True))


def test_a_change_that_was_taken_back_before_it_left_is_not_sent(line: StandIns, deal: str, clock: Clock) -> None:
    clock.forward(minutes=1)
    changed(next_step="Send the quote")
    changed(next_step="")
    asked = len(line.journal("salesforce", "/services/data"))
    send_all()
    assert (pushes(), len(line.journal("salesforce", "/services/data"))) == (["cancelled"], asked)


@pytest.mark.slow
def test_an_owner_whom_salesforce_does_not_know_is_not_sent_over_and_over(
    line: StandIns, deal: str, clock: Clock
) -> None:
    """It is looked at again at night, when somebody may have said who they are over there."""
    mirror().fields.filter(ours="owner").update(master="ours")
    clock.forward(minutes=1)
    ola = make_user("ae", name="Ola Nord")
    changed(owner=ola)
    send_all()
    assert pushes() == ["done"]
    [user] = load(line, "User", {"LastName": "Nord"})
    poll()
    settling.link_user(SalesforceUser.objects.get(name="Nord"), ola, by=make_user("bizops"))
    clock.forward(days=1)
    duties.sweep()
    send_all()
    assert record(line, deal)["OwnerId"] == user


def test_a_new_deal_waits_until_its_new_account_is_there(line: StandIns, deal: str, clock: Clock) -> None:
    account = Account.objects.add(by=make_user("bizops"), name="Mill", kind="prospect")
    fields = {"account": account, "name": "Mill 2026", "close_date": date(2026, 6, 30)}
    Opportunity.objects.add(by=make_user("bizops"), stage="Prospecting", owner=make_user("ae"), **fields)
    made = MirrorLink.objects.get(mirror__code="accounts", record_id=account.pk)
    Effect.objects.filter(args={"link": made.pk}).update(next_at=product_clock.now() + timedelta(minutes=1))
    effects.send_rest()
    assert [row["Name"] for row in line.records("Opportunity")] == ["Brook 2026"]
    send_all()
    there = {row["Name"]: row["Id"] for row in line.records("Account")}
    [made] = [row for row in line.records("Opportunity") if row["Name"] == "Mill 2026"]
    assert made["AccountId"] == there["Mill"]


@pytest.mark.ledger("SFD-25")
def test_two_stages_at_once_are_a_conflict_and_nothing_is_overwritten(line: StandIns, deal: str, clock: Clock) -> None:
    clock.forward(minutes=1)
    line.act("edit", object="Opportunity", id=deal, set={"StageName": "Closed Lost"})
    clock.forward(minutes=1)
    changed(stage="Negotiation")
    send_all()
    conflict = Conflict.objects.get()
    assert (conflict.field, conflict.base, conflict.ours, conflict.theirs) == (
        "stage",
        "Proposal",
        "Negotiation",
        "Closed Lost",
    )
    assert (Opportunity.objects.get().stage, record(line, deal)["StageName"]) == ("Negotiation", "Closed Lost")


def test_a_stage_that_salesforce_does_not_take_is_told_in_the_history(line: StandIns, deal: str, clock: Clock) -> None:
    """Trap 16: restricted choices are refused for the one record, with their word."""
    clock.forward(minutes=1)
    one = changed(stage="Daydreaming")
    send_all()
    refused = Event.objects.get(verb="refused_by_salesforce")
    assert refused.facts["code"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert one.stage == "Daydreaming"


@pytest.mark.ledger("OPP-09", "DCL-09")
def test_a_win_over_there_is_a_conflict_while_a_gate_is_open_and_a_win_here_once_all_are_closed(
    line: StandIns, deal: str, clock: Clock
) -> None:
    """Whoever settles it for Salesforce meets the same door: it is asked again."""
    one = Opportunity.objects.get()
    one.change({"owner": make_user("ae")}, by=make_user("bizops"))
    send_all()
    clock.forward(minutes=1)
    line.act("edit", object="Opportunity", id=deal, set={"StageName": "Closed Won", "CloseDate": "2025-11-05"})
    clock.forward(minutes=1)
    poll()
    conflict = Conflict.objects.open().get()
    assert (conflict.field, conflict.ours, conflict.theirs) == ("stage", "Proposal", "Closed Won")
    one.refresh_from_db()
    assert (one.stage, one.close_date) == ("Proposal", date(2026, 6, 30)), "it comes with the win"
    with pytest.raises(settling.NotTaken, match="what is in the way"):
        settling.settle(conflict, "theirs", by=make_user("bizops"))
    assert Opportunity.objects.get().stage == "Proposal"
    assert (Conflict.objects.get(), Event.objects.filter(verb="conflict_settled").exists()) == (conflict, False)
    assert one.owner
    close = DealClose.objects.begin(one, by=one.owner, tier="premium")
    Walk(close).through("DCL-09a")
    settling.settle(Conflict.objects.open().get(), "theirs", by=make_user("bizops"))
    won = Opportunity.objects.get(pk=one.pk)
    assert (won.stage, won.account.kind, won.renewals.count()) == ("Closed Won", "customer", 1)
    assert Contract.objects.get().account == won.account
    assert not Conflict.objects.open().exists()


@pytest.mark.ledger("DCL-09", "CON-03")
def test_a_won_deal_keeps_the_day_of_its_paper_and_one_that_was_opened_again_is_won_over_there_too(
    line: StandIns, deal: str, clock: Clock
) -> None:
    one, biz = Opportunity.objects.get(), make_user("bizops")
    one.change({"owner": make_user("ae"), "close_date": date(2025, 11, 5)}, by=biz)
    assert one.owner
    walk = Walk(DealClose.objects.begin(one, by=one.owner, tier="premium")).through("DCL-09b")
    send_all()
    clock.forward(minutes=1)
    line.act("edit", object="Opportunity", id=deal, set={"CloseDate": "2025-11-30"})
    clock.forward(minutes=1)
    poll()
    conflict = Conflict.objects.open().get()
    assert (conflict.field, conflict.ours, conflict.theirs) == ("close_date", "2025-11-05", "2025-11-30")
    with pytest.raises(settling.NotTaken):
        settling.settle(conflict, "theirs", by=biz)
    assert Opportunity.objects.get(pk=one.pk).close_date == date(2025, 11, 5), "whoever settles it meets the same door"
    settling.settle(Conflict.objects.open().get(), "ours", by=biz)
    Opportunity.objects.get(pk=one.pk).move_to("Negotiation", by=biz, reopened_because="They want it otherwise")
    send_all()
    clock.forward(minutes=1)
    line.act("edit", object="Opportunity", id=deal, set={"StageName": "Closed Won"})
    clock.forward(minutes=1)
    poll()
    assert Opportunity.objects.get(pk=one.pk).is_won
    wins = Event.objects.of(walk.close).filter(verb="close_won").order_by("pk")
    assert [event.by for event in wins] == [one.owner, None]
    assert not Conflict.objects.open().exists()


def test_history_is_never_rewritten(deal: str) -> None:
    row = StageChange.objects.get()
    for act in (lambda: StageChange.objects.update(stage="Else"), lambda: row.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    StageChange.objects.update(by=make_user("ae"))
