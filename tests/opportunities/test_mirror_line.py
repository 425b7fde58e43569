"""Leads, opportunities, stage history and activities over the real line (SYS-02, SFD-25)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from pytest_django.fixtures import Settings

from accounts.models import Account, Contact, Contract
from fleetcs import clock as product_clock
from fleetcs import effects
from fleetcs.clients import salesforce
from fleetcs.local.standins.salesforce.objects import PROBABILITY
from fleetcs.mirrors import balance, duties, pull, settling
from fleetcs.models import Automation, Conflict, Effect, Event, Gate, Mirror, MirrorLink, SalesforceUser
from opportunities import stages
from opportunities.models import Activity, DealClose, Lead, Opportunity, StageChange
from tests.conftest import Clock
from tests.factories import make_user
from tests.opportunities.closes import Walk
from tests.standins import StandIns

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("line")]

DAY_BEFORE = "2026-03-01T09:00:00Z"


@pytest.fixture(autouse=True)
def _running(line: StandIns) -> Iterator[None]:
    """All mirrors are started and may act."""
    Automation.objects.get(code="salesforce").switch("act", by=None)
    for mirror in Mirror.objects.all():
        mirror.start(by=make_user("administrator"))
    yield
    salesforce.line._quota.clear()
    salesforce.spent()


def load(line: StandIns, object: str, *rows: dict[str, Any], at: str = "") -> list[str]:
    ids: list[str] = line.act("load", object=object, rows=list(rows), at=at or product_clock.now().isoformat())
    return ids


def poll() -> int:
    """The next poll, whenever it is due."""
    Mirror.objects.update(tried_at=None)
    return duties.poll()


def send_all() -> None:
    for _ in range(6):
        Effect.objects.open().update(next_at=datetime(2020, 1, 1, tzinfo=UTC))
        if not effects.send_rest():
            return


def record(line: StandIns, id: str, object: str = "Opportunity") -> dict[str, Any]:
    return next(row for row in line.records(object) if row["Id"] == id)


def mirror(code: str = "opportunities") -> Mirror:
    return Mirror.objects.get(code=code)


@pytest.fixture
def deal(line: StandIns) -> str:
    """An opportunity that was made and moved over there, and is here."""
    [account] = load(line, "Account", {"Name": "Brook"}, at=DAY_BEFORE)
    set_ = {"Name": "Brook 2026", "AccountId": account, "StageName": "Prospecting", "CloseDate": "2026-06-30"}
    [id] = load(line, "Opportunity", {**set_, "Amount": 1200.5, "Next_step_due__c": "2026-03-09"}, at=DAY_BEFORE)
    line.act("edit", object="Opportunity", id=id, set={"StageName": "Proposal"}, at="2026-03-01T12:00:00Z")
    poll()
    return id


def changed(**changes: Any) -> Opportunity:
    opportunity = Opportunity.objects.get()
    opportunity.change(changes, by=make_user("bizops"))
    return opportunity


# --- reading ---------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SYS-02", "SFD-12")
def test_an_opportunity_arrives_with_its_values_and_its_history(deal: str) -> None:
    one = Opportunity.objects.get()
    assert (one.name, one.account.name, one.stage) == ("Brook 2026", "Brook", "Proposal")
    assert (one.amount, one.close_date, one.next_step_due) == (Decimal("1200.5"), date(2026, 6, 30), date(2026, 3, 9))
    [step] = stages.steps(one.stage_changes.in_order())
    assert (step.stage, step.change.at) == ("Proposal", datetime(2026, 3, 1, 12, tzinfo=UTC))


@pytest.mark.ledger("SYS-02")
def test_all_eight_mirrors_balance_and_the_second_run_changes_nothing(line: StandIns, deal: str) -> None:
    [id] = [row["Id"] for row in line.records("Account")]
    load(line, "Lead", {"FirstName": "Una", "LastName": "Berg", "Company": "Mill", "Status": "Open"})
    load(line, "Task", {"Subject": "Call them", "WhatId": deal, "Status": "Completed", "TaskSubtype": "Call"})
    load(line, "Event", {"Subject": "Meet", "WhatId": id, "StartDateTime": "2026-03-02T10:00:00.000+0000"})
    poll()
    duties.recount()
    now = product_clock.now()
    assert {one.code: balance.standing(one, now).words for one in Mirror.objects.all()} == dict.fromkeys(
        ("users", "accounts", "contacts", "leads", "opportunities", "stages", "tasks", "events"), "Balanced"
    )
    before = [list(model.objects.order_by("pk").values()) for model in (Opportunity, Lead, Activity, StageChange)]
    poll()
    after = [list(model.objects.order_by("pk").values()) for model in (Opportunity, Lead, Activity, StageChange)]
    assert before == after


def test_tasks_and_events_say_what_was_done_about_whom_and_for_how_long(line: StandIns, deal: str) -> None:
    [account] = [row["Id"] for row in line.records("Account")]
    [contact] = load(line, "Contact", {"LastName": "Lund", "AccountId": account})
    call = {"Subject": "Call", "WhoId": contact, "TaskSubtype": "Call", "CallDurationInSeconds": 301}
    load(line, "Task", {**call, "Status": "Completed", "ActivityDate": "2026-03-02"})
    meeting = {"Subject": "Kickoff", "WhatId": deal, "StartDateTime": "2026-03-02T10:00:00.000+0000"}
    load(line, "Event", {**meeting, "DurationInMinutes": 30, "EventSubtype": "Event"})
    poll()
    done, met = Activity.objects.get(kind="call"), Activity.objects.get(kind="event")
    assert (done.minutes, done.contact, done.account) == (6, Contact.objects.get(), Account.objects.get())
    assert (met.minutes, met.opportunity, met.account) == (30, Opportunity.objects.get(), Account.objects.get())
    assert met.at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert done.at.astimezone(product_clock.now().tzinfo).date() == date(2026, 3, 2), "a day is that day"


@pytest.mark.slow
@pytest.mark.parametrize("few", [0, 10])
def test_what_was_done_more_than_a_year_ago_is_here_too_although_salesforce_has_archived_it(
    line: StandIns, deal: str, clock: Clock, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(pull, "FEW", few)  # above it records come in bulk, another question than that of pages
    Mirror.objects.filter(code="tasks").update(loaded_at=None, stamp=None)
    Mirror.objects.exclude(code="tasks").update(stopped_at=product_clock.now())
    calls = [{"Subject": f"Call {number}", "WhatId": deal, "IsArchived": True} for number in range(7)]
    load(line, "Task", *calls, {"Subject": "Deleted", "IsArchived": True, "IsDeleted": True}, at="2024-03-01T09:00:00Z")
    poll()
    poll()
    assert Activity.objects.count() == 7
    clock.forward(days=1)
    duties.sweep()
    poll()
    duties.recount()
    assert (mirror("tasks").held, mirror("tasks").healed) == (0, 0), "they have not vanished"
    assert balance.standing(mirror("tasks"), product_clock.now()).words == "Balanced"


@pytest.mark.slow
def test_a_stage_that_was_renamed_or_taken_out_of_use_stays_in_history_as_it_was(line: StandIns, deal: str) -> None:
    line.act("shape", object="Opportunity", choices={"StageName": {"Proposal": False, "Quote sent": True}})
    line.act("edit", object="Opportunity", id=deal, set={"StageName": "Quote sent"})
    poll()
    assert Opportunity.objects.get().stage == "Quote sent"
    moves = [step.stage for step in stages.steps(StageChange.objects.in_order())]
    assert moves == ["Proposal", "Quote sent"]
    assert Opportunity.objects.open().count() == 1


def test_a_converted_lead_leads_to_what_came_of_it_and_nothing_is_doubled(line: StandIns, clock: Clock) -> None:
    [id] = load(line, "Lead", {"FirstName": "Una", "LastName": "Berg", "Company": "Mill", "Status": "Open"})
    poll()
    clock.forward(minutes=5)
    line.act("convert", id=id, opportunity="Mill 2026")
    poll()
    poll()
    lead = Lead.objects.get()
    assert (lead.is_converted, lead.converted_account) == (True, Account.objects.get(name="Mill"))
    assert lead.converted_contact == Contact.objects.get(name="Una Berg")
    assert lead.converted_opportunity == Opportunity.objects.get(name="Mill 2026")
    assert MirrorLink.objects.get(salesforce_id=id).gone_at is None


def test_merged_leads_leave_one_and_its_activities(line: StandIns, clock: Clock) -> None:
    loser, winner = load(line, "Lead", *({"LastName": name, "Company": "Mill"} for name in ("Berg", "Bergh")))
    load(line, "Task", {"Subject": "Write", "WhoId": loser})
    poll()
    clock.forward(minutes=5)
    line.act("merge", object="Lead", master=winner, losers=[loser])
    poll()
    assert Activity.objects.get().lead == Lead.objects.get(name="Bergh")


@pytest.mark.slow
def test_what_salesforce_works_out_is_looked_at_every_night(line: StandIns, deal: str, clock: Clock) -> None:
    """Trap 8: it changes without a change of the stamp, so that no window shows it."""
    assert Opportunity.objects.get().expected_revenue == Decimal("720.30")
    stamp = record(line, deal)["SystemModstamp"]
    load(line, "Opportunity", {"Id": deal, "Probability": 50.0}, at=stamp)
    poll()
    clock.forward(days=1)
    duties.sweep()
    assert Opportunity.objects.get().expected_revenue == Decimal("600.25")


def test_opportunities_wait_for_the_accounts_they_belong_to(line: StandIns) -> None:
    """While accounts are being loaded none is skipped for want of one."""
    [account] = load(line, "Account", {"Name": "Brook"})
    load(line, "Opportunity", {"Name": "Deal", "AccountId": account, "StageName": "Proposal"})
    Mirror.objects.claim("accounts", product_clock.now())
    poll()
    assert (mirror().loaded_at, MirrorLink.objects.filter(mirror__code="opportunities").count()) == (None, 0)
    Mirror.objects.filter(code="accounts").update(busy_until=None)
    poll()
    assert Opportunity.objects.get().account == Account.objects.get()


# --- who is who ------------------------------------------------------------------------------------------------------
@pytest.fixture
def owned(line: StandIns) -> Opportunity:
    """A deal whose owner over there has the address of a colleague here."""
    [user] = load(line, "User", {"LastName": "Nord", "FirstName": "Ola", "Email": "OLA@lanternfish.example"})
    [account] = load(line, "Account", {"Name": "Brook", "OwnerId": user, "CSM__c": user})
    deal = {"Name": "Deal", "AccountId": account, "StageName": "Proposal", "CloseDate": "2026-06-30"}
    load(line, "Opportunity", {**deal, "OwnerId": user})
    poll()
    return Opportunity.objects.get()


def test_an_address_proposes_and_a_click_decides_who_owns_what(owned: Opportunity, clock: Clock) -> None:
    ola = make_user("ae", name="Ola Nord", email="ola@lanternfish.example")
    someone = SalesforceUser.objects.with_proposal().get(name="Ola Nord")
    assert (someone.proposed, owned.owner) == (ola.pk, None)
    poll()
    assert Opportunity.objects.get().owner is None
    assert settling.link_user(someone, ola, by=make_user("bizops"))
    assert not settling.link_user(someone, ola, by=make_user("bizops")), "once"
    poll()
    account = Account.objects.get()
    assert (Opportunity.objects.get().owner, account.ae, account.csm) == (ola, ola, ola)


@pytest.mark.slow
def test_what_was_somebodys_by_a_wrong_link_is_nobodys_after_the_next_sweep(owned: Opportunity) -> None:
    ola = make_user("ae")
    someone = SalesforceUser.objects.get(name="Ola Nord")
    settling.link_user(someone, ola, by=make_user("bizops"))
    poll()
    someone.refresh_from_db()
    assert settling.unlink_user(someone, by=make_user("bizops"))
    duties.sweep()
    assert (Opportunity.objects.get().owner, Account.objects.get().ae) == (None, None)
    assert Event.objects.filter(verb="salesforce_user_unlinked", facts__colleague=ola.pk).exists()


@pytest.mark.slow
def test_history_does_not_go_on_naming_a_colleague_who_was_linked_by_mistake(
    line: StandIns, owned: Opportunity, clock: Clock
) -> None:
    ola, ida, by = make_user("ae"), make_user("ae"), make_user("bizops")
    someone = SalesforceUser.objects.get(name="Ola Nord")
    link = MirrorLink.objects.of("users", someone.pk)
    assert link
    clock.forward(minutes=5)
    [deal] = [row["Id"] for row in line.records("Opportunity")]
    line.act("edit", object="Opportunity", id=deal, set={"StageName": "Negotiation"}, by=link.salesforce_id)
    settling.link_user(someone, ola, by=by)
    poll()
    assert owned.stage_changes.get(stage="Negotiation").by == ola
    assert settling.unlink_user(someone, by=by)
    assert owned.stage_changes.get(stage="Negotiation").by is None
    duties.sweep()
    settling.link_user(someone, ida, by=by)
    poll()
    assert owned.stage_changes.get(stage="Negotiation").by == ida


@pytest.mark.slow
def test_a_deal_that_somebody_unknown_has_taken_over_is_not_left_with_who_had_it(
    line: StandIns, owned: Opportunity, clock: Clock
) -> None:
    ola = make_user("ae")
    settling.link_user(SalesforceUser.objects.get(name="Ola Nord"), ola, by=make_user("bizops"))
    poll()
    [other] = load(line, "User", {"LastName": "Roe", "FirstName": "Ida"})
    clock.forward(minutes=5)
    [deal] = [row["Id"] for row in line.records("Opportunity")]
    line.act("edit", object="Opportunity", id=deal, set={"OwnerId": other})
    poll()
    one = Opportunity.objects.get()
    assert one.owner is None
    told = Event.objects.of(one).filter(verb="changed_in_salesforce").latest("pk")
    assert told.facts["fields"] == ["owner"], "whoever had it can see that it is theirs no more"
    assert balance.awaited_name(balance.of_record(one), "owner") == "Ida Roe"


# --- writing ---------------------------------------------------------------------------------------------------------
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


# --- faults ----------------------------------------------------------------------------------------------------------
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
