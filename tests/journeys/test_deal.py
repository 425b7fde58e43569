"""The walk of a deal: from a lead over quote, contract and close to the won customer, each step by whose it is.

The senders and the reading of Salesforce are a process of their own, Salesforce and GitHub the stand-ins over HTTPS,
the browsers real ones. What is tried with a gate open is in `test_deal_gates.py`, what follows the win and the key's
link in `test_onboarding.py`; every step of every branch, by verbs, in `tests/opportunities/test_closing.py`.
"""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Contract
from fleetcs.local.processes import until
from fleetcs.local.standins.github import CONFIDENTIAL, PUBLIC
from opportunities import pipelines
from opportunities.models import DealClose, Opportunity, Quote
from tests.conftest import Clock
from tests.factories import make_lead, make_opportunity
from tests.journeys import dealing
from tests.journeys.dealing import LONG, Firm, follow, names, press, prospect, stage_of, stands
from tests.opportunities.test_closing import BRANCHES, named
from tests.standins import StandIns

pytest_plugins = ["tests.journeys.firm"]
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


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
@pytest.mark.parametrize("branch", BRANCHES, ids=named)
def test_every_branch_of_a_close_ends_in_closed_won_with_the_renewal_in_salesforce_and_the_issue(
    firm: Firm, line: StandIns, branch: dict[str, bool]
) -> None:
    """Our text by envelope and theirs on paper have an exception besides, which waits for the CEO."""
    deal, ae = prospect(firm), firm.desk(firm.ae)
    own, envelope = branch["own_contract"], "E-2026-1" if branch["docusign"] else ""
    dealing.begin(ae, deal, **branch)
    dealing.check(ae, deal)
    paper = dealing.contract(ae, deal, own=own)
    if own:
        dealing.review(ae, firm.desk(firm.biz), paper)
    if own != branch["docusign"]:
        exception_waits_for_the_ceo(firm, paper, own=own)
    dealing.send(ae, paper, envelope=envelope)
    dealing.sign(ae, paper, "customer")
    if envelope:
        dealing.sign(ae, paper, "company")
    else:
        on_paper(firm, deal)
        dealing.execute(firm.desk(firm.ceo), deal)
    dealing.attach(ae, paper)
    dealing.is_done(ae, deal, "DCL-01", "DCL-08", "DCL-09a")
    expect(ae.get_by_text("Every gate is closed")).to_be_visible()
    press(ae, "Close won")
    expect(ae.get_by_text("Closed Won: the contract, the customer and the renewal are made.")).to_be_visible()
    assert (stage_of(deal), Contract.objects.get().account) == ("Closed Won", deal.account)
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
    dealing.is_done(ae, Opportunity.objects.get(), "CON-07")


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
    assert (there["Type"], there["CloseDate"], there["AccountId"]) == (pipelines.RENEWAL, "2026-11-30", account["Id"])


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
