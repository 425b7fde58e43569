"""The walk of a bug: suspected with one key, looked for, stopped while it names the customer, filed once although
the sender is killed before it hears the answer, acknowledged by the manager and decided on its second stand-up.

GitHub is the stand-in over HTTPS, the senders are a process of their own, and the browser is a real one.
"""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Codename
from fleetcs.local.processes import until
from fleetcs.local.standins.github import PUBLIC
from support.models import BugReport, Investigation, Ticket
from tests.factories import make_account, make_issue, make_ticket, make_user
from tests.standins import StandIns
from tests.worker import Start

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FRIDAY, MONDAY = "2026-01-09T10:00:00-08:00", "2026-01-12T09:00:00-08:00"
NAME = "Brightforge Metal"
DETAILS = {
    "Server version": "4.61",
    "Agent kind and version": "fleetd 1.30",
    "Operating system": "macOS 15",
    "Web browser": "n/a: they use the API only",
    "Expected behavior": "Hosts stay online.",
    "Actual behavior": "Hosts go offline.",
}


def customers_ticket() -> Ticket:
    account = make_account(name=NAME, domain="brightforge.example")
    Codename.objects.assign(account, "Ceres", by=make_user())
    return make_ticket(account)


def issues(standins: StandIns) -> list[dict[str, Any]]:
    return standins.github(PUBLIC)["issues"]


def labels(standins: StandIns) -> set[str]:
    [issue] = issues(standins)
    names = {row["id"]: row["name"] for row in standins.github(PUBLIC)["labels"]}
    return {names[number] for number in issue["labels"]}


def write(page: Page, steps: str) -> None:
    for label, said in DETAILS.items():
        page.get_by_label(label).first.fill(said)
    page.get_by_label("Title").fill("Hosts go offline")
    page.get_by_label("Steps to reproduce").fill(steps)
    page.get_by_role("button", name="Read it as everybody will").click()


@pytest.mark.slow
@pytest.mark.ledger("BUG-01", "BUG-02", "BUG-07", "BUG-08", "BUG-09", "BUG-10", "BUG-11", "BUG-14")
def test_a_bug_goes_from_the_ticket_to_the_drafting_board_and_nobody_learns_whose_it_is(
    page: Page, sign_in: Any, standins: StandIns, pump: Start, clock: Any, accessibility_faults: Any
) -> None:
    clock(FRIDAY)
    ticket, engineer, manager = customers_ticket(), make_user("cse"), make_user("manager_cse_csa")
    make_issue(title="Hosts are offline", state="closed")
    standins.turn("github", applied_then_hold=True, times=1, only="POST .*/issues$")
    first = pump()

    sign_in(page.context, engineer)
    page.goto(ticket.get_absolute_url())
    page.keyboard.press("b")
    expect(page.get_by_role("heading", name="Is it known already?")).to_be_visible()
    expect(page.get_by_text("The same title")).to_be_visible()
    assert accessibility_faults(page) == []
    page.get_by_role("button", name="Not a duplicate").click()
    expect(page.get_by_text("1 looked at: not the same")).to_be_visible()

    page.get_by_label("Look for other words").fill("goes offline")
    page.get_by_role("button", name="Look", exact=True).click()
    expect(page.get_by_text("“goes offline”").first).to_be_visible()
    page.get_by_role("link", name="None of these: write it").click()
    write(page, f"Sign in as {NAME}")
    expect(page.get_by_text("It is stopped:")).to_be_visible()
    expect(page.locator("mark.leak").first).to_contain_text(NAME)
    assert accessibility_faults(page) == []
    assert issues(standins) == []

    page.get_by_role("link", name="Change the text").click()
    assert accessibility_faults(page) == []
    write(page, "Enroll a host")
    expect(page.get_by_text("The scan found nothing")).to_be_visible()
    page.get_by_role("button", name="File it", exact=True).click()
    assert until(lambda: len(issues(standins)) == 1, 40)
    first.kill()
    first.wait(10)
    standins.release()
    clock.forward(minutes=1)
    pump()
    expect(page.get_by_text("Filed", exact=True)).to_be_visible(timeout=40_000)
    assert len(issues(standins)) == 1
    investigated = {"bug", "~investigate", ":help-customers", "customer-ceres"}
    assert until(lambda: labels(standins) == investigated, 40)
    assert "brightforge" not in str([entry for entry in standins.journal("github") if PUBLIC in entry["path"]]).lower()
    assert BugReport.objects.get().approved_by == engineer

    clock(MONDAY)
    sign_in(page.context, manager)
    page.goto("/stand-up/")
    expect(page.get_by_text("2 working days")).to_be_visible()
    expect(page.get_by_text("Not acknowledged", exact=True)).to_be_visible()
    assert accessibility_faults(page) == []
    page.get_by_role("link", name=re.compile("^Acknowledge")).click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="As everybody will read it")).to_be_visible()
    assert accessibility_faults(page) == []
    page.get_by_role("button", name="Send it").click()
    assert until(lambda: Investigation.objects.exclude(acknowledged_at=None).exists(), 40)

    page.get_by_role("link", name=re.compile("^Decide")).click()
    page.get_by_label("Reproduced: to the product's drafting board").check()
    page.get_by_label("There is nothing to add").check()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Nothing is being investigated")).to_be_visible()
    assert until(lambda: labels(standins) == {"bug", ":help-customers", "customer-ceres", ":product"}, 40)
