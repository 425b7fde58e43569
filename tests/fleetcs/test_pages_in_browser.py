"""The frame of every page in a browser."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from playwright.sync_api import BrowserContext, Page, expect

from fleetcs import wording
from tests.browser import PHONE
from tests.factories import make_account, make_user


# --- in a browser -----------------------------------------------------------------------------------------------------
@pytest.fixture
def signed_in(
    open_context: Callable[..., BrowserContext], sign_in: Callable[..., None], transactional_db: None
) -> Callable[..., Page]:
    """A page of a manager's browser, with a few accounts to look at."""

    def go(url: str, **options: Any) -> Page:
        for number in range(6):
            make_account(name=f"Cedar {number}")
        browser_context = open_context(**options)
        sign_in(browser_context, make_user("vp_cs", name="Vera Lund", password="a-long-enough-password"))
        page = browser_context.new_page()
        page.goto(url)
        return page

    return go


@pytest.mark.browser
def test_a_list_is_worked_by_keys_alone(signed_in: Callable[..., Page]) -> None:
    page = signed_in("/accounts/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Cedar 1", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#panel").get_by_role("heading", name="Cedar 1")).to_be_visible()
    assert "panel=%2Faccounts%2F" in page.url
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_empty()
    expect(page.get_by_role("link", name="Cedar 1", exact=True)).to_be_focused()
    page.go_back()
    expect(page.locator("#panel").get_by_role("heading", name="Cedar 1")).to_be_visible()
    page.reload()
    expect(page.locator("#panel").get_by_role("heading", name="Cedar 1")).to_be_visible()


@pytest.mark.browser
def test_keys_are_for_typing_while_one_types(signed_in: Callable[..., Page]) -> None:
    page = signed_in("/accounts/")
    page.keyboard.press("/")
    page.keyboard.type("j?cedar 3")
    expect(page.locator(".search-input")).to_have_value("j?cedar 3")
    expect(page.locator("#shortcuts")).not_to_be_visible()


@pytest.mark.browser
def test_the_palette_finds_records_and_does_what_the_page_offers(signed_in: Callable[..., Page]) -> None:
    page = signed_in("/accounts/")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search records or actions")).to_be_focused()
    page.keyboard.type("cedar 4")
    expect(page.get_by_role("option", name="Cedar 4")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Cedar 4")).to_be_visible()


@pytest.mark.browser
def test_the_question_mark_lists_the_keys_of_this_page(signed_in: Callable[..., Page]) -> None:
    page = signed_in("/accounts/")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Shortcuts on this page")
    expect(dialog.get_by_text("New account")).to_be_visible()
    expect(dialog.get_by_text("Go to Channels")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1, name="Channels")).to_be_visible()


@pytest.mark.browser
def test_single_keys_can_be_switched_off(signed_in: Callable[..., Page]) -> None:
    page = signed_in("/me/")
    page.get_by_label("Keyboard shortcuts").uncheck()
    page.get_by_role("button", name="Save preferences").click()
    expect(page.get_by_text("Preferences saved.")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).not_to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_of_the_system_is_there_before_the_first_paint(signed_in: Callable[..., Page], scheme: str) -> None:
    page = signed_in("/help", color_scheme=scheme)
    assert page.evaluate("document.documentElement.dataset.bsTheme") == scheme
    page.reload(wait_until="commit")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == scheme


@pytest.mark.browser
def test_on_a_phone_the_menu_waits_behind_a_button(signed_in: Callable[..., Page]) -> None:
    page = signed_in("/accounts/", **PHONE)
    expect(page.get_by_role("navigation", name="Main")).not_to_be_visible()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Channels").click()
    expect(page.get_by_role("heading", level=1, name="Channels")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


OWN_PAGES = (
    "/",
    "/help",
    "/about",
    "/me/",
    "/search?q=cedar",
    "/search",
    "/me/2fa/",
    "/me/password/change/",
    "/accounts/",
)


LOOKS = {"light": {"color_scheme": "light"}, "dark": {"color_scheme": "dark"}, "phone": PHONE}


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("options", LOOKS.values(), ids=LOOKS.keys())
def test_the_pages_of_the_kit_are_accessible(
    signed_in: Callable[..., Page], accessibility_faults: Callable[[Page], list[str]], options: dict[str, Any]
) -> None:
    page = signed_in("/", **options)
    faults = {}
    for url in OWN_PAGES:
        page.goto(url)
        expect(page.locator("h1")).to_have_count(1)
        expect(page.locator("main")).to_have_count(1)
        faults[url] = accessibility_faults(page)
    page.keyboard.press("Control+k")
    faults["palette"] = accessibility_faults(page)
    assert {url: found for url, found in faults.items() if found} == {}


@pytest.mark.browser
def test_a_day_in_words_on_every_printed_page(signed_in: Callable[..., Page]) -> None:
    page = signed_in("/accounts/", color_scheme="dark")
    foot = page.evaluate("document.documentElement.dataset.foot")
    assert foot.startswith("Vera Lund · ")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Main")).not_to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert wording.day(date(2026, 11, 3)) == "Tue 3 Nov 2026"


def test_every_key_of_the_menu_leads_to_one_page_only() -> None:
    keys = [entry["key"] for app in apps.get_app_configs() for entry in getattr(app, "nav", []) if "key" in entry]
    assert sorted(keys) == sorted(set(keys))
