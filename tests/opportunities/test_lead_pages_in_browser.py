"""The pages of leads in a real browser: light, dark and as wide as a telephone, without a fault of access."""

from typing import Any

import pytest

from fleetcs.working_day import today
from opportunities.models import OutreachReview
from tests.browser import PHONE
from tests.factories import make_account, make_contact, make_lead, make_notes, make_opportunity, make_user

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LOOKS = {"light": {"color_scheme": "light"}, "dark": {"color_scheme": "dark"}, "phone": PHONE}


def pages() -> list[str]:
    """One address of each page, each with something on it."""
    account = make_account(name="Mill Works", domain="mill.example")
    make_contact(account, name="Una Berg", email="una@mill.example")
    make_opportunity(account, type="Expansion", next_step="Send the quote")
    make_notes(account)
    lead = make_lead(company="Mill Works", email="una@mill.example", status="MQL")
    OutreachReview.objects.begin(today())
    OutreachReview.objects.get().escalate(by=make_user("sdr"), person="Una Berg", text="Call me today")
    mine = [f"{lead.get_absolute_url()}{end}" for end in ("", "edit", "convert")]
    lists = ["/leads/", "/leads/new", "/leads/weekly/", "/leads/daily/", "/leads/sources/", "/exports"]
    return [*mine, *lists, account.get_absolute_url(), f"/accounts/{account.pk}/notes/new"]


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_can_be_read_and_used_by_everybody(
    look: str, open_context: Any, sign_in: Any, accessibility_faults: Any
) -> None:
    context = open_context(**LOOKS[look])
    sign_in(context, make_user("cro"))
    page = context.new_page()
    for address in pages():
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert accessibility_faults(page) == [], address
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), address


def test_a_lead_becomes_a_deal_by_keys_and_its_account_shows_the_next_step(open_context: Any, sign_in: Any) -> None:
    lead, ae = make_lead(company="Mill Works"), make_user("ae", name="Ola Nord")
    context = open_context()
    sign_in(context, make_user("cro"))
    page = context.new_page()
    page.goto(lead.get_absolute_url())
    page.keyboard.press("v")
    page.wait_for_url("**/convert")
    page.select_option("select[name=owner]", str(ae.pk))
    page.focus("#id_name")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/opportunities/*/")
    lead.refresh_from_db()
    assert lead.converted_opportunity
    lead.converted_opportunity.change({"next_step": "Meet their CISO"}, by=ae)
    assert lead.converted_account
    page.goto(lead.converted_account.get_absolute_url())
    page.wait_for_selector("#next-step:has-text('Meet their CISO')")
    page.wait_for_selector("#accounting dt:has-text('Deals won (#)')")
    page.wait_for_selector("#customer:has-text('No renewal')")
