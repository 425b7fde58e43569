"""From stage to stage: one door, whoever opens it (OPP-09)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Contract
from fleetcs import changing
from fleetcs.models import BulkRow
from opportunities.models import DealClose, Opportunity
from tests.factories import make_account, make_close, make_executed, make_opportunity, make_user
from tests.opportunities.closes import Walk
from tests.visiting import client_of

pytestmark = pytest.mark.django_db

DRIVE_URL = "https://drive.google.com/file/d/executed"


def moving(opportunity: Opportunity, stage: str, **along: Any) -> dict[str, list[str]]:
    """What a move is refused with; nothing when it is made."""
    try:
        opportunity.move_to(stage, by=make_user("bizops"), **along)
    except ValidationError as refused:
        return refused.message_dict
    return {}


@pytest.mark.ledger("OPP-09", "DCL-09")
def test_closed_won_needs_a_close_date_and_the_executed_contract() -> None:
    deal = make_opportunity(owner=make_user("ae"), close_date=None, type="Existing Business")
    contract = "Attach the executed contract first."
    assert moving(deal, "Closed Won") == {"stage": ["Give the close date first.", contract]}
    assert moving(deal, "Closed Won", close_date=date(2025, 11, 5)) == {"stage": [contract]}
    agreement = make_executed(deal)
    assert moving(deal, "Closed Won", close_date=date(2025, 11, 5)) == {"stage": [contract]}
    agreement.attach(DRIVE_URL, by=make_user("bizops"))
    assert not moving(deal, "Closed Won", close_date=date(2025, 11, 5))
    assert [row.stage for row in deal.stage_changes.in_order()] == ["Proposal", "Closed Won"]


@pytest.mark.ledger("OPP-09")
def test_the_form_says_what_is_missing_and_nothing_is_changed() -> None:
    deal = make_opportunity(owner=make_user("ae"))
    fields = {"stage": "Closed Won", "amount": "5", "close_date": "2026-06-30", "next_step": "", "next_step_due": ""}
    assert deal.owner
    owner = client_of(deal.owner)
    page = owner.post(f"/opportunities/{deal.pk}/edit", fields | {"version": "1"})
    assert page.status_code == 422
    assert "Attach the executed contract first." in page.content.decode()
    deal.refresh_from_db()
    assert (deal.stage, deal.stage_changes.count()) == ("Proposal", 1)


def test_a_deal_whose_move_is_refused_is_as_it_was_for_the_page_that_says_so() -> None:
    deal = make_opportunity(owner=(whose := make_user("ae")), next_step="Call them")
    along = {"owner": make_user("csm"), "next_step": "", "amount": 7}
    deal.refresh_from_db()
    before = (deal.stage, deal.next_step, deal.amount, deal.version)
    assert "stage" in moving(deal, "Closed Won", **along)
    assert (deal.stage, deal.next_step, deal.amount, deal.version) == before
    assert deal.owner == whose


def test_an_opportunity_is_not_born_won() -> None:
    account = make_account(ae=make_user("ae"))
    fields = {"account": account, "name": "Deal 2026", "stage": "Closed Won", "close_date": date(2026, 1, 5)}
    with pytest.raises(ValidationError, match="Attach the executed contract first"):
        Opportunity.objects.add(by=make_user("bizops"), **fields)


@pytest.mark.ledger("OPP-09")
def test_a_signed_nda_is_no_contract() -> None:
    deal = make_opportunity(owner=make_user("ae"), type="Existing Business")
    make_executed(deal, kind="nda").attach(DRIVE_URL, by=make_user("bizops"))
    assert moving(deal, "Closed Won", close_date=date(2025, 11, 5)) == {
        "stage": ["Attach the executed contract first."]
    }


@pytest.mark.ledger("DCL-00", "OPP-09")
def test_calling_a_prospect_a_customer_does_not_spare_its_deal_the_checklist() -> None:
    deal = make_opportunity(make_account(None, kind="customer"), owner=make_user("ae"))
    make_executed(deal).attach(DRIVE_URL, by=make_user("bizops"))
    assert deal.owner
    with pytest.raises(ValidationError, match="Begin the deal close first"):
        deal.move_to("Closed Won", by=deal.owner, close_date=date(2025, 11, 5))


def test_why_it_was_lost_is_asked_anew_each_time() -> None:
    deal = make_opportunity(owner=make_user("ae"))
    assert not moving(deal, "Closed Lost", lost_because="No budget")
    assert not moving(deal, "Proposal", reopened_because="They found some")
    assert moving(deal, "Closed Lost") == {"stage": ["Say why it is lost."]}


def test_whoever_read_a_deal_before_it_moved_moves_nothing_back() -> None:
    deal, by = make_opportunity(owner=make_user("ae")), make_user("bizops")
    read_before = Opportunity.objects.get(pk=deal.pk)
    deal.move_to("Negotiation", by=by, amount=500)
    read_before.change({"next_step": "Call them"}, by=by)
    kept = Opportunity.objects.get()
    assert (kept.stage, kept.amount, kept.next_step) == ("Negotiation", 500, "Call them")


# --- with a gate open, by whatever way -------------------------------------------------------------------------------
def by_form(client: Client, deal: Opportunity) -> str:
    fields = {"stage": "Closed Won", "amount": "5", "close_date": "2026-06-30", "next_step": "", "next_step_due": ""}
    answer = client.post(reverse("opportunities:opportunity_edit", args=[deal.pk]), fields | {"version": 1})
    return str(answer.content.decode())


def by_board(client: Client, deal: Opportunity) -> str:
    sent = {"stage": "Closed Won", "close_date": "2026-06-30", "version": 1}
    answer = client.post(reverse("opportunities:opportunity_move", args=[deal.pk]), sent)
    return str(answer.content.decode())


def by_cell(client: Client, deal: Opportunity, field: str = "stage", value: str = "Closed Won") -> str:
    sent = {field: value, "version": deal.version}
    column = {"close_date": "close"}.get(field, field)
    answer = client.post(f"/cells/opportunities/{deal.pk}/{column}", sent, headers={"HX-Request": "true"})
    return str(answer.content.decode())


def by_bulk(client: Client, deal: Opportunity, field: str = "stage", value: str = "Closed Won") -> str:
    begun = client.post(reverse("bulk", args=["opportunities"]), {"field": field, "pk": [str(deal.pk)]})
    assert client.post(begun.headers["Location"], {field: value, "wish": "change"}).status_code == 302
    assert changing.work() == 1
    return BulkRow.objects.get().words


@pytest.mark.ledger("OPP-09", "DCL-09")
@pytest.mark.parametrize("way", [by_form, by_board, by_cell, by_bulk])
@pytest.mark.parametrize(
    ("kind", "why"), [("customer", "Attach the executed contract first."), ("prospect", "Begin the deal close first")]
)
def test_no_way_through_the_pages_wins_a_deal_with_a_gate_open(
    way: Callable[[Client, Opportunity], str], kind: str, why: str
) -> None:
    deal = make_opportunity(make_account(kind=kind), owner=make_user("ae"))
    assert deal.owner
    client = client_of(deal.owner)
    assert moving(deal, "Closed Lost", lost_because="No budget") == {}, "the control: other stages are open"
    deal.refresh_from_db()
    deal.move_to("Proposal", by=make_user("cro"), reopened_because="They found some")
    Opportunity.objects.update(version=1)
    deal.refresh_from_db()
    assert why in way(client, deal)
    deal.refresh_from_db()
    assert deal.stage == "Proposal"
    assert not deal.stage_changes.filter(stage="Closed Won").exists()


@pytest.mark.ledger("OPP-09", "DCL-09")
@pytest.mark.parametrize("way", [by_form, by_board, by_cell, by_bulk])
def test_no_way_through_the_pages_wins_a_deal_whose_close_has_one_gate_open(
    way: Callable[[Client, Opportunity], str],
) -> None:
    walk, client = Walk(make_close()).through("DCL-08"), Client()
    client.force_login(walk.ae)
    Opportunity.objects.update(version=1)
    walk.deal.refresh_from_db()
    assert "Put the executed contract on the opportunity (AE)" in way(client, walk.deal)
    walk.deal.refresh_from_db()
    assert walk.deal.stage == "Proposal"
    assert not Contract.objects.exists()


@pytest.mark.ledger("DCL-09")
def test_of_many_deals_changed_at_once_those_are_won_whose_gates_are_closed() -> None:
    ready = Walk(make_close()).through("DCL-09a")
    account = make_account(None, kind="prospect", csm=make_user("csm"), sc=make_user("sc"))
    open_one = Walk(DealClose.objects.begin(deal_of(account, ready), by=ready.ae, tier="premium")).through("DCL-08")
    client, deals = Client(), [ready.deal, open_one.deal]
    client.force_login(ready.ae)
    begun = client.post(reverse("bulk", args=["opportunities"]), {"field": "stage", "pk": [one.pk for one in deals]})
    assert client.post(begun.headers["Location"], {"stage": "Closed Won", "wish": "change"}).status_code == 302
    assert changing.work() == 2
    assert dict(BulkRow.objects.values_list("record", "state")) == {ready.deal.pk: "done", open_one.deal.pk: "refused"}
    assert dict(Opportunity.objects.filter(pk__in=[one.pk for one in deals]).values_list("pk", "stage")) == {
        ready.deal.pk: "Closed Won",
        open_one.deal.pk: "Proposal",
    }
    assert Contract.objects.get().account == ready.deal.account


def deal_of(account: Account, walk: Walk) -> Opportunity:
    """Another deal of the same AE, which closes on the same day."""
    return make_opportunity(account, owner=walk.ae, type="New", close_date=date(2025, 11, 5))
