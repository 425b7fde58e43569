"""A link to a license key opens for its recipient, by a code that is mailed to them, and for nobody else (LIC-06)."""

import io
import logging
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts import licenses
from accounts.models import Account, KeyShare, LicenseKey
from accounts.senders import mail as mails
from fleetcs import clock as product_clock
from fleetcs import logs
from fleetcs.models import Effect, EffectAttempt, Event
from tests.conftest import Clock
from tests.factories import make_account, make_contact, make_license, make_user
from tests.sending import send_all
from tests.standins import StandIns

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standins")]

KEY = "eyJhbGciOiJub25lIn0.kanarienvogel-0123456789"
TO = "ilse.brandt@harbour.example"


@pytest.fixture
def account() -> Account:
    return make_account(name="Harbour Lines", domain="harbour.example", csm=make_user("csm"))


@pytest.fixture
def share(account: Account) -> tuple[KeyShare, str]:
    """A link, and its address."""
    contact = make_contact(account, email=TO)
    [(made, token)] = KeyShare.objects.share(make_license(account, value=KEY), [contact], by=account.csm)
    return made, f"/shared/{token}/"


def codes(standins: StandIns) -> list[str]:
    """The codes that were mailed, oldest first."""
    return [re.findall(r"\d{4} \d{4}", mail["text"])[0] for mail in standins.mails()]


def code_for(url: str, standins: StandIns) -> str:
    assert Client().post(url).status_code == 200
    send_all()
    return codes(standins)[-1]


# --- the way of a recipient -------------------------------------------------------------------------------------------
@pytest.mark.ledger("DCL-24", "LIC-06")
def test_the_recipient_asks_for_a_code_gets_it_by_mail_and_sees_the_key_once(
    share: tuple[KeyShare, str], standins: StandIns
) -> None:
    made, url = share
    assert Client().post(url).status_code == 200
    assert standins.mails() == [], "a code leaves as an effect"
    send_all()
    [sent] = standins.mails()
    assert sent["to"] == [TO] or TO in str(sent["to"])
    assert not [word for word in ("Harbour", KEY, made.token_hash, url) if word in str(sent)]
    [code] = codes(standins)
    answer = Client().post(url, {"code": code})
    assert (answer.status_code, KEY in answer.content.decode()) == (200, True)
    assert answer.headers["Cache-Control"] == "no-store"
    again = Client().post(url, {"code": code})
    assert (again.status_code, KEY in again.content.decode()) == (422, False)
    made.refresh_from_db()
    assert made.shown_at is not None
    assert Event.objects.of(made.key).filter(verb="license_key_opened", by=None).count() == 1


@pytest.mark.ledger("DCL-24", "LIC-06")
def test_a_key_whose_secret_is_gone_is_told_politely_and_in_its_history(
    share: tuple[KeyShare, str], standins: StandIns, settings: Settings
) -> None:
    made, url = share
    code, secrets = code_for(url, standins), settings.LICENSE_KEY_SECRETS
    settings.LICENSE_KEY_SECRETS = ["another-secret-that-is-long-enough-0123456789"]
    answer = Client().post(url, {"code": code})
    told = answer.content.decode()
    assert (answer.status_code, "whoever sent you the link" in told, answer.headers["Cache-Control"]) == (
        *(410, True),
        "no-store",
    )
    assert [word for word in ("Harbour", TO, "license", KEY) if word in told] == []
    verbs = set(Event.objects.of(made.key).values_list("verb", flat=True))
    assert "license_key_unreadable" in verbs
    assert "license_key_opened" not in verbs
    settings.LICENSE_KEY_SECRETS = secrets
    assert KEY in Client().post(url, {"code": code}).content.decode(), "the code is still good"


def test_a_code_may_be_typed_without_the_space(share: tuple[KeyShare, str], standins: StandIns) -> None:
    code = code_for(share[1], standins).replace(" ", "")
    assert KEY in Client().post(share[1], {"code": code}).content.decode()


# --- previews and strangers -------------------------------------------------------------------------------------------
@pytest.mark.ledger("LIC-06")
def test_looking_at_a_link_tells_nothing_does_nothing_and_sends_nothing(share: tuple[KeyShare, str]) -> None:
    for method in ("get", "head"):
        answer = getattr(Client(), method)(share[1])
        assert answer.status_code == 200
        told = answer.content.decode() + str(answer.headers)
        assert [word for word in ("Harbour", TO, "harbour.example", "license", KEY) if word in told] == []
    assert not Effect.objects.exists()


def test_the_page_of_codes_does_not_say_to_whom_they_go(share: tuple[KeyShare, str]) -> None:
    told = Client().post(share[1]).content.decode()
    assert [word for word in ("Harbour", TO, "harbour.example", "license") if word in told] == []


@pytest.mark.ledger("LIC-06")
def test_wrong_revoked_and_unknown_links_look_alike(account: Account) -> None:
    key, csm = make_license(account, value=KEY), account.csm
    revoked, of_revoked_key, locked = (
        KeyShare.objects.share(key, [make_contact(account)], by=csm)[0] for _ in range(3)
    )
    revoked[0].revoke(by=csm)
    KeyShare.objects.filter(pk=locked[0].pk).update(wrong=licenses.MOST_WRONG)
    other = make_license(account)
    KeyShare.objects.filter(pk=of_revoked_key[0].pk).update(key=other)
    other.revoke("Mistake", by=csm)
    tokens = [revoked[1], of_revoked_key[1], locked[1], f"{revoked[1][:-1]}-", "unknown-token"]
    told = set()
    for token in tokens:
        for method, said in (("get", {}), ("post", {}), ("post", {"code": "1"})):
            answer = getattr(Client(), method)(f"/shared/{token}/", said)
            told.add((answer.status_code, answer.content.decode().replace(token, "")))
    assert len(told) == 1
    assert told.pop()[0] == 404
    assert not Effect.objects.exists()


def test_a_colleague_who_is_signed_in_sees_no_more_than_everybody(share: tuple[KeyShare, str]) -> None:
    client = Client()
    client.force_login(make_user("vp_cs"))
    assert KEY not in client.get(share[1]).content.decode()


# --- too late ---------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("DCL-24", "LIC-06")
def test_on_the_eighth_day_the_link_is_dead_even_with_a_good_code(
    share: tuple[KeyShare, str], standins: StandIns, clock: Clock
) -> None:
    made, url = share
    clock(made.expires_at - timedelta(minutes=5))
    code = code_for(url, standins)
    clock(made.expires_at - timedelta(seconds=30))
    assert Client().get(url).status_code == 200
    clock(made.expires_at)
    for answer in (Client().get(url), Client().post(url), Client().post(url, {"code": code})):
        assert (answer.status_code, "Link expired" in answer.content.decode()) == (410, True)
    assert made.open(code) == ""


def test_a_code_is_good_for_a_quarter_of_an_hour(share: tuple[KeyShare, str], standins: StandIns, clock: Clock) -> None:
    code = code_for(share[1], standins)
    clock.forward(minutes=15)
    assert Client().post(share[1], {"code": code}).status_code == 422


def test_a_code_that_leaves_too_late_is_not_sent(share: tuple[KeyShare, str], standins: StandIns, clock: Clock) -> None:
    Client().post(share[1])
    clock(share[0].expires_at)
    send_all()
    assert standins.mails() == []
    assert Effect.objects.get().error_code == "superseded"


# --- guessing and flooding --------------------------------------------------------------------------------------------
def test_after_five_wrong_tries_the_right_code_is_void(share: tuple[KeyShare, str], standins: StandIns) -> None:
    code = code_for(share[1], standins)
    wrong = "0000 0000" if code != "0000 0000" else "1111 1111"
    for _ in range(licenses.MOST_TRIES):
        assert Client().post(share[1], {"code": wrong}).status_code == 422
    assert Client().post(share[1], {"code": code}).status_code == 422


def test_after_thirty_wrong_tries_over_all_codes_the_link_is_dead(share: tuple[KeyShare, str]) -> None:
    made, url = share
    for _ in range(licenses.MOST_WRONG // licenses.MOST_TRIES):
        made.new_code()
        for _ in range(licenses.MOST_TRIES):
            Client().post(url, {"code": "x"})
    assert Client().get(url).status_code == 404
    assert KeyShare.objects.get().state(product_clock.now()) == "locked"


def test_one_code_a_minute_and_twenty_a_link(share: tuple[KeyShare, str], clock: Clock) -> None:
    for _ in range(3):
        Client().post(share[1])
    assert Effect.objects.count() == 1
    for _ in range(licenses.MOST_CODES + 5):
        clock.forward(minutes=2)
        assert Client().post(share[1]).status_code == 200
    assert Effect.objects.count() == licenses.MOST_CODES


def test_the_next_code_makes_the_one_before_void(share: tuple[KeyShare, str], standins: StandIns, clock: Clock) -> None:
    first = code_for(share[1], standins)
    clock.forward(minutes=2)
    second = code_for(share[1], standins)
    assert Client().post(share[1], {"code": first}).status_code == (200 if first == second else 422)
    assert Client().post(share[1], {"code": second}).status_code == 200


@pytest.mark.parametrize("code", ["", " ", "\0", "\ud800", "9" * 5_000, "١٢٣٤٥٦٧٨", "<script>"])
def test_no_kind_of_code_breaks_the_page(share: tuple[KeyShare, str], code: str) -> None:
    share[0].new_code()
    said = urlencode({"code": code}, errors="surrogatepass")
    answer = Client().post(share[1], said, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422


# --- the mail, and what is kept ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("fault", [{"p_lost": 1}, {"close_midway": True}, {"status_script": [503]}])
def test_a_lost_answer_leaves_one_code_that_works(
    share: tuple[KeyShare, str], standins: StandIns, fault: dict[str, Any]
) -> None:
    standins.turn("mailgun", times=1, only="/messages", **fault)
    code = code_for(share[1], standins)
    assert len(standins.mails()) == 1
    assert Effect.objects.get().state == "done"
    assert Client().post(share[1], {"code": code}).status_code == 200


def test_neither_token_nor_code_is_in_a_row_or_in_the_log(
    share: tuple[KeyShare, str], standins: StandIns, caplog: pytest.LogCaptureFixture
) -> None:
    made, url = share
    caplog.set_level(logging.DEBUG)
    stream, handler = io.StringIO(), logging.StreamHandler()
    handler.setStream(stream)
    handler.setFormatter(logs.formatter())
    logging.getLogger().addHandler(handler)
    code = code_for(url, standins)
    Client().get(url)
    Client().post(url, {"code": code})
    Client(enforce_csrf_checks=True).post(url, {"code": code})
    logging.getLogger().removeHandler(handler)
    token, written = url.split("/")[2], stream.getvalue()
    assert "/shared/[hidden]" in written, "the control: the requests are in the log"
    rows = str([list(model.objects.values_list()) for model in (KeyShare, Effect, EffectAttempt, Event, LicenseKey)])
    secrets = [token, code, code.replace(" ", ""), KEY]
    assert [secret for secret in secrets if secret in written or secret in rows] == []
    assert made.pk in [effect.args["share"] for effect in Effect.objects.all()]


def test_without_the_token_of_the_page_nothing_is_sent_or_shown(share: tuple[KeyShare, str]) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(share[1]).status_code == 403
    assert not Effect.objects.exists()
    page = strict.get(share[1]).content.decode()
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
    assert strict.post(share[1], {"csrfmiddlewaretoken": token}).status_code == 200


def test_the_history_knows_who_shared_and_who_revoked(account: Account, share: tuple[KeyShare, str]) -> None:
    client = Client()
    client.force_login(account.csm)
    page = reverse("accounts:share_revoke", args=[share[0].pk])
    assert [client.post(page).status_code for _ in range(2)] == [302, 302]
    verbs = list(Event.objects.of(share[0].key).order_by("pk").values_list("verb", flat=True))
    assert verbs == ["license_key_recorded", "license_key_shared", "license_key_share_revoked"]
    assert mails.CODE.count("{") == 2, "the mail of a code holds the code and how long it works, and nothing else"
