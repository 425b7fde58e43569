"""A deal with a gate open is won by nobody, whatever door they try: page, list, board, crafted post or Salesforce."""

from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import expect

from fleetcs import changing
from fleetcs.local.processes import until
from fleetcs.models import Conflict
from opportunities.models import DealClose, Opportunity
from tests.conftest import Clock
from tests.journeys import dealing
from tests.journeys.dealing import LONG, Firm, press, prospect, stage_of
from tests.opportunities.closes import Walk
from tests.standins import StandIns

pytest_plugins = ["tests.journeys.firm"]
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LACKING = "Put the executed contract on the opportunity (AE)"


@pytest.fixture
def nearly(firm: Firm) -> Opportunity:
    """A deal whose close lacks nothing but the last gate: the executed contract on the opportunity."""
    deal = prospect(firm)
    Walk(DealClose.objects.begin(deal, by=firm.ae, tier="premium")).through("DCL-08")
    return deal


@pytest.mark.browser
@pytest.mark.ledger("DCL-09", "OPP-09")
def test_a_deal_with_a_gate_open_is_won_by_no_page(firm: Firm, nearly: Opportunity) -> None:
    page = firm.desk(firm.ae, f"/opportunities/{nearly.pk}/close/")
    press(page, "Close won")
    expect(page.get_by_role("alert")).to_contain_text(LACKING)

    page.goto(f"/opportunities/{nearly.pk}/edit")
    page.get_by_label("Stage").select_option("Closed Won")
    page.get_by_label("Close date").fill(dealing.SIGNED_BY_US)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text(LACKING)

    page.goto("/pipeline/")
    page.locator("[data-card]").filter(has_text=nearly.name).drag_to(page.locator('[data-stage="Closed Won"]'))
    page.wait_for_url("**/move/**")
    page.get_by_label("Close date").fill(dealing.SIGNED_BY_US)
    press(page, "Move")
    expect(page.get_by_role("alert")).to_contain_text(LACKING)

    page.goto("/opportunities/")
    page.locator("[data-all]").check()
    page.locator("#bulk select").select_option("stage")
    press(page, "Change…")
    page.get_by_label("Stage").select_option("Closed Won")
    press(page, "Show the effect")
    expect(page.get_by_text(LACKING)).to_be_visible()
    press(page, "Change 1 opportunity")
    expect(page.get_by_role("status").filter(has_text="under way")).to_be_visible()
    assert changing.work() == 1
    expect(page.locator("#bulk-done .keyfact").filter(has_text="Refused")).to_contain_text("1")
    expect(page.locator("#bulk-done").get_by_text(LACKING)).to_be_visible()
    assert stage_of(nearly) == "Proposal"


@pytest.mark.ledger("DCL-09", "DCL-29")
def test_no_crafted_post_wins_it_or_ticks_what_is_only_seen(nearly: Opportunity) -> None:
    close, page = DealClose.objects.get(), Client(raise_request_exception=True)
    assert nearly.owner
    page.force_login(nearly.owner)
    date_, forged = (
        dealing.SIGNED_BY_US,
        {"won_at": "2026-01-01", "executed_url": dealing.DRIVE_URL, "stage": "Closed Won"},
    )
    posts: list[tuple[str, dict[str, Any]]] = [
        (f"/closes/{close.pk}/win/", {"close_date": date_, **forged}),
        (f"/closes/{close.pk}/step/?step=DCL-09a", forged),
        (f"/closes/{close.pk}/step/?step=DCL-09b", forged),
        (f"/closes/{close.pk}/skip/?step=DCL-09a", {"why": "No time"}),
        (f"/opportunities/{nearly.pk}/move/", {"version": nearly.version, "close_date": date_, **forged}),
        (f"/opportunities/{nearly.pk}/edit", {"version": nearly.version, "close_date": date_, **forged}),
        (f"/cells/opportunities/{nearly.pk}/stage", {"version": nearly.version, **forged}),
    ]
    assert [page.post(url, sent).status_code for url, sent in posts] == [422] * len(posts)
    assert stage_of(nearly) == "Proposal"
    assert "DCL-09a" not in close.run.ticked()
    assert not nearly.renewals.exists()


@pytest.mark.browser
@pytest.mark.usefixtures("working")
@pytest.mark.ledger("DCL-09", "SFD-25")
def test_a_win_in_salesforce_with_a_gate_open_is_a_flagged_conflict_here(
    firm: Firm, line: StandIns, clock: Clock
) -> None:
    [account] = line.act("load", object="Account", rows=[{"Name": "Mill Works"}])
    row = {"Name": "Mill Works 2026", "AccountId": account, "StageName": "Proposal", "CloseDate": "2026-06-30"}
    [id] = line.act("load", object="Opportunity", rows=[row])
    clock.forward(minutes=3)
    assert until(lambda: Opportunity.objects.filter(name="Mill Works 2026").exists(), LONG)
    deal = Opportunity.objects.get()
    deal.change({"owner": firm.ae}, by=firm.biz)
    DealClose.objects.begin(deal, by=firm.ae, tier="premium")
    clock.forward(minutes=3)
    line.act("edit", object="Opportunity", id=id, set={"StageName": "Closed Won"})
    clock.forward(minutes=3)
    assert until(lambda: Conflict.objects.open().exists(), LONG)
    page = firm.desk(firm.biz, "/conflicts")
    asked = page.get_by_role("row").filter(has_text="Mill Works 2026")
    expect(asked).to_contain_text("Stage")
    expect(asked).to_contain_text("Closed Won")
    press(page, "Theirs stands: Stage of Mill Works 2026")
    expect(page.get_by_text("It stays open. The record does not take it yet")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Mill Works 2026")).to_contain_text("Closed Won")
    assert (stage_of(deal), deal.renewals.count()) == ("Proposal", 0)
    assert DealClose.objects.get().won_at is None
