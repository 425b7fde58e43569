"""The pages of a close in a real browser: light, dark and as wide as a telephone, without a fault of access."""

from typing import Any

import pytest

from accounts import licenses
from accounts.models import KeyShare
from opportunities.models import HandoffSheet
from tests.browser import PHONE
from tests.factories import make_close
from tests.opportunities.closes import Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LOOKS = {"light": {"color_scheme": "light"}, "dark": {"color_scheme": "dark"}, "phone": PHONE}


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_of_a_close_can_be_read_and_used_by_everybody(
    look: str, open_context: Any, sign_in: Any, accessibility_faults: Any
) -> None:
    early, walk = make_close(docusign=False), Walk(make_close()).through("DCL-17")
    HandoffSheet.objects.add(close=walk.close, by=walk.ae, tier="ultimate", deal="500 hosts\nfor three years")
    for code in ("DCL-19", "DCL-23", "DCL-24"):
        walk.acts()[code]()
    KeyShare.objects.update(wrong=licenses.MOST_WRONG)
    context = open_context(**LOOKS[look])
    sign_in(context, walk.vp)
    page = context.new_page()
    of_close = [f"/opportunities/{one.opportunity_id}/close/" for one in (early, walk.close)]
    for address in [*of_close, f"/closes/{walk.close.pk}/handoff-sheet/", "/closes/", "/onboarding/"]:
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert accessibility_faults(page) == [], address
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), address
