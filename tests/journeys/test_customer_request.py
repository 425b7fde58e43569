"""A customer's wish: found by its label, posted to product, shared, prioritized, released, heard, closed, and told."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import Account
from fleetcs.local.standins.github import PUBLIC
from fleetcs.models import Automation, HandbookEntry, MessageText, User
from fleetcs.working_day import today
from support.models import CustomerNote, CustomerRequest, Feedback, follow
from tests.browser import PHONE
from tests.factories import filed, make_account, make_channel, make_contract, make_issue_link, make_ticket, make_user
from tests.sending import send_all
from tests.standins import StandIns
from tests.support import at_github

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

type Open = Callable[..., BrowserContext]
CSM, DESIGNER = "saoirse-lanternfish", "odette-lanternfish"
TEXTS = {
    "issue_link": "Hello everyone, this is the issue we spoke about: {link}",
    "release_note": "It is out: {link}",
    "feedback_meets": "{designer} they have what they need.",
    "feedback_missing": "{designer} something is missing:",
}


@pytest.fixture
def csm(standins: StandIns) -> User:
    """The firm as far as the story needs it, with both people at GitHub."""
    for login in (CSM, DESIGNER):
        standins.at_github({"kind": "github.member", "key": login, "login": login, "public": False})
    for code, body in TEXTS.items():
        MessageText.objects.update_or_create(code=code, defaults={"body": body})
    HandbookEntry.objects.create(section="aliases", code="ask_product", value="help-product")
    Automation.objects.filter(pk="request_notices").update(position="act")
    make_user("pd", name="Odette Farrow", github=DESIGNER)
    return make_user("csm", name="Saoirse Pemberton", github=CSM, slack_id="U0011STAFF")


@pytest.fixture
def account(csm: User) -> Account:
    account = make_account("ultimate", name="Brightforge Metal", csm=csm)
    account.codenames.assign(account, "Ceres", by=csm)
    make_channel(account, slack_id="C00BRIGHT", name="fleet-at-brightforge")
    make_channel(slack_id="C0PRODUCT", name="help-product", kind="internal")
    return account


def at_work(standins: StandIns, method: str, path: str, said: object) -> Any:
    return standins.as_person("lanternfish-desk", method, f"/repos/{PUBLIC}{path}", said)


@pytest.mark.slow
@pytest.mark.ledger("REQ-01", "REQ-04", "REQ-06", "REQ-07", "REQ-08", "REQ-09", "BUG-06")
def test_a_wish_from_its_label_to_the_note_that_it_is_out(
    standins: StandIns, csm: User, account: Account, open_context: Open, sign_in: Callable[..., None]
) -> None:
    send_all()  # the codename comes to stand in both repositories
    for name in ("customer request", "~customer request", "#g-unicorns"):
        at_work(standins, "POST", "/labels", {"name": name, "color": "ffffff"})
    said = {"title": "Group hosts by shelf", "labels": ["customer-ceres", "customer request"]}
    number = at_work(standins, "POST", "/issues", said)["number"]
    at_github.read()
    request = CustomerRequest.objects.get()

    context = open_context()
    sign_in(context, csm)
    page = context.new_page()
    page.goto("/customer-requests/meeting/")
    page.get_by_role("link", name="Group hosts by shelf").click()
    discuss_the_date(page, standins, account)
    share_the_link(page, standins, request)

    at_work(standins, "POST", f"/issues/{number}/labels", {"labels": ["~customer request", "#g-unicorns"]})
    at_work(standins, "POST", f"/issues/{number}/assignees", {"assignees": [CSM]})
    at_github.read()
    send_all()
    told = [message["text"] for message in standins.messages("D0011STAFF")]
    assert len(told) == 2
    assert not [text for text in told if account.name in text or "ceres" in text]

    settle(page)
    send_all()
    [comment] = standins.github()["comments"]
    assert comment["body"] == f"@{DESIGNER} they have what they need."
    [there] = standins.github()["issues"]
    assert (there["state"], there["state_reason"]) == ("closed", "completed")
    expect(page.get_by_text("Issue closed")).to_be_visible(timeout=10_000)
    tell_that_it_is_out(page, standins, request)


def discuss_the_date(page: Page, standins: StandIns, account: Account) -> None:
    """Nobody commits before product has heard of the date."""
    page.get_by_role("link", name="Key date").click()
    page.get_by_label("Key date").fill("2027-03-12")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Commit to a date")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Post it to product").click()
    expect(page.get_by_text("On its way to product", exact=True)).to_be_visible()
    send_all()
    [post] = standins.messages("C0PRODUCT")
    assert "customer-ceres" in post["text"]
    assert account.name not in post["text"]
    page.reload()
    page.get_by_role("link", name="Commit to a date").click()
    page.get_by_label("Date we commit to").fill("2027-03-01")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 Mar 2027").first).to_be_visible()


def share_the_link(page: Page, standins: StandIns, request: CustomerRequest) -> None:
    """The customer reads the link in their own channel; until then the badge says that they have not been told."""
    expect(page.get_by_text("Customer not told").first).to_be_visible()
    page.get_by_role("link", name="Share link").click()
    page.get_by_label("Into the customer's Slack channel").check()
    page.get_by_role("button", name="Send").click()
    send_all()
    [message] = standins.messages("C00BRIGHT")
    assert message["text"] == TEXTS["issue_link"].format(link=request.issue.url)
    page.goto(request.get_absolute_url())
    expect(page.get_by_text("Customer not told")).to_have_count(0)


def settle(page: Page) -> None:
    """The CSM sees what is asked of them, reads the comment as everybody will, and sends it."""
    page.goto("/customer-requests/?view=feedback")
    page.get_by_role("link", name="Group hosts by shelf").click()
    page.get_by_role("link", name="Asked").click()
    page.get_by_role("link", name="Meets their needs").click()
    expect(page.get_by_role("region", name="As everybody reads it")).to_contain_text(f"@{DESIGNER} they have")
    page.get_by_role("button", name="Comment and close").click()
    expect(page.get_by_text("Comment on its way")).to_be_visible()


def tell_that_it_is_out(page: Page, standins: StandIns, request: CustomerRequest) -> None:
    page.goto(f"/impact/issues/{request.issue_id}/")
    page.get_by_role("link", name="Edit and send").click()
    page.get_by_label("What the customer reads").fill(f"Shelves are here: {request.issue.url}")
    page.get_by_label("Into the customer's Slack channel").check()
    page.get_by_role("button", name="Send").click()
    send_all()
    assert [message["text"] for message in standins.messages("C00BRIGHT")][1:] == [
        f"Shelves are here: {request.issue.url}"
    ]


@pytest.fixture
def everything(csm: User, account: Account) -> CustomerRequest:
    """A request with everything that its pages can show."""
    issue = filed("customer request", ":release", "customer-ceres", title="Group hosts by shelf and by room")
    request = CustomerRequest.objects.declare(issue, by=csm)
    request.set_key_date(today(), by=csm)
    make_issue_link(issue, account, ticket=make_ticket(account))
    other = make_account(None, name="Northwind Ferries")
    make_contract(other, "premium", in_force_to=today() + timedelta(days=90))
    make_issue_link(issue, other)
    Feedback.objects.create(request=request, account=account, csm=csm)
    follow([issue])
    return request


@pytest.mark.slow
@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark"}, PHONE], ids=["light", "dark", "phone"])
def test_every_page_is_readable_for_everybody(
    everything: CustomerRequest,
    open_context: Open,
    sign_in: Callable[..., None],
    accessibility_faults: Callable[[Page], list[str]],
    look: dict[str, Any],
) -> None:
    context = open_context(**look)
    sign_in(context, make_user("vp_cs", name="Vera Lund"))
    page, request, issue = context.new_page(), everything.pk, everything.issue_id
    task, link = Feedback.objects.get().pk, everything.issue.links.first().pk  # type: ignore[union-attr]
    forms = [f"/customer-requests/{request}/{name}/" for name in ("key-date", "clear", "story", "concerns", "commit")]
    lists = ["/customer-requests/", "/customer-requests/meeting/", "/customer-requests/untold/", "/impact/"]
    records = [f"/customer-requests/{request}/", f"/feedback/{task}/", f"/feedback/{task}/missing/"]
    others = [f"/impact/issues/{issue}/", f"/issue-links/{link}/share/", f"/issues/{issue}/customers/"]
    note = f"/customer-notes/{CustomerNote.objects.latest('pk').pk}/"
    for url in (*lists, *records, *forms, *others, note):
        page.goto(url)
        assert accessibility_faults(page) == [], url
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), url
