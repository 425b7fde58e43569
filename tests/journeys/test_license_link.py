"""A customer gets their license key: a link is shared, its recipient opens it with a mailed code, others do not."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from accounts.models import LicenseKey
from fleetcs import clock as product_clock
from fleetcs import effects
from fleetcs.working_day import today
from tests.browser import PHONE
from tests.conftest import Clock
from tests.factories import make_account, make_contact, make_user
from tests.standins import StandIns

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

KEY = "eyJhbGciOiJub25lIn0.kanarienvogel-0123456789"


@pytest.mark.slow
@pytest.mark.ledger("DCL-23", "DCL-24", "LIC-03", "LIC-06")
def test_a_key_goes_from_its_creator_to_the_one_person_it_is_for(
    open_context: Callable[..., BrowserContext],
    sign_in: Callable[..., None],
    standins: StandIns,
    settings: Any,
    live_server: Any,
    clock: Clock,
    complaints: list[str],
) -> None:
    settings.BASE_URL = live_server.url
    csm = make_user("csm", name="Saoirse Pemberton")
    account = make_account(name="Harbour Lines", domain="harbour.example", csm=csm)
    make_contact(account, name="Ilse Brandt", email="ilse.brandt@harbour.example")
    house = open_context()
    sign_in(house, csm)
    desk = house.new_page()

    # the CSM records the key; it is masked from then on
    desk.goto(f"/accounts/{account.pk}/")
    desk.get_by_role("link", name="Record a key").click()
    desk.get_by_label("Kind").select_option("subscription")
    desk.get_by_label("Hosts").fill("250")
    desk.get_by_label("Works until").fill(f"{today() + timedelta(days=365):%Y-%m-%d}")
    desk.get_by_label("The key").fill(KEY)
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_role("heading", name="New subscription key of Harbour Lines")).to_be_visible()
    assert KEY not in desk.content()
    desk.get_by_role("button", name="Show the key").click()
    expect(desk.locator("#license-value")).to_have_value(KEY)
    desk.reload()

    # and shares it by a link that is told once
    desk.goto(LicenseKey.objects.get().get_absolute_url())
    desk.keyboard.press("e")
    desk.get_by_label("Ilse Brandt").check()
    desk.get_by_role("button", name="Make the links").click()
    url = desk.get_by_label("Ilse Brandt").input_value()
    assert url.startswith(live_server.url)

    # a stranger who has the link gets no further than a code that goes to somebody else
    stranger = open_context().new_page()
    stranger.goto(url)
    assert "Harbour" not in stranger.content()
    assert stranger.locator("button").count() == 1
    stranger.get_by_role("button", name="Send the code").click()
    stranger.get_by_label("Code").fill("1234 5678")
    stranger.get_by_role("button", name="Show me").click()
    expect(stranger.get_by_role("alert")).to_contain_text("That is not the code")
    assert KEY not in stranger.content()

    # the recipient, on a telephone, types it and sees the key, this once
    effects.send_rest()
    [mail] = standins.mails()
    [code] = re.findall(r"\d{4} \d{4}", mail["text"])
    clock.forward(minutes=2)
    recipient = open_context(**PHONE).new_page()
    recipient.goto(url)
    recipient.get_by_role("button", name="Send the code").click()
    effects.send_rest()
    [_, code] = [re.findall(r"\d{4} \d{4}", mail["text"])[0] for mail in standins.mails()]
    recipient.get_by_label("Code").fill(code)
    recipient.keyboard.press("Enter")
    expect(recipient.locator("#license-value")).to_have_value(KEY)
    wide = recipient.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide, "nothing is cut off on a telephone"
    recipient.goto(url)
    assert KEY not in recipient.content()

    # on the eighth day the link is dead
    clock(product_clock.now() + timedelta(days=7))
    recipient.goto(url)
    expect(recipient.get_by_role("heading", name="Link expired")).to_be_visible()
    assert recipient.locator("button").count() == 0
    complaints[:] = [one for one in complaints if "status of 410" not in one]  # what is gone is said with its status
