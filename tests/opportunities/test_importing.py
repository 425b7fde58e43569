"""Leads and opportunities out of CSV files: by the same gates as at the page, whoever brings them."""

from datetime import date
from typing import Any

import pytest

from fleetcs.models import Effect, Mirror
from opportunities.models import Lead, Opportunity
from opportunities.models.conversion import Plan
from tests.factories import make_account, make_lead, make_opportunity, make_user
from tests.fleetcs.csv_files import begin, checked, plans, states
from tests.visiting import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Any:
    return client_of(make_user("bizops"))


def test_leads_are_written_down_once_and_found_again_by_their_address(client: Any) -> None:
    sdr = make_user("sdr", name="Sid Ray")
    known = make_lead(name="Ann", email="Ann@mill.example", company="Mill", status="Open", phone="")
    text = (
        "Full name,Company,E-mail,Lead status,Lead owner,Phone\n"
        "Ann,Mill,ann@mill.example,MQL,,+1 555\nBea,Mill,bea@mill.example,MQL,sid ray,\n"
        "Cid,Mill,cid@mill.example,Nonsense,,\n"
    )
    job = checked(client, "leads", text, "email", "change")
    assert plans(job) == [
        (2, "change", "Lead status: Open → MQL; Phone: none → +1 555"),
        (3, "add", "Name: Bea; Company: Mill; Email: bea@mill.example; Lead status: MQL; Lead owner: Sid Ray"),
        (4, "bad", "Lead status: Select a valid choice. Nonsense is not one of the available choices."),
    ]
    begin(client, job)
    known.refresh_from_db()
    assert (known.status, known.phone, known.email) == ("MQL", "+1 555", "Ann@mill.example")
    assert Lead.objects.get(name="Bea").owner == sdr


def test_a_lead_that_was_converted_does_not_come_back_with_the_file(client: Any) -> None:
    by = make_user("ae")
    lead = make_lead(name="Ann", email="ann@mill.example", company="Mill", owner=by)
    deal = {"name": "Mill 2026", "stage": "Prospecting", "type": "New", "owner": by}
    assert lead.convert(Plan(deal=deal, account=make_account(name="Mill"), contact=None, new_account={}), by=by)
    text = "Name,Company,Email,Rating\nAnn,Mill,ann@mill.example,{}\n"
    assert plans(checked(client, "leads", text.format(""), "email", "change")) == [(2, "same", "")]
    job = checked(client, "leads", text.format("Hot"), "email", "change")
    assert plans(job) == [(2, "bad", "It is converted: go on with what came of it.")]


def test_deals_come_in_with_their_history_and_what_sellers_keep_is_kept_up_to_date(client: Any) -> None:
    seller = make_user("ae", name="Al Reef")
    mill = make_account(name="Mill", ae=seller)
    known = make_opportunity(mill, name="Mill 2025", stage="Proposal", amount="1200", owner=seller)
    text = (
        "Account name,Opportunity name,Stage,Amount,Close date,Next step\n"
        "mill,mill 2025,Negotiation,1500,2026-08-01,Call\nMill,Mill 2026,,900,2026-09-01,\nNobody,X 2026,,1,,\n"
    )
    job = checked(client, "opportunities", text, "name", "change")
    assert plans(job) == [
        (2, "change", "Stage: Proposal → Negotiation; Amount: 1200.00 → 1500.00; Close date: 2026-06-30 → 2026-08-01; "
                      "Next step: none → Call"),
        (3, "add", "Account name: Mill; Opportunity name: Mill 2026; Amount: 900; Close date: 2026-09-01"),
        (4, "bad", "Account name: “Nobody” is not known, or cannot be chosen."),
    ]  # fmt: skip
    begin(client, job)
    known.refresh_from_db()
    assert [change.stage for change in known.stage_changes.order_by("pk")] == ["Proposal", "Negotiation"]
    new = Opportunity.objects.get(name="Mill 2026")
    assert (new.stage, new.type, new.owner, new.close_date) == ("Prospecting", "New", seller, date(2026, 9, 1))


@pytest.mark.ledger("OPP-07", "OPP-09")
def test_no_file_gets_a_deal_past_the_gates_of_its_stages(client: Any) -> None:
    seller = make_user("ae")
    mill = make_account(tier=None, name="Mill", kind="prospect", ae=seller)
    for name in ("Mill 2026", "Pond 2026"):
        make_opportunity(mill, name=name, owner=seller, type="New")
    text = (
        "Account,Opportunity,Stage,Lost because\nMill,Mill 2026,Closed Won,\nMill,Pond 2026,Closed Lost,\n"
        "Mill,Reef 2026,Closed Won,\n"
    )
    job = checked(client, "opportunities", text, "name", "change")
    assert plans(job) == [
        (2, "bad", "Stage: The deal's AE marks it Closed Won."),
        (3, "bad", "Stage: Say why it is lost."),
        (4, "bad", "Stage: The deal's AE marks it Closed Won."),
    ]
    begin(client, job)
    assert set(Opportunity.objects.values_list("stage", flat=True)) == {"Proposal"}
    text = "Account,Opportunity,Stage,Lost because\nMill,Pond 2026,Closed Lost,Too dear\n"
    begin(client, checked(client, "opportunities", text, "name", "change"))
    assert Opportunity.objects.get(name="Pond 2026").lost_because == "Too dear"


@pytest.mark.ledger("OPP-02", "OPP-03")
def test_an_expansion_out_of_a_file_has_its_name_and_its_owner_as_any_other(client: Any) -> None:
    make_account(name="Mill", ae=make_user("ae", name="Al Reef"), csm=make_user("csm", name="Cay Reef"))
    name = "Mill_Premium_HostExpansion_Q12026"
    text = f"Account,Opportunity,Type,Owner\nMill,More 2026,Expansion,\nMill,{name},Expansion,Al Reef\n"
    assert [
        why.partition(":")[0] for _, plan, why in plans(checked(client, "opportunities", text, "name")) if plan == "bad"
    ] == ["Opportunity name", "Opportunity owner"]
    begin(client, checked(client, "opportunities", f"Account,Opportunity,Type\nMill,{name},Expansion\n", "name"))
    assert Opportunity.objects.get().owner.name == "Cay Reef"


def test_a_deal_that_is_there_keeps_its_name_type_and_owner(client: Any) -> None:
    deal = make_opportunity(make_account(name="Mill"), name="Mill 2026", type="New", owner=make_user("ae"))
    job = checked(client, "opportunities", f"Id,Type,Next step\n{deal.pk},Expansion,Call\n", "id", "change")
    assert plans(job) == [(2, "bad", "Type: It is set on new ones only.")]
    assert plans(checked(client, "opportunities", f"Id,Type,Next step\n{deal.pk},New,Call\n", "id", "change")) == [
        (2, "change", "Next step: none → Call")
    ]


def test_salesforce_hears_of_what_was_imported_and_of_nothing_that_was_only_checked(client: Any) -> None:
    mirror = Mirror.objects.get(code="leads")
    long_ago = {"started_at": "2026-01-01T00:00Z", "loaded_at": "2026-01-01T00:00Z", "stopped_at": None}
    Mirror.objects.filter(pk=mirror.pk).update(**long_ago, has_key=True)
    mirror.fields.filter(ours="name").update(is_on=True, found="Name", missing_at=None)
    job = checked(client, "leads", "Name,Email\nAnn,ann@mill.example\n", "email")
    assert not Effect.objects.filter(kind="salesforce.push").exists()
    begin(client, job)
    assert states(job) == [(2, "done", "Name: Ann; Email: ann@mill.example")]
    assert Effect.objects.filter(kind="salesforce.push").count() == 1
