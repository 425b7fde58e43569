"""The walk: a mail and a Slack message become tickets with a due time, are answered from the browser, and are counted.

Everything is real: signed HTTP to the running server, the inbox and the senders in a process of their own that is
killed in the middle of a call, the stand-ins' journal, and a Chromium that is used as people use it.
"""

import json
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from fleetcs import clock as product_clock
from fleetcs import signed
from fleetcs.clients import slack
from fleetcs.local.processes import until
from fleetcs.models import Automation, Effect, MessageText
from support.models import Clock, Ticket
from tests.factories import make_account, make_channel, make_contact, make_user
from tests.intake import event, letter, ts
from tests.standins import StandIns
from tests.worker import Start

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FRIDAY_AFTERNOON = "2026-01-23T15:30:00-08:00"
FRIDAY_EVENING = "2026-01-23T18:30:00-08:00"


def post_mail(url: str, settings: Any, raw: bytes) -> int:
    at = str(int(product_clock.now().timestamp()))
    headers = {signed.TIMESTAMP: at, signed.SIGNATURE: signed.sign(raw, at, settings.MAIL_SIGNING_SECRETS[0])}
    return requests.post(f"{url}/email/inbound", raw, headers=headers, timeout=10).status_code


def post_event(url: str, settings: Any, payload: dict[str, Any]) -> int:
    raw, at = json.dumps(payload).encode(), str(int(product_clock.now().timestamp()))
    headers = {
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": slack.sign(raw, at, settings.SLACK_SIGNING_SECRETS[0]),
    }
    return requests.post(f"{url}/slack/events", raw, headers=headers, timeout=10).status_code


@pytest.mark.ledger("INT-01", "SLA-04", "SLA-19", "SLA-21", "SYS-03")
def test_a_mail_is_answered_once_though_the_worker_is_killed_and_the_manager_sees_it_kept(
    page: Page, sign_in: Any, live_server: Any, settings: Any, standins: StandIns, pump: Start, clock: Any
) -> None:
    clock(FRIDAY_AFTERNOON)
    settings.MAIL_SIGNING_SECRETS = ["a-secret-for-mail"]
    account = make_account("premium", domain="brook.example", name="Brook & Sons")
    make_contact(account, name="Ada Brook", email="ada@brook.example")
    engineer, manager = make_user("cse", name="Wren Halloran"), make_user("manager_cse_csa")
    first = pump()

    assert post_mail(live_server.url, settings, letter(text="Every host is offline.")) < 300
    assert until(lambda: Ticket.objects.exists(), 40)
    ticket = Ticket.objects.get()
    assert (ticket.account, ticket.tier, ticket.confirmed) == (account, "premium", False)

    sign_in(page.context, engineer)
    page.goto("/tickets/")
    expect(page.get_by_text("unconfirmed").first).to_be_visible()
    page.goto(ticket.get_absolute_url())
    ticket.set_priority("P1", by=engineer, reason="degraded")
    page.reload()
    expect(page.get_by_text("Brook & Sons").first).to_be_visible()
    assert f"{ticket.due_at:%Y-%m-%d %H:%M}" == "2026-01-26 18:30"  # Monday 10:30 in the company's zone

    standins.turn("mailgun", applied_then_hold=True, times=1, only="/messages")
    page.locator("#reply-text").fill("We are looking into it right now.")
    page.locator("#reply-text").press("Control+Enter")
    expect(page.get_by_text("We are looking into it right now.").first).to_be_visible()
    assert until(lambda: len(standins.mails()) == 1, 40)
    first.kill()
    first.wait(10)
    standins.release()
    clock.forward(minutes=30)  # the provider's log is believed only after a while
    pump()
    assert until(lambda: not Effect.objects.open().filter(kind="mail.reply").exists(), 40)
    assert [mail for mail in standins.mails() if "We are looking into it" in json.dumps(mail)] == standins.mails()
    assert len(standins.mails()) == 1

    one = Clock.objects.get(ticket=ticket, kind=Clock.Kind.RESPONSE)
    assert one.stopped_at is not None
    assert not one.missed
    sign_in(page.context, manager)
    page.goto("/figures/?from=2026-01-19&to=2026-01-25")
    page.get_by_role("link", name="1", exact=True).first.click()
    expect(page.get_by_text(ticket.subject).first).to_be_visible()


@pytest.mark.ledger("AHR-01", "AHR-03", "AHR-08", "AHR-10", "INT-04")
def test_a_friday_evening_message_gets_one_notice_and_its_answer_goes_into_the_thread(
    page: Page, sign_in: Any, live_server: Any, settings: Any, standins: StandIns, pump: Start, clock: Any
) -> None:
    clock(FRIDAY_EVENING)
    settings.SLACK_SIGNING_SECRETS = ["a-secret-for-slack"]
    account = make_account("ultimate")
    make_contact(account, name="Ada Brook", slack_id="U0ADA")
    channel = make_channel(account, after_hours=True, slack_id="C0BROOK")
    Automation.objects.filter(pk="after_hours_notice").update(position="act")
    MessageText.objects.get(pk="after_hours_notice").rewrite(
        subject="", body="Hello {username}, we are closed ({opens} - {closes}).", by=None
    )
    engineer = make_user("cse", name="Wren Halloran")
    pump()

    payload = event(channel.slack_id, "U0ADA", "Nobody can sign in.", ts(FRIDAY_EVENING))
    assert [post_event(live_server.url, settings, payload) for _ in range(3)] == [200, 200, 200]
    assert until(lambda: len(standins.messages(channel.slack_id)) == 1, 40)
    notice = standins.messages(channel.slack_id)[0]
    assert "7am - 4pm" in notice["text"]
    assert {"escalate_p0", "escalate_p1"} <= set(json.dumps(notice).replace('"', " ").split())
    ticket = Ticket.objects.get()
    assert (ticket.account, ticket.tier, ticket.source) == (account, "ultimate", "slack_after_hours")
    assert ticket.due_at is not None

    sign_in(page.context, engineer)
    page.goto(ticket.get_absolute_url())
    page.locator("#reply-text").fill("Good evening, I am on it.")
    page.locator("#reply-text").press("Control+Enter")
    expect(page.get_by_text("Good evening, I am on it.").first).to_be_visible()
    assert until(lambda: len(standins.messages(channel.slack_id)) == 2, 40)
    answer = standins.messages(channel.slack_id)[-1]
    assert answer["thread_ts"] == ticket.thread.thread_ts
    assert until(lambda: not Effect.objects.open().filter(kind="slack.reply").exists(), 20)
    assert len(standins.messages(channel.slack_id)) == 2
