"""The walk of a deal: from a lead over quote, contract and close to the won customer, each step by whose it is.

The senders and the reading of Salesforce are a process of their own, Salesforce and GitHub the stand-ins over HTTPS,
the browsers real ones. The key's link has a walk of its own in `test_license_link.py`; the close's, by verbs, step
after step, is in `tests/opportunities/test_closing.py`.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import Contract
from fleetcs.clients import salesforce
from fleetcs.local.processes import until
from fleetcs.local.standins.github import CONFIDENTIAL, PUBLIC
from fleetcs.models import Automation, Conflict, HandbookEntry, Mirror
from opportunities import closing
from opportunities.models import DealClose, Opportunity, Quote
from tests.conftest import Clock
from tests.factories import make_account, make_close, make_lead, make_opportunity, make_user
from tests.journeys import dealing
from tests.journeys.dealing import Firm, follow, names, press, stands
from tests.opportunities.closes import Walk
from tests.opportunities.test_closing import BRANCHES, named
from tests.opportunities.test_mirror_line import poll, send_all
from tests.standins import StandIns
from tests.worker import Start

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LONG = 60  # seconds in which what is done at the side has been done


@pytest.fixture
def firm(open_context: Callable[..., BrowserContext], sign_in: Callable[..., None], line: StandIns) -> Firm:
    for login in ("bo-lanternfish", "vera-lanternfish"):
        line.at_github({"kind": "github.member", "key": login, "login": login, "public": False})
    HandbookEntry.objects.create(section="aliases", code="sale_issue_labels", value="project, #cx")
    return Firm(open_context, sign_in)


@pytest.fixture
def begun(line: StandIns) -> Iterator[None]:
    """Somebody has started every mirror."""
    Automation.objects.get(code="salesforce").switch("act", by=None)
    for mirror in Mirror.objects.all():
        mirror.start(by=make_user("administrator"))
    yield
    salesforce.line._quota.clear()
    salesforce.spent()


@pytest.fixture
def mirrored(begun: None) -> None:
    """Salesforce has been read; what leaves is sent when the test says so."""
    poll()


@pytest.fixture
def working(begun: None, pump: Start) -> None:
    """What the product does by itself is done by a process of its own."""
    pump()
    assert until(lambda: not Mirror.objects.filter(loaded_at=None).exists(), LONG)


def prospect(firm: Firm, **fields: Any) -> Opportunity:
    """A deal with a new customer, with everybody who will have a part in it."""
    account = make_account(None, name="Mill Works", kind="prospect", ae=firm.ae, csm=firm.csm, sc=firm.sc)
    known = {"name": "Mill Works 2026", "owner": firm.ae, "type": "New", "next_step": "", "amount": "36000"}
    return make_opportunity(account, **known | fields)


def stage_of(deal: Opportunity) -> str:
    return Opportunity.objects.get(pk=deal.pk).stage


# --- from the lead to the quote ---------------------------------------------------------------------------------------
@pytest.mark.browser
@pytest.mark.usefixtures("working")
@pytest.mark.ledger("LEA-01", "OPP-10")
def test_a_lead_becomes_an_account_with_an_opportunity_here_and_in_salesforce(firm: Firm, line: StandIns) -> None:
    lead = make_lead(name="Ida Roe", company="Mill Works", email="ida@mill.example", owner=firm.ae)
    page = firm.desk(firm.ae, lead.get_absolute_url())
    page.keyboard.press("v")
    page.wait_for_url("**/convert")
    page.get_by_label("Amount (USD)").fill("36000")
    page.get_by_label("Close date").fill("2026-06-30")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/opportunities/*/")
    expect(page.get_by_role("link", name="Mill Works", exact=True).first).to_be_visible()
    deal = Opportunity.objects.get()
    assert (deal.owner, deal.account.name, deal.account.kind) == (firm.ae, "Mill Works", "prospect")
    assert until(lambda: names(line.records("Opportunity")) == [deal.name], LONG)
    [there] = line.records("Account")
    assert (there["Name"], line.records("Opportunity")[0]["AccountId"]) == ("Mill Works", there["Id"])


@pytest.mark.browser
@pytest.mark.ledger("QUO-02", "DCL-01")
def test_a_quote_is_approved_edited_refused_approved_again_and_sent(firm: Firm) -> None:
    deal = prospect(firm)
    ae, cro = firm.desk(firm.ae), firm.desk(firm.cro)
    dealing.check(ae, deal)
    one = dealing.quote(ae, deal, "36000")
    press(ae, "Submit for approval")
    stands(ae, "Waits for approval")

    cro.goto("/papers/")
    follow(cro, f"Quote 1 of {deal.name}")
    press(cro, "Approve")
    stands(cro, "Approved")
    ae.goto(one)
    ae.keyboard.press("e")
    expect(ae.get_by_text("any change here voids the approval")).to_be_visible()
    ae.get_by_label("Price (USD)").fill("18000")
    press(ae, "Save quote")
    stands(ae, "Draft")
    ae.goto(f"{one}send/")
    ae.get_by_label("Send to").fill("buyer@mill.example")
    press(ae, "It has been sent")
    expect(ae.get_by_role("alert")).to_contain_text("approval is missing")
    assert Quote.objects.get().sent_at is None

    ae.goto(one)
    press(ae, "Submit for approval")
    cro.goto(one)
    follow(cro, "Refuse")
    cro.get_by_label("Why not").fill("Half is too cheap")
    press(cro, "Refuse it")
    stands(cro, "Refused")
    ae.goto(one)
    expect(ae.get_by_text("Half is too cheap").first).to_be_visible()
    press(ae, "Submit for approval")
    cro.goto(one)
    press(cro, "Approve")
    ae.goto(one)
    follow(ae, "Send")
    ae.get_by_label("Send to").fill("buyer@mill.example")
    press(ae, "It has been sent")
    stands(ae, "Sent")
    assert list(Quote.objects.get().verdicts.order_by("pk").values_list("approves", flat=True)) == [True, False, True]


# --- the contract and the win -----------------------------------------------------------------------------------------
@pytest.mark.browser
@pytest.mark.usefixtures("working")
@pytest.mark.ledger("CON-07", "DCL-09", "DCL-12", "DCL-20", "OPP-08", "SYS-09")
@pytest.mark.parametrize("own", [False, True], ids=["our text by envelope", "their text on paper"])
def test_a_contract_waits_for_the_ceo_and_the_close_ends_in_the_renewal_and_the_issue(
    firm: Firm, line: StandIns, own: bool
) -> None:
    deal = prospect(firm)
    ae = firm.desk(firm.ae)
    dealing.begin(ae, deal, own_contract=own, docusign=not own, poc_details_done=own)
    dealing.check(ae, deal)
    paper = dealing.contract(ae, deal, own=own)
    if own:
        dealing.review(ae, firm.desk(firm.biz), paper)
    exception_waits_for_the_ceo(firm, paper, own=own)
    dealing.send(ae, paper, envelope="" if own else "E-2026-1")
    dealing.sign(ae, paper, "customer")
    if own:
        on_paper(firm, deal)
    dealing.sign(ae, paper, "company")
    dealing.attach(ae, paper)
    dealing.is_done(ae, deal, "DCL-01", "CON-07", "DCL-08", "DCL-09a")
    expect(ae.get_by_text("Every gate is closed")).to_be_visible()
    press(ae, "Close won")
    expect(ae.get_by_text("Closed Won: the contract, the customer and the renewal are made.")).to_be_visible()
    assert stage_of(deal) == "Closed Won"
    renewed_there(line, deal)
    told_there(line, deal)
    dealing.is_done(ae, deal, "DCL-09b", "DCL-12a", "DCL-20")


def exception_waits_for_the_ceo(firm: Firm, paper: str, *, own: bool) -> None:
    """Noted by the AE, closed to the CRO, decided by the CEO; until then the order form stays."""
    ae, cro, ceo = firm.desk(firm.ae), firm.desk(firm.cro), firm.desk(firm.ceo)
    dealing.deviate(ae, paper, "Unlimited liability", own=own)
    dealing.send(ae, paper, envelope="" if own else "E-2026-1")
    expect(ae.get_by_role("alert")).to_contain_text("waits for the CEO")
    cro.goto(paper)
    expect(cro.get_by_role("button", name="Decide")).to_have_attribute("aria-disabled", "true")
    ceo.goto("/papers/")
    follow(ceo, "Not in the table: Unlimited liability")
    follow(ceo, "Decide")
    ceo.get_by_label("Approve it").check()
    press(ceo, "Decide")
    stands(ceo, "Exception approved")


def on_paper(firm: Firm, deal: Opportunity) -> None:
    """The signed copy goes to BizOps, who reviews it and stays copied, before the CEO signs."""
    biz = firm.desk(firm.biz)
    dealing.tick(firm.desk(firm.ae), deal, "DCL-05a", scan=dealing.DRIVE_URL)
    dealing.tick(biz, deal, "DCL-05b", found="As agreed")
    dealing.tick(biz, deal, "DCL-06", copied=f"{firm.ae.email}, {firm.biz.email}")


def renewed_there(line: StandIns, deal: Opportunity) -> None:
    """Salesforce has the won deal's renewal, once, at the same account."""
    renewal = deal.renewals.get()
    assert until(lambda: renewal.name in names(line.records("Opportunity")), LONG)
    [there] = [row for row in line.records("Opportunity") if row["Name"] == renewal.name]
    account = next(row for row in line.records("Account") if row["Name"] == deal.account.name)
    assert (there["Type"], there["CloseDate"], there["AccountId"]) == (closing.RENEWAL, "2026-11-30", account["Id"])


def told_there(line: StandIns, deal: Opportunity) -> None:
    """The confidential repository has one issue about the new customer, with its labels, given to both posts."""
    wanted = {"bo-lanternfish", "vera-lanternfish"}
    assert until(lambda: {*assigned(line)} == wanted, LONG), line.github(CONFIDENTIAL)["issues"]
    [issue] = line.github(CONFIDENTIAL)["issues"]
    called = {label["id"]: label["name"] for label in line.github(CONFIDENTIAL)["labels"]}
    assert issue["title"] == f"New customer: {deal.account.name}"
    assert {called[number] for number in issue["labels"]} == {"project", "#cx"}
    assert line.github(PUBLIC)["issues"] == []
    assert until(lambda: DealClose.objects.exclude(issue_url="").exists(), LONG)


def assigned(line: StandIns) -> list[str]:
    return [login for issue in line.github(CONFIDENTIAL)["issues"] for login in issue["assignees"]]


@pytest.mark.ledger("DCL-09", "DCL-20", "OPP-08")
@pytest.mark.parametrize("branch", BRANCHES, ids=named)
def test_every_branch_ends_in_closed_won_with_its_renewal_in_salesforce_and_its_issue(
    line: StandIns, mirrored: None, branch: dict[str, bool]
) -> None:
    walk = Walk(make_close(**branch)).through("DCL-09b")
    send_all()
    assert stage_of(walk.deal) == "Closed Won"
    assert Contract.objects.get().account == walk.deal.account
    renewed_there(line, walk.deal)
    [issue] = line.github(CONFIDENTIAL)["issues"]
    assert issue["title"] == f"New customer: {walk.deal.account.name}"


# --- with a gate open -------------------------------------------------------------------------------------------------
@pytest.fixture
def nearly(firm: Firm) -> Opportunity:
    """A deal whose close lacks nothing but the last gate: the executed contract on the opportunity."""
    deal = prospect(firm)
    Walk(DealClose.objects.begin(deal, by=firm.ae, tier="premium")).through("DCL-08")
    return deal


LACKING = "Put the executed contract on the opportunity (AE)"


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
    expect(page.get_by_role("row").filter(has_text="Mill Works 2026")).to_contain_text("Closed Won")
    assert (stage_of(deal), deal.renewals.count()) == ("Proposal", 0)
    assert DealClose.objects.get().won_at is None


# --- the pipeline as it was -------------------------------------------------------------------------------------------
@pytest.mark.browser
@pytest.mark.ledger("SFD-14")
def test_the_pipeline_as_of_last_month_equals_what_it_showed_then(firm: Firm, clock: Clock) -> None:
    clock("2026-02-27T15:00:00-08:00")
    deals = [make_opportunity(amount=amount, owner=firm.ae) for amount in ("100", "250", "900")]
    deals[0].move_to("Negotiation", by=firm.ae, probability=60)
    deals[1].move_to("Closed Lost", by=firm.ae, lost_because="No budget")
    page = firm.desk(firm.ae, "/pipeline/")
    shown = {
        column.get_attribute("data-stage"): column.locator(".num").all_inner_texts()[:3]
        for column in page.locator(".board-column").all()
    }
    clock("2026-03-20T10:00:00-07:00")
    deals[0].move_to("Prospecting", by=firm.ae, amount=500)
    deals[1].move_to("Proposal", by=firm.ae, reopened_because="They found some")
    make_opportunity(amount="70", owner=firm.ae)
    page.goto("/pipeline/past/")
    expect(page.get_by_role("columnheader", name="Deals, 28 Feb 2026")).to_be_visible()
    assert rows_then(page) == shown
    page.goto("/pipeline/past/?on=2026-03-20")
    assert rows_then(page) != shown, "the control: the picture has changed since"


def rows_then(page: Page) -> dict[str | None, list[str]]:
    """Number, sum and weighted sum by stage, as of the day asked for."""
    rows = [row.locator("td").all_inner_texts()[:4] for row in page.locator(".sheet-plain tbody tr").all()]
    return {stage: figures for stage, *figures in rows if stage != "Open together"}
