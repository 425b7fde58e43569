"""The doors for machines: nothing unsigned, stale or altered comes in; all else is stored once and answered."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from fleetcs import clock as product_clock
from fleetcs import inbox, signed
from fleetcs.clients import slack
from fleetcs.models import Delivery
from support.models import Message, Ticket
from tests import intake
from tests.factories import make_account
from tests.intake import letter

pytestmark = pytest.mark.django_db

type Send = Callable[..., HttpResponse]
EVENT = {"type": "event_callback", "event_id": "Ev1", "team_id": "T1", "event": {"type": "message"}}
BODIES = {
    "/slack/events": json.dumps(EVENT).encode(),
    "/slack/interactions": urlencode({"payload": "{}"}).encode(),
    "/email/inbound": letter(),
    "/contact": b'{"message": "hello"}',
    "/unthread/events": b'{"id": "conv-1"}',
}
SECRETS = {
    "/slack/events": "SLACK_SIGNING_SECRETS",
    "/slack/interactions": "SLACK_SIGNING_SECRETS",
    "/email/inbound": "MAIL_SIGNING_SECRETS",
    "/contact": "CONTACT_SIGNING_SECRETS",
    "/unthread/events": "UNTHREAD_SIGNING_SECRETS",
}
every_door = pytest.mark.parametrize("door", BODIES)


@pytest.fixture(autouse=True)
def _secrets(settings: Any) -> None:
    for name in set(SECRETS.values()):
        setattr(settings, name, [f"{name}-now", f"{name}-before"])


def send(door: str, body: bytes | None = None, *, secret: str = "", sent_at: str = "", headers: Any = None) -> Any:
    """Post a signed body; `headers` replaces the signature."""
    raw = BODIES[door] if body is None else body
    at = sent_at or str(int(product_clock.now().timestamp()))
    own = signature(door, raw, at, secret or f"{SECRETS[door]}-now") if headers is None else headers
    return Client(enforce_csrf_checks=True).post(door, raw, content_type="application/octet-stream", headers=own)


def signature(door: str, raw: bytes, at: str, secret: str) -> dict[str, str]:
    if door.startswith("/slack"):
        return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": slack.sign(raw, at, secret)}
    return {signed.TIMESTAMP: at, signed.SIGNATURE: signed.sign(raw, at, secret)}


@every_door
def test_what_is_signed_is_stored_raw_and_answered(door: str) -> None:
    answer = send(door)
    assert answer.status_code == 200
    delivery = Delivery.objects.get()
    assert (bytes(delivery.raw), delivery.state) == (BODIES[door], "new")


@every_door
def test_the_secret_before_is_good_while_it_is_listed_and_no_longer(door: str, settings: Any) -> None:
    before = f"{SECRETS[door]}-before"
    assert send(door, secret=before).status_code == 200
    setattr(settings, SECRETS[door], [f"{SECRETS[door]}-now"])
    assert send(door, BODIES[door] + b" ", secret=before).status_code == 401


def forgeries(door: str) -> dict[str, dict[str, str]]:
    raw, at = BODIES[door], str(int(product_clock.now().timestamp()))
    good = signature(door, raw, at, f"{SECRETS[door]}-now")
    stamp, mark = good
    return {
        "unsigned": {},
        "no time": {mark: good[mark]},
        "empty": {stamp: at, mark: ""},
        "short": {stamp: at, mark: good[mark][:20]},
        "bare": {stamp: at, mark: good[mark].partition("=")[2]},
        "sha1": {stamp: at, mark: "sha1=" + "0" * 40},
        "wrong secret": signature(door, raw, at, "another"),
        "empty secret": signature(door, raw, at, ""),
        "other body": signature(door, raw + b"x", at, f"{SECRETS[door]}-now"),
        "other time": {stamp: str(int(at) - 1), mark: good[mark]},
        "word as time": {stamp: "now", mark: good[mark]},
        "huge time": {stamp: "9" * 400, mark: good[mark]},
        "arabic time": {stamp: "\u0661" * 10, mark: good[mark]},
        "latin": {stamp: at, mark: "v1=é"},
    }


@every_door
@pytest.mark.parametrize("forgery", forgeries("/contact"))
def test_no_forgery_comes_in(door: str, forgery: str) -> None:
    headers = {name: value.encode().decode("latin-1") for name, value in forgeries(door)[forgery].items()}
    assert send(door, headers=headers).status_code == 401
    assert not Delivery.objects.exists()


@every_door
@pytest.mark.parametrize("minutes", [-6, 6])
def test_what_is_older_or_newer_than_five_minutes_stays_out(door: str, minutes: int) -> None:
    at = product_clock.now() + timedelta(minutes=minutes)
    assert send(door, sent_at=str(int(at.timestamp()))).status_code == 401


@every_door
def test_without_a_secret_nothing_comes_in(door: str, settings: Any) -> None:
    setattr(settings, SECRETS[door], [])
    assert send(door, secret="anything").status_code == 401
    setattr(settings, SECRETS[door], [""])
    assert (
        send(door, headers=signature(door, BODIES[door], str(int(product_clock.now().timestamp())), "")).status_code
        == 401
    )


@every_door
def test_a_replay_is_answered_and_stored_once(door: str) -> None:
    at = str(int(product_clock.now().timestamp()))
    assert [send(door, sent_at=at).status_code for _ in range(20)] == [200] * 20
    assert Delivery.objects.count() == 1


@pytest.mark.usefixtures("patience")
@pytest.mark.django_db(transaction=True)
def test_fifty_copies_at_once_make_one_row() -> None:
    def copy(_: int) -> int:
        try:
            status: int = send("/slack/events").status_code
            return status
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(copy, range(50))) == {200}
    assert Delivery.objects.count() == 1


@every_door
def test_what_is_too_large_is_refused_before_it_is_read(door: str, settings: Any) -> None:
    settings.MAX_BODY_BYTES = 1000
    assert send(door, b"x" * 1001).status_code == 413
    assert not Delivery.objects.exists()


@every_door
def test_only_posts_are_answered(door: str) -> None:
    assert Client().get(door).status_code == 405


@pytest.mark.parametrize("door", ["/slack/events", "/contact", "/unthread/events"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b"null", b"[" * 100_000, b'{"a": ' * 50_000])
def test_a_signed_body_that_nobody_can_read_is_kept_and_visible(door: str, body: bytes) -> None:
    assert send(door, body).status_code == 200
    assert Delivery.objects.get().state == "bad"


@pytest.mark.parametrize("body", [b"", b"payload=", b"payload=%7B", b"payload=[]", b"\xff", b"&" * 10_000, b"x=1"])
def test_a_click_that_nobody_can_read_is_kept_and_visible(body: bytes) -> None:
    assert send("/slack/interactions", body).status_code == 200
    assert inbox.take_now(Delivery.objects.get()).state in {"bad", "ignored"}


@pytest.mark.ledger("SYS-03")
def test_slack_is_told_the_word_it_asks_for_and_nothing_is_stored() -> None:
    asked = json.dumps({"type": "url_verification", "challenge": "c4", "token": "t"}).encode()
    assert send("/slack/events", asked).json() == {"challenge": "c4"}
    assert not Delivery.objects.exists()


def test_no_header_with_a_secret_is_kept() -> None:
    send("/contact")
    assert signed.SIGNATURE not in Delivery.objects.get().headers


@pytest.mark.ledger("INT-01", "SYS-18")
def test_a_signed_mail_and_a_form_become_tickets() -> None:
    make_account(domain="brook.example")
    send("/email/inbound", letter("ada@brook.example"))
    send("/contact", b'{"message": "hello", "email": "eve@creek.example"}')
    assert inbox.take() == 2
    assert sorted(Ticket.objects.values_list("source", flat=True)) == ["contact_form", "email"]


def test_the_same_form_sent_again_later_is_another_submission() -> None:
    at = int(product_clock.now().timestamp())
    for moment in (at, at, at + 60):
        send("/contact", sent_at=str(moment))
    assert Delivery.objects.count() == 2


def test_a_mail_of_twenty_six_megabytes_is_taken_in_by_its_head() -> None:
    raw = letter(Subject="Huge", text="x" * (26 * 1024 * 1024))
    assert send("/email/inbound", raw).status_code == 200
    assert len(bytes(Delivery.objects.get().raw)) < 1000
    inbox.take()
    assert Message.objects.get().ticket.subject == "Huge"


def test_a_header_with_a_nul_or_half_a_character_is_no_error() -> None:
    at = str(int(product_clock.now().timestamp()))
    headers = signature("/contact", BODIES["/contact"], at, "CONTACT_SIGNING_SECRETS-now")
    assert send("/contact", headers=headers | {"User-Agent": "a\x00\udcff"}).status_code == 200


def test_an_event_id_of_another_kind_is_no_error() -> None:
    for event_id in (7, None, {}, "x" * 1000, "\x00"):
        body = json.dumps(EVENT | {"event_id": event_id}).encode()
        assert send("/slack/events", body).status_code == 200
    assert intake.inbox.take() == 5
