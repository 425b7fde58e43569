"""Whose a deal is, by whom Salesforce names and who that is here."""

import pytest

from accounts.models import Account
from fleetcs.mirrors import balance, duties, settling
from fleetcs.models import Event, MirrorLink, SalesforceUser
from opportunities.models import Opportunity
from tests.conftest import Clock
from tests.factories import make_user
from tests.mirrored import load, poll
from tests.standins import StandIns

pytest_plugins = ["tests.opportunities.fixtures"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("running")]


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
