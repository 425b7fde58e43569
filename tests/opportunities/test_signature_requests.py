"""The request for our signature: of which day it is (CON-03, CON-10)."""

from datetime import date
from typing import Any

import pytest

from opportunities.models import SignatureRequest
from tests.conftest import Clock
from tests.factories import ISSUE_URL, make_agreement, make_user
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def thursday(clock: Clock) -> None:
    clock("2026-05-07T10:00:00-07:00")


def asked() -> SignatureRequest:
    agreement = make_agreement()
    return SignatureRequest.objects.begin(agreement, by=agreement.opportunity.owner)


def ready() -> tuple[SignatureRequest, Any]:
    """A request of which nothing is lacking but our signature, and the CEO."""
    request, ceo, biz = asked(), make_user("ceo"), make_user("bizops")
    request.step("told", {}, by=request.requestor)
    request.step("issue", {"link": ISSUE_URL}, by=ceo)
    request.step("review", {}, by=ceo)
    request.agreement.reviews.get().close("Fine.", by=biz)
    request.step("ready", {}, by=biz)
    return request, client_of(ceo)


@pytest.mark.ledger("CON-03", "CON-10")
def test_a_contract_signed_on_friday_is_of_friday_though_the_step_is_done_on_monday(clock: Clock) -> None:
    request, ceo = ready()
    clock("2026-05-11T09:00:00-07:00")
    step = f"/signatures/{request.pk}/step/?step=sign"
    assert '<input type="date" name="signed_on" value="2026-05-11"' in words(ceo.get(step))
    for day, why in (
        ("2026-05-12", "That day is still to come."),
        ("2026-05-06", "asked for on Thu 7 May 2026: it is not older"),
        ("last Friday", "Give a day."),
    ):
        refused = ceo.post(step, {"signed_on": day})
        assert (refused.status_code, why in words(refused)) == (422, True), day
        assert "signed_on" in refused.context["form"].errors, "it is said at the field"
    assert not request.agreement.signatures.exists()
    assert ceo.post(step, {"signed_on": "2026-05-08"}).status_code == 302
    assert request.agreement.signatures.get().signed_on == date(2026, 5, 8)
    page = words(ceo.get(request.agreement.get_absolute_url()))
    assert "Fri 8 May 2026" in page
    assert page.count("the issue</a>") == 1, "only the step with a link shows one"


def test_what_was_signed_on_the_day_it_was_asked_for_is_of_that_day() -> None:
    request, ceo = ready()
    assert ceo.post(f"/signatures/{request.pk}/step/?step=sign", {"signed_on": "2026-05-07"}).status_code == 302
    assert request.agreement.signed == {"company": date(2026, 5, 7)}
