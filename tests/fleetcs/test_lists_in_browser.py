"""The lists of records by keyboard and on a telephone: columns, a cell in place, many at once."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from fleetcs import changing
from opportunities.models import Opportunity
from tests.browser import PHONE
from tests.factories import make_account, make_opportunity, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.slow]
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def opened(open_context: Callable[..., BrowserContext], sign_in: Callable[..., None]) -> Callable[..., Page]:
    def go(url: str, **options: object) -> Page:
        context = open_context(**options)
        sign_in(context, make_user("cro"))
        page = context.new_page()
        page.goto(url)
        return page

    for number in range(3):
        make_opportunity(make_account(), name=f"Kelp {number} 2026", next_step="Send the quote")
    return go


def test_columns_move_a_cell_is_typed_into_and_many_are_changed(opened: Callable[..., Page]) -> None:
    page = opened("/opportunities/?sort=name")
    page.get_by_text("Columns", exact=True).click()
    page.get_by_role("button", name="Move Amount up").click()
    page.get_by_role("button", name="Show these").click()
    page.wait_for_url("**columns=name%2Caccount%2Camount%2Cstage**")
    pencil = page.get_by_role("link", name="Edit next step of Kelp 0 2026")
    pencil.focus()
    page.keyboard.press("Enter")
    field = page.get_by_role("textbox", name="Next step of Kelp 0 2026")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(pencil).to_be_focused()
    page.keyboard.press("Enter")
    field.fill("Call them")
    page.keyboard.press("Enter")
    expect(page.locator("td", has_text="Call them")).to_be_visible()
    page.locator("[data-all]").check()
    page.locator("#bulk select").select_option("next_step")
    page.get_by_role("button", name="Change…").click()
    page.get_by_label("Next step").fill("Meet them")
    page.get_by_role("button", name="Show the effect").click()
    expect(page.get_by_text("Call them → Meet them")).to_be_visible()
    page.get_by_role("button", name="Change 3 opportunities").click()
    expect(page.get_by_text("under way")).to_be_visible()
    changing.work()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert set(Opportunity.objects.values_list("next_step", flat=True)) == {"Meet them"}


def test_the_columns_fit_a_telephone(opened: Callable[..., Page]) -> None:
    page = opened("/opportunities/", **PHONE)
    page.get_by_text("Columns", exact=True).click()
    expect(page.get_by_role("button", name="Show these")).to_be_visible()
    assert not page.evaluate(WIDER)
