"""Deals, leads and what was done about them, read from Salesforce over the real line."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from accounts.models import Account, Contact
from fleetcs import clock as product_clock
from fleetcs.mirrors import balance, duties, pull
from fleetcs.models import Mirror, MirrorLink
from opportunities import stages
from opportunities.models import Activity, Lead, Opportunity, StageChange
from tests.conftest import Clock
from tests.mirrored import load, poll, record
from tests.opportunities.both_sides import mirror
from tests.standins import StandIns

pytest_plugins = ["tests.opportunities.fixtures"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("running")]


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
