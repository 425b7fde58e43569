"""The requestor hears when a contract is ready for signature and when it is signed: once each (CON-10)."""

import pytest
from pytest_django.fixtures import Settings

from fleetcs.models import Effect
from fleetcs.own_mail import own_id
from fleetcs.working_day import today
from opportunities.models import SignatureRequest
from tests.conftest import Clock
from tests.factories import ISSUE_URL, make_agreement, make_user
from tests.sending import send_all
from tests.standins import StandIns

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standins")]


def signed_by_us() -> SignatureRequest:
    """A request that has gone all its steps."""
    agreement, ceo, biz = make_agreement(), make_user("ceo"), make_user("bizops")
    request = SignatureRequest.objects.begin(agreement, by=agreement.opportunity.owner)
    request.step("told", {}, by=agreement.opportunity.owner)
    request.step("issue", {"link": ISSUE_URL}, by=ceo)
    request.step("review", {}, by=ceo)
    agreement.reviews.get().close("Fine.", by=biz)
    request.step("ready", {}, by=biz)
    request.step("sign", {"signed_on": today().isoformat()}, by=ceo)
    return request


@pytest.mark.ledger("CON-10")
def test_the_requestor_gets_one_mail_when_it_is_ready_and_one_when_it_is_signed(standins: StandIns) -> None:
    request = signed_by_us()
    send_all()
    mails = standins.mails()
    assert [request.requestor.email in str(mail) for mail in mails] == [True, True]
    said = " ".join(map(str, mails))
    assert "is ready for signature" in said
    assert "has been signed" in said
    assert request.agreement.get_absolute_url() in said
    assert request.agreement.opportunity.account.name not in said


def test_a_mail_whose_answer_was_lost_is_not_sent_twice(standins: StandIns, clock: Clock) -> None:
    signed_by_us()
    standins.turn("mailgun", times=1, only="messages", p_lost=1)
    send_all()
    clock.forward(minutes=2)
    send_all()
    assert len(standins.mails()) == 2
    assert Effect.objects.filter(kind="mail.signature", state="done").count() == 2


def test_who_has_not_our_secret_cannot_make_up_the_id_of_a_mail(settings: Settings) -> None:
    signed_by_us()
    send_all()
    sent = {mail.pk: mail.external_id for mail in Effect.objects.filter(kind="mail.signature", state="done")}
    assert {mail.pk: own_id(mail) for mail in Effect.objects.filter(pk__in=sent)} == sent
    settings.SECRET_KEY = "another secret, of somebody who guesses"
    guessed = {own_id(mail) for mail in Effect.objects.filter(pk__in=sent)}
    assert len(guessed - set(sent.values())) == len(sent) == 2


def test_nobody_writes_to_a_requestor_who_has_left(standins: StandIns) -> None:
    request = signed_by_us()
    request.requestor.leave(by=make_user("administrator"))
    send_all()
    assert standins.mails() == []
