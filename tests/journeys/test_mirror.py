"""A company that is in Salesforce: it arrives, is changed on both sides, and one page says whether that adds up."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import Account
from fleetcs import effects
from fleetcs.clients import salesforce
from fleetcs.mirrors import duties
from fleetcs.models import Automation, Effect, Mirror
from tests.conftest import Clock
from tests.factories import make_user
from tests.standins import StandIns

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(
    line: StandIns, clock: Clock, open_context: Callable[..., BrowserContext], sign_in: Callable[..., None]
) -> Iterator[Page]:
    """Somebody of BizOps in the browser, before anything was read."""
    Automation.objects.get(code="salesforce").switch("act", by=None)
    context = open_context()
    sign_in(context, make_user("vp_cs", name="Vera Lund"))
    yield context.new_page()
    salesforce.line._quota.clear()


def round_(clock: Clock) -> None:
    """What the duties do within the next minutes."""
    clock.forward(minutes=3)
    duties.poll()
    Effect.objects.open().update(next_at=datetime(2020, 1, 1, tzinfo=UTC))
    effects.send_rest()
    count()


def count() -> None:
    """The next count of both sides."""
    Mirror.objects.update(counted_at=None)
    duties.recount()


def state(page: Page) -> str:
    page.goto("/mirrors")
    return page.get_by_role("row").nth(1).locator(".dot").inner_text()


@pytest.mark.ledger("SYS-02", "SFD-22", "SFD-25")
def test_one_company_in_two_systems(line: StandIns, page: Page, clock: Clock) -> None:
    [id] = line.act(
        "load", object="Account", rows=[{"Name": "Brightforge", "Type": "Customer"}], at="2026-02-01T09:00Z"
    )
    page.goto("/mirrors/accounts")
    page.get_by_role("button", name="Start").click()
    round_(clock)
    assert state(page) == "Balanced"

    account = Account.objects.get(name="Brightforge")
    page.goto(f"/accounts/{account.pk}/edit")
    expect(page.get_by_label("Name", exact=False).first).to_be_disabled()
    page.get_by_label("GitHub label").fill("heron")
    page.get_by_role("button", name="Save account").click()
    expect(page.get_by_role("definition").filter(has_text="Set")).to_be_visible()
    round_(clock)
    [there] = line.records("Account")
    assert there["GitHub_label__c"] == "heron"

    line.act("edit", object="Account", id=id, set={"Name": "Brightforge & Sons", "GitHub_label__c": "ibis"})
    account.change({"github_label": "crane"}, by=make_user("vp_cs"))
    round_(clock)
    page.goto("/conflicts")
    expect(page.get_by_role("link", name="Brightforge & Sons")).to_be_visible()
    page.get_by_role("button", name="Ours stands").click()
    expect(page.get_by_text("No conflicts")).to_be_visible()
    round_(clock)
    [there] = line.records("Account")
    assert (there["Name"], there["GitHub_label__c"]) == ("Brightforge & Sons", "crane")

    Account.objects.filter(pk=account.pk).delete()
    count()
    assert state(page) == "1 record missing"
