"""One customer in every system, under a name that never leaks: what is changed here or there arrives once, whatever is
killed or lost on the way, and one page says whether it all adds up.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import Account, Codename
from fleetcs import effects
from fleetcs.clients import salesforce
from fleetcs.local.processes import until
from fleetcs.local.standins.github import CONFIDENTIAL, PUBLIC
from fleetcs.mirrors import duties
from fleetcs.models import Automation, Effect, Mirror, MirrorLink
from tests.conftest import Clock
from tests.factories import make_account, make_user
from tests.sending import send_all
from tests.standins import StandIns
from tests.support import at_github
from tests.worker import Start, kill

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
    return page.get_by_role("row").filter(has_text="Accounts").locator(".dot").inner_text()


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
    page.get_by_role("button", name="Show the values").click()
    page.get_by_role("button", name="Ours stands").click()
    expect(page.get_by_text("No conflicts")).to_be_visible()
    round_(clock)
    [there] = line.records("Account")
    assert (there["Name"], there["GitHub_label__c"]) == ("Brightforge & Sons", "crane")

    Account.objects.filter(pk=account.pk).delete()
    count()
    assert state(page) == "1 record missing"


@pytest.mark.slow
@pytest.mark.ledger("COD-02", "COD-04", "COD-05", "COD-06")
def test_a_codename_given_in_the_browser_stands_everywhere_once(
    line: StandIns, page: Page, clock: Clock, pump: Start
) -> None:
    """The sender is killed after each label was made and before it heard so, and Salesforce's answer is lost."""
    account = make_account(name="Brightforge Metal", domain="brightforge.example")
    [record] = line.act("load", object="Account", rows=[{"Name": account.name}])
    MirrorLink.objects.create(mirror=Mirror.objects.get(code="accounts"), salesforce_id=record, record_id=account.pk)
    page.goto(account.get_absolute_url())
    page.get_by_role("link", name="Choose a codename").click()
    page.get_by_label("Search the list").fill("Ceres")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_label("Ceres", exact=True).check()
    line.turn("github", latency=1)  # what is asked for is done at once, and answered a second later
    page.get_by_role("button", name="Give this codename").click()
    expect(page.get_by_text("customer-ceres").first).to_be_visible()
    for repo in (PUBLIC, CONFIDENTIAL):
        sender = pump()
        assert until(lambda repo=repo: bool(labels(line, repo)), 40), repo  # type: ignore[misc]
        kill(sender)
    line.turn("github", latency=0)
    line.turn("salesforce", p_lost=1, times=1, only="/sobjects/Account/")
    pump()
    assert until(lambda: Codename.objects.complete().exists(), 60)
    page.goto(Codename.objects.get().get_absolute_url())
    expect(page.get_by_text("Complete", exact=True).first).to_be_visible()
    assert [labels(line, repo) for repo in (PUBLIC, CONFIDENTIAL)] == [["customer-ceres"], ["customer-ceres"]]
    assert line.records("Account")[0]["GitHub_label__c"] == "customer-ceres"
    assert (
        "brightforge" not in str([one for one in line.journal("github") if f"/repos/{PUBLIC}/" in one["path"]]).lower()
    )


def labels(line: StandIns, repo: str) -> list[str]:
    return [row["name"] for row in line.github(repo)["labels"] if row["name"].startswith("customer-")]


@pytest.mark.ledger("REQ-02", "REQ-03")
def test_an_outsiders_comment_takes_the_plus_label_off_and_a_private_members_does_not(
    line: StandIns, page: Page, clock: Clock, settings: Any
) -> None:
    settings.GITHUB_WEBHOOK_SECRETS = ["now"]
    Automation.objects.update_or_create(code="plus_label_bot", defaults={"position": "act", "name": "Bot"})
    at_github.issue(line, 7, at_github.label(line, "bug"), title="Hosts vanish")
    at_github.label(line, "+more info please")
    at_github.role(line, "maya", member=True)
    at_github.read()
    at_github.put_on(line, 7, "+more info please")
    at_github.read_later(minutes=16)
    page.goto(at_github.one(7).get_absolute_url())
    expect(page.get_by_text("Waiting", exact=False).first).to_be_visible()
    for who, still in (("maya", True), ("rosa", False)):
        at_github.say(line, who, 7)
        at_github.told("issue_comment", "created", issue={"number": 7})
        send_all()
        assert ("+more info please" in at_github.standing(line, 7)) is still, who
    page.reload()
    expect(page.get_by_text("+more info please")).to_have_count(0)
