"""The operations pages in a real browser: by keyboard, and readable for everybody in every look."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from fleetcs.models import Automation, Delivery, Effect, EffectAttempt
from tests.browser import PHONE
from tests.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

type Open = Callable[..., BrowserContext]


@pytest.fixture
def stuck() -> Effect:
    """One message that a person has to decide about, with long names everywhere."""
    delivery = Delivery.objects.create(source="slack", delivery_id="sha256:" + "0af3" * 16, raw=b"{}", state="done")
    fields = {"kind": "slack.reply", "destination": "slack", "args": {"message": 9}, "cause": delivery}
    effect = Effect.objects.create(key="reply:" + "9" * 90, state="dead", attempts=1, error_code="gone", **fields)
    EffectAttempt.objects.create(effect=effect, n=1, outcome="refused", status="is_archived", milliseconds=93)
    return effect


def signed_in(open_context: Open, sign_in: Callable[..., None], **look: Any) -> Page:
    context = open_context(**look)
    sign_in(context, make_user("vp_cs", name="Vera Lund"))
    return context.new_page()


@pytest.mark.slow
@pytest.mark.parametrize("look", [{"color_scheme": "dark"}, PHONE], ids=["dark", "phone"])
def test_every_page_is_readable_for_everybody(
    stuck: Effect,
    open_context: Open,
    sign_in: Callable[..., None],
    accessibility_faults: Callable[[Page], list[str]],
    look: dict[str, Any],
) -> None:
    page = signed_in(open_context, sign_in, **look)
    lists = ("/operations", "/operations/effects", "/operations/deliveries")
    assert stuck.cause
    for url in (*lists, stuck.get_absolute_url(), stuck.cause.get_absolute_url()):
        page.goto(url)
        assert accessibility_faults(page) == []


def test_a_switch_and_a_stuck_message_by_keyboard(
    stuck: Effect, open_context: Open, sign_in: Callable[..., None]
) -> None:
    page = signed_in(open_context, sign_in)
    page.goto("/operations")
    page.get_by_role("group", name="SLA alerts").get_by_role("button", name="Act").press("Enter")
    expect(page.get_by_role("group", name="SLA alerts").get_by_role("button", pressed=True)).to_have_text("Act")
    assert Automation.objects.get(code="sla_alerts").position == "act"
    page.get_by_role("link", name="1 message given up").press("Enter")
    page.get_by_role("link", name=stuck.key).press("Enter")
    page.get_by_role("button", name="Send again").press("Enter")
    expect(page.get_by_text("It goes out again within seconds.")).to_be_visible()
    stuck.refresh_from_db()
    assert stuck.state == "waiting"
