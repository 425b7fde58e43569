"""The request for our signature: of which day it is, and that it may be withdrawn (CON-03, CON-10)."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from fleetcs.models import Tick
from opportunities.models import Agreement, SignatureRequest
from tests.conftest import Clock
from tests.factories import ISSUE_URL, make_agreement, make_close, make_user
from tests.opportunities.closes import Walk
from tests.opportunities.test_close_pages import address
from tests.visiting import client_of, words

pytestmark = pytest.mark.django_db

OURS = ('<option value="company">We</option>', 'name="signer"')


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


@pytest.mark.ledger("CON-10", "DCL-08")
def test_nobody_is_offered_to_enter_our_signature_where_it_was_asked_for() -> None:
    walk = Walk(make_close()).through("DCL-03")
    enter, ae = f"/agreements/{walk.paper.pk}/signed/", client_of(walk.ae)
    offered = [ours in words(ae.get(enter)) for ours in OURS]
    SignatureRequest.objects.begin(walk.paper, by=walk.ae)
    assert (offered, [ours in words(ae.get(enter)) for ours in OURS]) == ([True, True], [False, False])
    link, page = f'href="{enter}"', walk.paper.get_absolute_url()
    assert [link in words(ae.get(place)) for place in (page, address(walk.close))] == [True, True]
    walk.sign("customer")
    assert [link in words(ae.get(place)) for place in (page, address(walk.close))] == [False, False]
    assert f'href="{page}">To the request</a>' in words(ae.get(address(walk.close)))


# --- withdrawn --------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("CON-10")
def test_a_request_made_by_mistake_is_withdrawn_with_a_reason_and_can_be_made_anew() -> None:
    request, _ = ready()
    agreement, client = request.agreement, client_of(request.requestor)
    withdraw, page = f"/signatures/{request.pk}/withdraw/", agreement.get_absolute_url()
    assert f'href="{withdraw}"' in words(client.get(page))
    assert client.post(withdraw, {"why": " "}).status_code == 422
    assert SignatureRequest.objects.exists()
    assert client.post(withdraw, {"why": "The CEO has changed"}).status_code == 302
    assert not SignatureRequest.objects.exists()
    shown = words(client.get(page))
    assert "signature request withdrawn" in shown
    assert "The CEO has changed" in shown
    again = SignatureRequest.objects.begin(Agreement.objects.get(), by=request.requestor)
    assert again.run.ticked() == set(), "its steps are gone through anew"
    assert Tick.objects.filter(run__procedure="signature").count() == 0


@pytest.mark.ledger("CON-11")
def test_once_it_is_withdrawn_our_signature_is_entered_as_if_nobody_had_asked() -> None:
    request, ceo = ready()
    request.withdraw("It came on paper", by=request.requestor)
    assert ceo.post(f"/agreements/{request.agreement_id}/execute/", {"signed_on": "2026-05-07"}).status_code == 302
    assert Agreement.objects.get().signed == {"company": date(2026, 5, 7)}


@pytest.mark.ledger("CON-10")
def test_a_request_that_we_have_answered_with_our_signature_stays() -> None:
    request, ceo = ready()
    ceo.post(f"/signatures/{request.pk}/step/?step=sign", {"signed_on": "2026-05-07"})
    requestor = client_of(request.requestor)
    refused = requestor.post(f"/signatures/{request.pk}/withdraw/", {"why": "Too late"})
    assert (refused.status_code, "We have signed it: the request stays." in words(refused)) == (422, True)
    assert SignatureRequest.objects.get() == request
    assert "/withdraw/" not in words(requestor.get(request.agreement.get_absolute_url()))


def test_a_step_of_a_request_that_a_colleague_has_just_withdrawn_is_refused_with_words() -> None:
    request, _ = ready()
    same = SignatureRequest.objects.get()
    request.withdraw("By mistake", by=request.requestor)
    for late in (
        lambda: same.step("sign", {"signed_on": "2026-05-07"}, by=make_user("ceo")),
        lambda: same.withdraw("By mistake", by=request.requestor),
    ):
        with pytest.raises(ValidationError, match="has been withdrawn"):
            late()
