"""What follows the win, at the pages of whose turn it is, until every step is done; and the key's link on its way."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from fleetcs import effects
from fleetcs.working_day import today
from opportunities import closing
from opportunities.models import DealClose, Opportunity
from opportunities.models.close_states import states
from tests.conftest import Clock
from tests.factories import DRIVE_URL, ISSUE_URL, make_channel, make_contact
from tests.journeys.dealing import Firm, follow, press, prospect, tick
from tests.opportunities.closes import Walk
from tests.standins import StandIns

pytest_plugins = ["tests.journeys.firm"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

KEY = "eyJhbGciOiJub25lIn0.kanarienvogel-0123456789"


@pytest.fixture
def close(firm: Firm) -> Walk:
    """A close that has begun, of a customer of whom a contact is known."""
    deal = prospect(firm)
    make_contact(deal.account, name="Ida Roe", email="ida@mill.example")
    return Walk(DealClose.objects.begin(deal, by=firm.ae, tier="premium"))


def step(page: Page, deal: Opportunity, code: str, leads: str) -> Page:
    """Follow a step of the close to the page on which it is done."""
    page.goto(f"/opportunities/{deal.pk}/close/")
    page.locator(f"#{code}").get_by_role("link", name=leads, exact=True).click()
    return page


def hand_over(firm: Firm, deal: Opportunity) -> None:
    """BizOps files, the AE secures the order, names the issue and hands it on; AE and SC leave their plans."""
    ae, biz, sc = firm.desk(firm.ae), firm.desk(firm.biz), firm.desk(firm.sc)
    step(biz, deal, "DCL-10", "File it").get_by_label("Link").fill(DRIVE_URL)
    press(biz, "Save")
    step(ae, deal, "DCL-11", "Secure it").get_by_label("PO number").fill("PO-2026-7")
    press(ae, "Save")
    step(ae, deal, "DCL-12a", "Name the issue").get_by_label("Link of the issue").fill(ISSUE_URL)
    press(ae, "Save")
    tick(ae, deal, "DCL-12b")
    tick(ae, deal, "DCL-13", bizops=firm.biz.name, vp_cs=firm.vp.name)
    tick(ae, deal, "DCL-14", plan=DRIVE_URL)
    expect(ae.locator("#DCL-15")).to_contain_text("Solutions consultant does this step.")
    tick(sc, deal, "DCL-15", plan=DRIVE_URL)
    tick(ae, deal, "DCL-16", folder=DRIVE_URL)
    meet(step(ae, deal, "DCL-17", "Schedule it"))
    sheet = step(ae, deal, "DCL-18", "Fill it in")
    for name, label in closing.HANDOFF:
        if name != "tier":
            sheet.get_by_label(label).fill("Known")
    press(sheet, "Save sheet")


def meet(page: Page) -> None:
    page.get_by_label("Starts at").fill(f"{today():%Y-%m-%d}T17:00")
    press(page, "Schedule it")
    expect(page.get_by_text("It is on the calendar of this account.")).to_be_visible()


def take_over(csm: Page, deal: Opportunity) -> None:
    """The CSM welcomes the customer, step by step."""
    tick(csm, deal, "DCL-19")
    tick(csm, deal, "DCL-21a", to="ida@mill.example")
    expect(csm.locator("#DCL-21b .dot").first).to_have_text("Open")
    tick(csm, deal, "DCL-21b", copy=DRIVE_URL)
    meet(step(csm, deal, "DCL-25", "Schedule it"))
    tick(csm, deal, "DCL-26", details="Two clusters")
    meet(step(csm, deal, "DCL-27", "Schedule it"))


def give_key(csm: Page, deal: Opportunity) -> str:
    """The CSM records the key and makes a link for the contact; the link, which is told once."""
    step(csm, deal, "DCL-23", "Record the key").get_by_label("Kind").select_option("subscription")
    csm.get_by_label("Hosts").fill("500")
    csm.get_by_label("Works until").fill(f"{today() + timedelta(days=365):%Y-%m-%d}")
    csm.get_by_label("The key").fill(KEY)
    press(csm, "Record key")
    step(csm, deal, "DCL-24", "The keys")
    follow(csm, "Share")
    csm.get_by_label("Ida Roe").check()
    press(csm, "Make the links")
    return csm.get_by_label("Ida Roe").input_value()


@pytest.mark.ledger("DCL-10", "DCL-11", "DCL-16", "DCL-18", "DCL-21", "DCL-22", "DCL-25", "DCL-26", "DCL-27", "DCL-28")
def test_after_the_win_everybody_does_their_part_on_the_page_until_all_is_done(
    firm: Firm, close: Walk, live_server: Any, settings: Any
) -> None:
    settings.BASE_URL = live_server.url
    won = close.through("DCL-09b").deal
    make_channel(won.account)
    hand_over(firm, won)
    csm = firm.desk(firm.csm, "/onboarding/")
    expect(csm.get_by_role("row").filter(has_text="Mill Works")).to_be_visible()
    take_over(csm, won)
    give_key(csm, won)
    csm.goto(f"/opportunities/{won.pk}/close/")
    expect(csm.get_by_text("All done")).to_be_visible()
    expect(csm.locator("#DCL-28 .dot").first).to_have_text("Standing duty")
    [state] = states(DealClose.objects.all())
    assert state.progress.is_complete
    csm.goto("/onboarding/")
    expect(csm.get_by_role("row").filter(has_text="Mill Works")).to_have_count(0)


@pytest.mark.ledger("DCL-24", "LIC-06")
def test_the_keys_link_opens_for_its_recipient_not_for_a_stranger_and_is_dead_on_the_eighth_day(
    firm: Firm,
    close: Walk,
    line: StandIns,
    clock: Clock,
    open_context: Callable[..., Any],
    live_server: Any,
    settings: Any,
    complaints: list[str],
) -> None:
    settings.BASE_URL = live_server.url
    link = give_key(firm.desk(firm.csm), close.through("DCL-19").deal)
    stranger = open_context().new_page()
    stranger.goto(link)
    press(stranger, "Send the code")
    stranger.get_by_label("Code").fill("1234 5678")
    press(stranger, "Show me what was shared")
    expect(stranger.get_by_role("alert")).to_contain_text("That is not the code")
    assert KEY not in stranger.content()

    clock.forward(minutes=2)
    recipient = open_context().new_page()
    recipient.goto(link)
    press(recipient, "Send the code")
    effects.send_rest()
    [*_, code] = [found for mail in line.mails() for found in re.findall(r"\d{4} \d{4}", mail["text"])]
    recipient.get_by_label("Code").fill(code)
    recipient.keyboard.press("Enter")
    expect(recipient.locator("#license-value")).to_have_value(KEY)

    clock.forward(days=7)
    recipient.goto(link)
    expect(recipient.get_by_role("heading", name="Link expired")).to_be_visible()
    assert recipient.locator("button").count() == 0
    complaints[:] = [one for one in complaints if "status of 410" not in one]  # what is gone is said with its status
