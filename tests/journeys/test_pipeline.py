"""People sell: a board is dragged and worked by keyboard, the week's review is gone through, an expansion is begun."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from fleetcs import clock
from fleetcs.models import User
from fleetcs.working_day import today
from opportunities.models import Opportunity, PipelineReview
from tests.browser import PHONE
from tests.factories import make_account, make_opportunity, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

type Open = Callable[..., BrowserContext]
type SignIn = Callable[..., None]


@pytest.fixture
def csm() -> User:
    return make_user("csm", name="Saoirse Pemberton")


def desk(open_context: Open, sign_in: SignIn, user: User, **options: Any) -> Page:
    context = open_context(**options or {"viewport": {"width": 1440, "height": 900}})
    sign_in(context, user)
    return context.new_page()


def stage_of(deal: Opportunity) -> str:
    return Opportunity.objects.get(pk=deal.pk).stage


def test_a_card_is_dragged_and_the_menu_does_the_same_by_keyboard_and_by_touch(
    open_context: Open, sign_in: SignIn, csm: User, accessibility_faults: Callable[[Page], list[str]]
) -> None:
    account = make_account(name="Harbour Lines", csm=csm)
    deal = make_opportunity(account, name="Harbour 2026", owner=csm, next_step="Call", next_step_due=today())
    page = desk(open_context, sign_in, csm)
    page.goto("/pipeline/")
    card = page.locator("[data-card]").filter(has_text="Harbour 2026")
    card.drag_to(page.locator('[data-stage="Negotiation"]'))
    expect(page.get_by_text("Harbour 2026 is in Negotiation.")).to_be_visible()
    assert stage_of(deal) == "Negotiation"
    assert accessibility_faults(page) == []
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back.")).to_be_visible()

    page.goto("/pipeline/")
    page.locator("[data-card] summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Harbour 2026 is in Prospecting.")).to_be_visible()

    phone = desk(open_context, sign_in, csm, **PHONE)
    phone.goto("/pipeline/")
    phone.locator("[data-card] summary").tap()
    phone.get_by_role("link", name="Closed Lost…").tap()
    phone.get_by_label("Why it is lost").fill("They chose another")
    phone.get_by_role("button", name="Move").tap()
    expect(phone.get_by_text("Harbour 2026 is in Closed Lost.")).to_be_visible()
    assert stage_of(deal) == "Closed Lost"


@pytest.mark.ledger("OPP-07")
def test_the_weeks_review_is_gone_through_by_keyboard_alone(open_context: Open, sign_in: SignIn) -> None:
    first, second, third = (make_opportunity(name=f"{name} 2026") for name in ("Alder", "Birch", "Cedar"))
    begun = {first: 60, second: 50, third: 10}
    for deal, days in begun.items():
        at = clock.now() - timedelta(days=days)
        deal.stage_changes.create(stage="Prospecting", at=at)
    page = desk(open_context, sign_in, make_user("cro"))
    page.goto("/pipeline/review/")
    page.keyboard.press("j")
    page.keyboard.press("v")
    expect(page.get_by_text("Alder 2026 stands.")).to_be_visible()
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name="Review Birch 2026")).to_be_visible()
    page.get_by_label("Next step", exact=False).first.focus()
    page.keyboard.type("Ask their CISO")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Review Cedar 2026")).to_be_visible()
    page.get_by_label("Next step", exact=False).first.focus()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Every open deal was gone through this week")).to_be_visible()
    assert Opportunity.objects.get(pk=second.pk).next_step == "Ask their CISO"
    assert PipelineReview.objects.count() == 3


@pytest.mark.ledger("OPP-05", "SFD-23")
def test_an_expansion_begins_at_the_accounts_table(open_context: Open, sign_in: SignIn, csm: User) -> None:
    account = make_account(name="Harbour Lines", csm=csm)
    page = desk(open_context, sign_in, csm)
    page.goto(f"/accounts/{account.pk}/")
    table = page.locator("#customer")
    table.get_by_role("link", name="New expansion").click()
    page.get_by_label("Product").fill("Premium")
    page.get_by_label("Kind of expansion").select_option("Host")
    page.get_by_label("Due in quarter").select_option("4")
    page.get_by_label("Why the business grows").select_option("host_growth")
    page.get_by_label("Amount").fill("12000")
    page.get_by_label("Close date").fill(f"{today() + timedelta(days=60):%Y-%m-%d}")
    page.get_by_label("Next step*", exact=True).fill("Count their hosts")
    page.get_by_label("Next step's due date").fill(f"{today() + timedelta(days=7):%Y-%m-%d}")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name=f"HarbourLines_Premium_HostExpansion_Q4{today().year}")).to_be_visible()
    page.goto(f"/accounts/{account.pk}/")
    expect(page.locator("#customer").get_by_text("HarbourLines_Premium")).to_be_visible()
