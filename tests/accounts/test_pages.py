"""The pages of this floor in a real browser: light, dark and as wide as a telephone, without a fault of access."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from fleetcs.working_day import today
from tests.browser import PHONE
from tests.factories import make_account, make_channel, make_contact, make_contract, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = {"light": {"color_scheme": "light"}, "dark": {"color_scheme": "dark"}, "phone": PHONE}


def pages() -> list[str]:
    """One address of each page, each with something on it."""
    csm = make_user("csm")
    account = make_account(None, csm=csm, zone="Europe/Berlin", parent=make_account())
    make_contract(account, "premium", in_force_to=today())
    contract = make_contract(account, "ultimate", in_force_from=today(), in_force_to=today() + timedelta(days=300))
    contact = make_contact(account, is_champion=True, reports_to=make_contact(account))
    channel = make_channel(account)
    channel.request_after_hours(by=csm)
    account.change({"industry": "Fishing"}, by=csm)
    edits = [
        reverse(f"accounts:{record._meta.model_name}_edit", args=[record.pk])
        for record in (account, contact, contract, channel)
    ]
    lists = [reverse(f"accounts:{name}") for name in ("accounts", "contacts", "channels", "channel_check")]
    records = [record.get_absolute_url() for record in (account, contact, contract, channel)]
    return [*lists, *records, *edits, reverse("accounts:channel_notice", args=[channel.pk])]


@pytest.mark.slow
@pytest.mark.parametrize("look", LOOKS)
def test_every_page_can_be_read_and_used_by_everybody(
    look: str, open_context: Any, sign_in: Any, accessibility_faults: Any
) -> None:
    context = open_context(**LOOKS[look])
    sign_in(context, make_user("vp_cs"))
    page = context.new_page()
    for address in pages():
        page.goto(address)
        assert accessibility_faults(page) == [], address
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), address


def test_a_filter_a_file_and_a_saved_view_work_on_the_list_as_it_stands(open_context: Any, sign_in: Any) -> None:
    make_account("ultimate", name="Kelp Works")
    make_account("premium", name="Reef Trust")
    context = open_context()
    sign_in(context, make_user("vp_cs"))
    page = context.new_page()
    page.goto("/accounts/")
    page.select_option("select[name=tier]", "ultimate")
    page.wait_for_url("**tier=ultimate**")
    with page.expect_download() as download:
        page.click("#results button:has-text('CSV')")
    assert "Reef Trust" not in download.value.path().read_text()
    page.click(".views-more summary")
    page.fill(".views-more input[name=name]", "Best served")
    page.click("text=Save view")
    page.wait_for_selector("a.view-tab[aria-current]:has-text('Best served')")
    assert page.locator("#results tbody tr").count() == 1


def test_two_colleagues_at_one_account_lose_nothing(open_context: Any, sign_in: Any) -> None:
    account = make_account(billing_address="1 Pier Road\nHarbour")
    context = open_context()
    sign_in(context, make_user("vp_cs"))
    page = context.new_page()
    page.goto(reverse("accounts:account_edit", args=[account.pk]))
    account.change({"industry": "Fishing"}, by=make_user("bizops"))
    page.fill("#id_running_version", "5.1")
    page.click("text=Save account")
    assert page.locator("table tbody tr").all_inner_texts() == ["Industry\tFishing\tnone\tTheirs"]
    page.click("text=Save this merged version")
    page.wait_for_url(f"**{account.get_absolute_url()}")
    account.refresh_from_db()
    assert (account.industry, account.running_version) == ("Fishing", "5.1")
