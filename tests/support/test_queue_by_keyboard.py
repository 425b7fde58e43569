"""The lists in a real browser: j, k, x, the bar for many, and the two keys of the Unanswered list."""

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from support.models import Message, Thread, Ticket
from tests.factories import MONDAY_MORNING, make_account, make_channel, make_thread, make_ticket, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(page: Page, context: BrowserContext, sign_in: Any, clock: Any) -> Any:
    clock(MONDAY_MORNING + timedelta(minutes=30))
    agent = make_user("cse")
    sign_in(context, agent)
    return agent


def three_tickets() -> list[Ticket]:
    account = make_account("premium")
    return [
        make_ticket(
            account,
            subject=f"Ticket {number}",
            priority="P2",
            text=f"Words of {number}",
            received_at=MONDAY_MORNING + timedelta(minutes=number),
        )
        for number in range(3)
    ]


def test_j_and_enter_open_a_ticket_beside_the_list_and_the_next_due_one_follows_the_answer(
    page: Page, desk: Any
) -> None:
    first, second, _ = three_tickets()
    page.goto("/tickets/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    panel = page.locator("#panel")
    expect(panel).to_contain_text("Words of 0")
    expect(page.locator("#peek-text")).to_be_focused()
    page.keyboard.type("Please restart it.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(rf"/tickets/{second.pk}/"))
    assert Ticket.objects.get(pk=first.pk).last_reply_at is not None


def test_x_selects_and_the_bar_assigns_with_a_way_to_undo(page: Page, desk: Any) -> None:
    three_tickets()
    page.goto("/tickets/")
    for key in "jxjx":
        page.keyboard.press(key)
    bar = page.locator("#bulk")
    expect(bar).to_contain_text("2 selected")
    bar.locator("#bulk-person").select_option("me")
    bar.get_by_role("button", name="Assign").click()
    expect(page.locator("main")).to_contain_text(f"Nobody → {desk.name}")
    page.get_by_role("button", name="Assign 2 tickets").click()
    expect(page.locator("#toasts")).to_contain_text("2 tickets done")
    assert Ticket.objects.filter(assignee=desk).count() == 2
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("Undo assigning")
    assert Ticket.objects.filter(assignee=desk).count() == 0


def test_the_list_is_fetched_anew_without_losing_the_place_and_stands_still_while_rows_are_selected(
    page: Page, desk: Any
) -> None:
    first, second, _ = three_tickets()
    page.clock.install()
    page.goto("/tickets/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(f"#t{second.pk}")).to_be_focused()
    Ticket.objects.filter(pk=first.pk).update(subject="Meanwhile renamed")
    page.clock.run_for(31_000)
    expect(page.locator(f"#t{first.pk}")).to_have_text("Meanwhile renamed")
    page.clock.run_for(1_000)
    expect(page.locator(f"#t{second.pk}")).to_be_focused()
    page.keyboard.press("x")
    Ticket.objects.filter(pk=first.pk).update(subject="Renamed again")
    page.clock.run_for(61_000)
    expect(page.locator(f"#p{second.pk}")).to_be_checked()
    expect(page.locator(f"#t{first.pk}")).to_have_text("Meanwhile renamed")


def waiting_thread(number: int) -> Thread:
    thread = make_thread(make_channel(make_account("premium")))
    message = Message.objects.create(
        thread=thread,
        kind="slack",
        by="customer",
        public=True,
        text=f"Thread {number}",
        at=MONDAY_MORNING + timedelta(minutes=number),
    )
    thread.hear(message)
    return thread


@pytest.mark.ledger("INT-03", "SLA-20")
def test_f_flags_the_current_thread_and_n_waves_the_next_one_through(page: Page, desk: Any) -> None:
    threads = [waiting_thread(number) for number in range(3)]
    page.goto("/unanswered/")
    page.keyboard.press("j")
    page.keyboard.press("f")
    expect(page.locator(".count")).to_have_text("2 threads")
    assert Thread.objects.get(pk=threads[0].pk).ticket is not None
    expect(page.locator(f"#w{threads[1].pk}")).to_be_focused()
    page.keyboard.press("n")
    expect(page.locator(".count")).to_have_text("1 thread")
    expect(page.locator(f"#w{threads[2].pk}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_contain_text("Thread 2")
    assert Ticket.objects.count() == 1


PATHS = ["/tickets/", "/unanswered/", "/morning/", "/triage/", "/board/", "/requests/", "/chats/", "/flag/", "/"]


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS)
def test_the_pages_are_without_faults_for_everybody(
    page: Page, desk: Any, accessibility_faults: Any, path: str
) -> None:
    three_tickets()
    waiting_thread(1)
    make_ticket(None, triage_reason="unknown sender")
    page.goto(path)
    page.wait_for_load_state("networkidle")
    assert accessibility_faults(page) == []


def test_the_assignee_is_changed_where_it_stands_and_escape_leaves_it(page: Page, desk: Any) -> None:
    first, second, _ = three_tickets()
    make_user("cse", name="Robin Reed")
    page.goto("/tickets/")
    cell = page.locator(f"td:has(#assignee-{first.pk}), td:has([action*='/{first.pk}/assign/'])")
    cell.locator(".in-place").click()
    expect(cell.locator("select")).to_be_focused()
    page.keyboard.press("Escape")
    expect(cell).to_contain_text("Nobody")
    expect(cell.locator(".in-place")).to_be_focused()
    page.keyboard.press("Enter")
    cell.locator("select").select_option("Robin Reed")
    cell.get_by_role("button", name="Save").click()
    expect(page.locator(f"#assignee-{first.pk}")).to_contain_text("Robin Reed")
    expect(page.locator(f"#assignee-{second.pk}")).to_contain_text("Nobody")
    page.locator(f"#priority-{first.pk}").click()
    page.locator("td select[name=priority]").select_option("P1")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(f"#priority-{first.pk}")).to_contain_text("P1")
    expect(page.locator(".toast")).to_contain_text(["Assigned to Robin Reed.", "Priority is P1."])


def test_the_support_level_is_chosen_in_its_cell_by_keyboard_alone(page: Page, desk: Any) -> None:
    first, *_ = three_tickets()
    page.goto("/tickets/?columns=due,ticket,level")
    page.locator(f"#level-{first.pk}").press("Enter")
    expect(page.locator(f"td input[value={first.level}]")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Support level changed.")
    assert page.locator("#panel:not(:empty)").count() == 0
    before = first.level
    first.refresh_from_db()
    assert first.level != before
