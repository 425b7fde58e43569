"""The people of a deal at their own browsers, and what each of them does there by hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from fleetcs.models import User
from opportunities.models import Opportunity
from tests.factories import DRIVE_URL, ISSUE_URL, make_account, make_embargo, make_opportunity, make_user

LIST = "https://lists.example/search"
LONG = 60  # seconds in which what is done at the side has been done
SIGNED_BY_THEM, SIGNED_BY_US = "2025-11-03", "2025-11-05"


@dataclass
class Firm:
    """Who has a part in a deal; each gets a page of their own the first time they are asked for."""

    open_context: Callable[..., BrowserContext]
    sign_in: Callable[..., None]
    ae: User = field(default_factory=lambda: make_user("ae", name="Ola Nord"))
    cro: User = field(default_factory=lambda: make_user("cro", name="Cleo Roe"))
    ceo: User = field(default_factory=lambda: make_user("ceo", name="Edda Vik"))
    biz: User = field(default_factory=lambda: make_user("bizops", name="Bo Lind", github="bo-lanternfish"))
    vp: User = field(default_factory=lambda: make_user("vp_cs", name="Vera Lund", github="vera-lanternfish"))
    csm: User = field(default_factory=lambda: make_user("csm", name="Saoirse Pemberton"))
    sc: User = field(default_factory=lambda: make_user("sc", name="Sol Tarn"))
    pages: dict[int, Page] = field(default_factory=dict)

    def desk(self, person: User, url: str = "") -> Page:
        """The person's page, led to an address."""
        if person.pk not in self.pages:
            context = self.open_context()
            self.sign_in(context, person)
            self.pages[person.pk] = context.new_page()
        if url:
            self.pages[person.pk].goto(url)
        return self.pages[person.pk]


def prospect(firm: Firm, **fields: Any) -> Opportunity:
    """A deal with a new customer, with everybody who will have a part in it."""
    account = make_account(None, name="Mill Works", kind="prospect", ae=firm.ae, csm=firm.csm, sc=firm.sc)
    known = {"name": "Mill Works 2026", "owner": firm.ae, "type": "New", "next_step": "", "amount": "36000"}
    return make_opportunity(account, **known | fields)


def stage_of(deal: Opportunity) -> str:
    return Opportunity.objects.get(pk=deal.pk).stage


# --- by hand ---------------------------------------------------------------------------------------------------------
def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).first.click()


def stands(page: Page, words: str) -> None:
    """What the badge beside the title says."""
    expect(page.locator("main .dot").filter(has_text=words).first).to_be_visible()


# --- quotes -----------------------------------------------------------------------------------------------------------
def check(page: Page, deal: Opportunity) -> None:
    """Somebody has looked at the official list, and there was no hit."""
    make_embargo()
    page.goto(f"/opportunities/{deal.pk}/screening/")
    page.get_by_label("Country or territory").select_option(label="Sweden")
    page.get_by_label("Looked up as").fill(deal.account.name)
    page.get_by_label("Link to the list").fill(LIST)
    page.get_by_label("No hit", exact=True).check()
    press(page, "Note it")
    stands(page, "No hit")


def quote(page: Page, deal: Opportunity, price: str) -> str:
    """A quote is written; its address."""
    page.goto(f"/opportunities/{deal.pk}/quotes/new/")
    page.get_by_label("Product").fill("Premium")
    page.get_by_label("Up to # of hosts").fill("500")
    page.get_by_label("Price (USD)").fill(price)
    press(page, "Save quote")
    stands(page, "Draft")
    return page.url


# --- the close --------------------------------------------------------------------------------------------------------
def begin(page: Page, deal: Opportunity, **answers: bool) -> None:
    page.goto(f"/opportunities/{deal.pk}/close/")
    for name, is_so in answers.items():
        page.locator(f"input[name={name}][value={'yes' if is_so else 'no'}]").check()
    page.get_by_label("Premium").check()
    press(page, "Begin the close")
    expect(page.get_by_role("heading", name="Close won")).to_be_visible()


def tick(page: Page, deal: Opportunity, step: str, **said: str) -> None:
    """A step is done on the close's page."""
    page.goto(f"/opportunities/{deal.pk}/close/")
    row = page.locator(f"#{step}")
    for name, words in said.items():
        page.locator(f"#{step}-{name}").fill(words)
    row.get_by_role("button", name="It is done").click()
    expect(page.locator(f"#{step} .dot").first).to_have_text("Done")


def is_done(page: Page, deal: Opportunity, *steps: str) -> None:
    page.goto(f"/opportunities/{deal.pk}/close/")
    for step in steps:
        expect(page.locator(f"#{step} .dot").first).to_have_text("Done")


def contract(page: Page, deal: Opportunity, *, own: bool) -> str:
    """The order form is made where its step leads; its address."""
    page.goto(f"/opportunities/{deal.pk}/agreements/new/")
    page.get_by_label("Text", exact=False).first.select_option("theirs" if own else "ours")
    page.get_by_label("Effective date").fill("2025-12-01")
    page.get_by_label("Subscription end").fill("2026-11-30")
    press(page, "Save contract")
    page.wait_for_url("**/agreements/*/")
    return page.url


def deviate(page: Page, paper: str, words: str, *, own: bool) -> None:
    page.goto(paper)
    follow(page, "Note a deviation")
    page.get_by_label("What it is to be").fill(words)
    page.get_by_label("Where it stands").select_option("own_contract" if own else "redline")
    press(page, "Save")
    stands(page, "Waits for the CEO")


def review(asks: Page, closes: Page, paper: str) -> None:
    """The AE asks, BizOps answers."""
    asks.goto(paper)
    follow(asks, "Ask for a legal review")
    asks.get_by_label("What has to be looked at").fill("Their own contract")
    asks.get_by_label("Link of the issue").fill(ISSUE_URL)
    press(asks, "Ask for it")
    closes.goto(paper)
    follow(closes, "Legal review")
    follow(closes, "Close the review")
    closes.get_by_label("What came of it").fill("Fine.")
    press(closes, "Close it")


def send(page: Page, paper: str, *, envelope: str = "") -> None:
    page.goto(paper)
    follow(page, "Send the order form")
    page.get_by_label("Send to").fill("buyer@mill.example")
    if envelope:
        page.get_by_label("Envelope reference").fill(envelope)
    else:
        page.get_by_label("Copies go to").fill("")
    press(page, "It has been sent")


def sign(page: Page, paper: str, party: str) -> None:
    """Somebody has signed; ours is the CEO, whom the form names."""
    page.goto(f"{paper}signed/")
    page.get_by_label("Who signed", exact=False).first.select_option(party)
    if party == "customer":
        page.get_by_label("Name of the customer's signer").fill("Ida Roe")
    page.get_by_label("Signed on").fill(SIGNED_BY_THEM if party == "customer" else SIGNED_BY_US)
    press(page, "Save")
    page.wait_for_url(paper)


def execute(page: Page, deal: Opportunity) -> None:
    """The CEO enters our signature, on the paper copy that waits for it."""
    page.goto("/papers/")
    follow(page, f"Subscription agreement of {deal.name}")
    follow(page, "I have signed it")
    page.get_by_label("Signed on").fill(SIGNED_BY_US)
    press(page, "I have signed it")
    page.wait_for_url("**/agreements/*/")
    assert stage_of(deal) == "Proposal"


def attach(page: Page, paper: str) -> None:
    page.goto(f"{paper}copy/")
    page.get_by_label("Link").fill(DRIVE_URL)
    press(page, "Save")
    page.wait_for_url(paper)


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["Name"] for row in rows]
