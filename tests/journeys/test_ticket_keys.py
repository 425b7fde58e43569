"""A support engineer works through tickets with the keyboard alone, on a large screen and on a telephone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from fleetcs.models import User
from support.models import Ticket
from tests.browser import PHONE
from tests.factories import MONDAY_MORNING, make_account, make_contact, make_ticket, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def engineer(context: BrowserContext, sign_in: Callable[..., None], clock: Any) -> User:
    clock(MONDAY_MORNING + timedelta(minutes=20))
    user = make_user("cse", name="Mara Lindqvist")
    sign_in(context, user)
    return user


@pytest.fixture
def ticket(engineer: User) -> Ticket:
    account = make_account("ultimate", name="Harbour Lines")
    return make_ticket(account, subject="Hosts stop checking in", contact=make_contact(account, zone="Europe/Berlin"))


def test_confirm_take_answer_and_resolve_by_single_keys(page: Page, ticket: Ticket) -> None:
    page.goto(f"/tickets/{ticket.pk}/")
    page.keyboard.press("y")
    expect(page.get_by_text("P2 confirmed.")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_text("Assigned to you.")).to_be_visible()
    page.keyboard.press("r")
    page.keyboard.type("We are looking into it.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text(f"Answer to #{ticket.pk} is on its way.")).to_be_visible()
    expect(page.locator(".entry-reply")).to_contain_text("We are looking into it.")
    page.keyboard.press("1")
    expect(page.get_by_text("Resolved.")).to_be_visible()
    ticket.refresh_from_db()
    assert (ticket.turn, ticket.outcome, ticket.assignee.name) == ("done", "faq_updated", "Mara Lindqvist")


def test_forms_open_beside_the_ticket_and_say_what_is_wrong(page: Page, ticket: Ticket) -> None:
    page.goto(f"/tickets/{ticket.pk}/")
    page.keyboard.press("p")
    panel = page.locator("#panel")
    expect(panel.get_by_role("heading", name="Priority")).to_be_visible()
    panel.get_by_label("Emergency (P0)").check()
    panel.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Priority is P0.")).to_be_visible()
    expect(page.get_by_role("link", name="Emergency flow")).to_be_visible()


def test_a_draft_is_kept_without_being_asked(page: Page, ticket: Ticket) -> None:
    page.goto(f"/tickets/{ticket.pk}/")
    page.keyboard.press("r")
    page.keyboard.type("Half a sentence")
    expect(page.get_by_text("Draft saved")).to_be_visible()
    page.reload()
    expect(page.locator("#reply-text")).to_have_value("Half a sentence")


def test_sending_from_the_queue_opens_the_next_with_the_cursor_in_its_answer(page: Page, ticket: Ticket) -> None:
    later = make_ticket(ticket.account, subject="The one after", received_at=MONDAY_MORNING + timedelta(minutes=5))
    page.goto(f"/tickets/{ticket.pk}/?next=queue")
    page.keyboard.type("First answer")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/tickets/{later.pk}/?next=queue")
    page.keyboard.type("Second answer")
    expect(page.locator("#reply-text")).to_have_value("Second answer")


def test_two_people_see_each_other_and_nobody_talks_over_the_other(
    page: Page, open_context: Any, sign_in: Callable[..., None], ticket: Ticket
) -> None:
    other = open_context()
    sign_in(other, make_user("cse", name="Jonas Weber"))
    theirs = other.new_page()
    page.goto(f"/tickets/{ticket.pk}/")
    theirs.goto(f"/tickets/{ticket.pk}/")
    expect(theirs.get_by_text("Mara Lindqvist is here too")).to_be_visible()
    theirs.locator("#reply-text").fill("I was faster.")
    theirs.locator("#reply-text").press("Control+Enter")
    expect(theirs.get_by_text("is on its way.")).to_be_visible()
    page.locator("#reply-text").fill("My own words")
    page.locator("#reply-text").press("Control+Enter")
    expect(page.get_by_role("heading", name="Somebody else was here")).to_be_visible()
    expect(page.get_by_text("I was faster.")).to_be_visible()
    expect(page.get_by_label("Text")).to_have_value("My own words")
    page.get_by_role("button", name="Go on with mine").click()
    expect(page.get_by_text("is on its way.")).to_be_visible()
    assert ticket.messages.filter(by="colleague").count() == 2


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, PHONE])
def test_the_pages_of_a_ticket_pass_axe_and_fit_a_telephone(
    open_context: Any,
    sign_in: Callable[..., None],
    engineer: User,
    ticket: Ticket,
    options: dict[str, Any],
    accessibility_faults: Callable[[Page], list[str]],
) -> None:
    context = open_context(**options)
    sign_in(context, engineer)
    page = context.new_page()
    for path in ("", "priority/", "details/", "log/", "resolve/", "templates/", "similar/"):
        page.goto(f"/tickets/{ticket.pk}/{path}")
        assert accessibility_faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_everything_works_with_scripts_off(
    open_context: Any, sign_in: Callable[..., None], engineer: User, ticket: Ticket
) -> None:
    context = open_context(java_script_enabled=False)
    sign_in(context, engineer)
    page = context.new_page()
    page.goto(f"/tickets/{ticket.pk}/")
    page.get_by_role("button", name="Confirm P2").click()
    page.get_by_label("Answer by mail").fill("We look into it.")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("button", name="FAQ updated").click()
    ticket.refresh_from_db()
    assert ticket.turn == "done"
