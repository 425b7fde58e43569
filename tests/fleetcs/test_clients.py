"""The lines to the outside, with the libraries as they are, over real HTTPS to the stand-ins."""

import json
import socket
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings
from slack_sdk.signature import SignatureVerifier

from fleetcs import clock
from fleetcs.clients import email, http, slack, sms
from fleetcs.clients.http import Rejected, Unavailable
from tests.standins import StandIns

MovableClock = Callable[[datetime], object]
NOW = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
SECRET = "s3cret"
BODY = b'{"type":"event_callback"}'
MAIL = email.Mail(("ana@brightforge.example",), "Re: agents offline", "We are on it.", "<effect-7@mail.localhost>")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real time-outs, shorter."""
    monkeypatch.setattr(http, "TIMEOUT", (1.0, 0.3))


def signed(raw: bytes = BODY, at: datetime = NOW, secret: str = SECRET) -> dict[str, str]:
    sent_at = str(int(at.timestamp()))
    return {"X-Slack-Request-Timestamp": sent_at, "X-Slack-Signature": slack.sign(raw, sent_at, secret)}


# --- what Slack signed ------------------------------------------------------------------------------------------------


def test_a_request_that_slack_signed_is_let_in_by_any_current_secret() -> None:
    slack.verify(signed(), BODY, NOW, ["s3cret"])
    slack.verify(signed(secret="before"), BODY, NOW + timedelta(minutes=4), ["s3cret", "before"])


def test_the_signature_is_the_one_of_slacks_own_library() -> None:
    from_library = slack_library_signature(BODY, "1795458600", "s3cret")
    assert slack.sign(BODY, "1795458600", "s3cret") == from_library


def slack_library_signature(raw: bytes, sent_at: str, secret: str) -> str | None:
    return SignatureVerifier(secret).generate_signature(timestamp=sent_at, body=raw)


@pytest.mark.parametrize(
    ("headers", "raw", "secrets", "code"),
    [
        (signed(), BODY, [], "signature"),
        (signed(secret=""), BODY, [""], "signature"),
        (signed(), BODY + b" ", ["s3cret"], "signature"),
        (signed(secret="retired"), BODY, ["s3cret", "before"], "signature"),
        (signed(at=NOW - timedelta(minutes=5, seconds=1)), BODY, ["s3cret"], "stale"),
        (signed(at=NOW + timedelta(minutes=5, seconds=1)), BODY, ["s3cret"], "stale"),
        ({}, BODY, ["s3cret"], "unsigned"),
        (signed() | {"X-Slack-Request-Timestamp": "9" * 5000}, BODY, ["s3cret"], "unsigned"),
        (signed() | {"X-Slack-Request-Timestamp": "١٢٣"}, BODY, ["s3cret"], "unsigned"),
        (signed() | {"X-Slack-Signature": "v0=é\udce9"}, BODY, ["s3cret"], "signature"),
    ],
)
def test_anything_else_is_refused(headers: dict[str, str], raw: bytes, secrets: list[str], code: str) -> None:
    with pytest.raises(Rejected) as refused:
        slack.verify(headers, raw, NOW, secrets)
    assert (refused.value.code, refused.value.status) == (code, 401)


@given(sent_at=st.text(), signature=st.text(), raw=st.binary())
def test_no_header_makes_the_check_fail_otherwise_than_by_refusing(sent_at: str, signature: str, raw: bytes) -> None:
    headers = {"X-Slack-Request-Timestamp": sent_at, "X-Slack-Signature": signature}
    with pytest.raises(Rejected):
        slack.verify(headers, raw, NOW, ["s3cret"])


# --- writing in Slack -------------------------------------------------------------------------------------------------


def test_a_reply_lands_in_its_thread_without_previews_and_can_be_found_by_its_effect(standins: StandIns) -> None:
    root = standins.said("C1", "U1", "Agents are offline")["ts"]
    ts = slack.post("C1", "We are on it.", thread_ts=root, effect_key="reply:7")
    assert slack.find("C1", root, "reply:7", clock.now()) == ts
    assert slack.find("C1", root, "reply:8", clock.now()) is None
    [sent] = standins.journal("slack", "chat.postMessage")
    body = json.loads(sent["body"])
    assert (body["thread_ts"], body["unfurl_links"], body["unfurl_media"]) == (root, False, False)
    assert sent["headers"]["authorization"] == "Bearer xoxb-test"


def test_a_message_in_the_channel_is_found_there_and_not_by_its_words(standins: StandIns) -> None:
    slack.post("C1", "shift hand-over", effect_key="shift:1")
    ts = slack.post("C1", "shift hand-over", effect_key="shift:2", blocks=[{"type": "divider"}])
    assert slack.find("C1", None, "shift:2", clock.now()) == ts


def test_looking_reads_every_page_of_a_long_thread(standins: StandIns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slack, "PAGE", 2)
    root = standins.said("C1", "U1", "one")["ts"]
    for number in range(4):
        slack.post("C1", f"answer {number}", thread_ts=root, effect_key=f"reply:{number}")
    assert [each.text for each in slack.replies("C1", root)] == ["one", *(f"answer {n}" for n in range(4))]
    assert slack.find("C1", root, "reply:3", clock.now()) is not None
    assert len(standins.journal("slack", "conversations.replies")) == 6


def test_a_thread_tells_the_customer_from_us(standins: StandIns) -> None:
    root = standins.said("C1", "U1", "Agents are offline")["ts"]
    slack.post("C1", "We are on it.", thread_ts=root, effect_key="reply:7")
    first, second = slack.replies("C1", root)
    assert (first.user, first.bot_id, first.effect_key) == ("U1", "", "")
    assert (second.bot_id, second.effect_key, second.thread_ts) == ("B0FLEETCS", "reply:7", root)


def test_an_edit_twice_is_one_message_that_keeps_its_mark(standins: StandIns) -> None:
    ts = slack.post("C1", "P1, due 16:00", effect_key="card:1")
    for _ in range(2):
        slack.update("C1", ts, "P1, answered")
    [message] = standins.messages("C1")
    assert message["text"] == "P1, answered"
    assert slack.find("C1", None, "card:1", clock.now()) == ts


def test_a_person_can_be_written_to_and_a_message_can_be_linked(standins: StandIns) -> None:
    channel = slack.open_dm("U1")
    ts = slack.post(channel, "Your shift begins.", effect_key="shift:3")
    assert slack.permalink(channel, ts).startswith("https://")


@pytest.mark.parametrize(
    "word", ["channel_not_found", "is_archived", "not_in_channel", "invalid_auth", "token_revoked"]
)
def test_what_slack_will_never_take_is_rejected_with_its_word(standins: StandIns, word: str) -> None:
    standins.turn("slack", status_script=[word])
    with pytest.raises(Rejected, match=f"^{word}$"):
        slack.post("C1", "hello", effect_key="x")


@pytest.mark.parametrize(
    ("word", "ambiguous"), [("ratelimited", False), ("fatal_error", True), ("internal_error", True)]
)
def test_what_slack_may_take_later_is_unavailable(standins: StandIns, word: str, ambiguous: bool) -> None:
    standins.turn("slack", status_script=[word], retry_after=30)
    with pytest.raises(Unavailable) as later:
        slack.post("C1", "hello", effect_key="x")
    assert later.value.ambiguous is ambiguous
    assert later.value.after == (timedelta(seconds=30) if word == "ratelimited" else None)


def test_a_lost_answer_is_ambiguous_and_the_message_is_found(standins: StandIns) -> None:
    standins.turn("slack", p_lost=1, times=1)
    with pytest.raises(Unavailable) as lost:
        slack.post("C1", "hello", effect_key="x")
    assert lost.value.ambiguous
    assert slack.find("C1", None, "x", clock.now()) == standins.messages("C1")[0]["ts"]


# --- mail -------------------------------------------------------------------------------------------------------------


def test_a_mail_goes_out_whole(standins: StandIns) -> None:
    blob = bytes(range(256)) * 3 + b"\r\n\r--\n"
    files = (email.Attachment("log ü.bin", blob), email.Attachment("notes.txt", "Größe".encode(), "text/plain"))
    mail = email.Mail(
        to=('"Ana, Lead" <ana@brightforge.example>', "bo@brightforge.example"),
        cc=("cy@brightforge.example",),
        subject="Re: agents offline, größer €",
        text="We are on it.\n\nKim ✓",
        html="<p>We are on it.</p>",
        message_id="<effect-7@mail.localhost>",
        reply_to="support+7.abc@mail.localhost",
        in_reply_to="<q1@brightforge.example>",
        references=("<q0@brightforge.example>", "<q1@brightforge.example>"),
        auto_submitted="auto-replied",
        attachments=files,
    )
    assert email.send(mail) == "<effect-7@mail.localhost>"
    [sent] = standins.mails()
    assert sent["to"] == ['"Ana, Lead" <ana@brightforge.example>', "bo@brightforge.example"]
    assert (sent["subject"], sent["text"], sent["html"]) == (mail.subject, mail.text, mail.html)
    assert sent["headers"] == {
        "x-fleetcs-mail": "1",
        "message-id": "<effect-7@mail.localhost>",
        "in-reply-to": "<q1@brightforge.example>",
        "references": "<q0@brightforge.example> <q1@brightforge.example>",
        "auto-submitted": "auto-replied",
        "reply-to": "support+7.abc@mail.localhost",
    }
    assert [b64decode(each["b64"]) for each in sent["attachments"]] == [blob, "Größe".encode()]
    assert [each["name"] for each in sent["attachments"]] == ["log ü.bin", "notes.txt"]


def test_a_mail_whose_answer_was_lost_is_found_by_its_message_id(standins: StandIns) -> None:
    standins.turn("mailgun", p_lost=1, times=1)
    with pytest.raises(Unavailable) as lost:
        email.send(MAIL)
    assert lost.value.ambiguous
    assert email.find(MAIL.message_id, clock.now()) == MAIL.message_id
    assert email.find("<effect-8@mail.localhost>", clock.now()) is None
    assert email.find(MAIL.message_id, clock.now() + timedelta(hours=1)) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"subject": "Hello\r\nBcc: all@brightforge.example"},
        {"to": ("ana@brightforge.example\nbo@brightforge.example",)},
        {"in_reply_to": "<q1@x>\r\nX: y"},
        {"reply_to": "a@b.example\0"},
        {"to": ()},
        {"to": ("not an address",)},
        {"message_id": ""},
    ],
)
def test_a_mail_with_broken_headers_never_leaves(standins: StandIns, changed: dict[str, Any]) -> None:
    with pytest.raises(Rejected):
        email.send(email.Mail(**{**vars(MAIL), **changed}))
    assert standins.journal("mailgun") == []


def test_a_wrong_key_is_rejected(standins: StandIns) -> None:
    standins.turn("mailgun", status_script=[401, 401])
    with pytest.raises(Rejected, match=r"^http_401$"):
        email.send(MAIL)
    with pytest.raises(Rejected, match=r"^http_401$"):
        email.find(MAIL.message_id, clock.now())


# --- texts ------------------------------------------------------------------------------------------------------------


def test_a_text_goes_out_with_its_key(standins: StandIns) -> None:
    sid = sms.send("+15005550009", "P0 at Brightforge: 20 min left", "sla:7:first:1")
    [sent] = standins.texts()
    assert (sent["sid"], sent["to"], sent["body"]) == (sid, "+15005550009", "P0 at Brightforge: 20 min left")
    assert standins.journal("sms")[0]["headers"]["idempotency-key"] == "sla:7:first:1"


def test_a_number_that_is_none_is_rejected_with_the_providers_code(standins: StandIns) -> None:
    with pytest.raises(Rejected, match=r"^21211$") as refused:
        sms.send("five", "hello", "k")
    assert refused.value.status == 400


# --- what an answer means, for every line -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "retry_after", "after", "ambiguous"),
    [
        (429, 30, timedelta(seconds=30), False),
        (503, 120, timedelta(seconds=120), False),
        (503, None, None, True),
        (500, None, None, True),
        (502, None, None, True),
        (429, None, None, False),
    ],
)
def test_a_passing_fault_says_when_to_come_back(
    standins: StandIns, status: int, retry_after: int | None, after: timedelta | None, ambiguous: bool
) -> None:
    for service, send in SENDS.items():
        standins.turn(service, status_script=[status], retry_after=retry_after)
        with pytest.raises(Unavailable) as later:
            send()
        assert (later.value.after, later.value.ambiguous, later.value.code) == (after, ambiguous, f"http_{status}")


def test_an_answer_that_never_comes_is_ambiguous(standins: StandIns, impatient: None) -> None:
    for service, send in SENDS.items():
        for fault in ("hang", "close_midway", "applied_then_hold"):
            standins.turn(service, **{fault: True}, times=1)
            with pytest.raises(Unavailable) as lost:
                send()
            assert lost.value.ambiguous, (service, fault)
            standins.turn(service, **{fault: False})
            standins.release()


def test_nobody_there_is_not_ambiguous(standins: StandIns, settings: Settings, impatient: None) -> None:
    closed = f"https://127.0.0.1:{free_port()}"
    settings.SLACK_API_URL, settings.MAILGUN_API_URL, settings.SMS_API_URL = f"{closed}/api/", f"{closed}/v3", closed
    for send in SENDS.values():
        with pytest.raises(Unavailable) as away:
            send()
        assert not away.value.ambiguous


def test_a_certificate_that_nobody_vouches_for_is_not_talked_to(standins: StandIns, settings: Settings) -> None:
    settings.OUTSIDE_CA_FILE = ""
    for send in SENDS.values():
        with pytest.raises(Unavailable) as distrusted:
            send()
        assert not distrusted.value.ambiguous
    assert standins.journal() == []


def test_a_redirect_is_not_followed(standins: StandIns) -> None:
    for service, send in SENDS.items():
        standins.turn(service, status_script=[302])
        with pytest.raises(Rejected):
            send()
    assert len(standins.journal()) == len(SENDS)


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/api",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://127.0.0.1:1/x",
        "{slack_api_url}@elsewhere.example/",
    ],
)
def test_no_other_host_is_called(standins: StandIns, url: str) -> None:
    with http.session() as outside, pytest.raises(Rejected, match=r"^host$"):
        outside.get(url.format(slack_api_url=standins.urls["slack_api_url"].removesuffix("/slack/api/")))


def test_the_machines_proxy_and_certificates_are_not_used(
    standins: StandIns, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    for send in SENDS.values():
        send()
    assert len(standins.journal()) == len(SENDS)


def test_a_line_that_is_not_configured_stays_silent(standins: StandIns, settings: Settings) -> None:
    settings.SLACK_BOT_TOKEN = settings.MAILGUN_API_KEY = settings.SMS_ACCOUNT = ""
    for send in SENDS.values():
        with pytest.raises(Rejected, match=r"^not_configured$"):
            send()
    assert standins.journal() == []


@pytest.mark.parametrize("fault", [{"status_script": [500]}, {"status_script": [400]}, {"close_midway": True}])
def test_no_error_tells_a_token_a_text_or_an_address(
    standins: StandIns, fault: dict[str, Any], caplog: pytest.LogCaptureFixture, impatient: None
) -> None:
    caplog.set_level("DEBUG", "fleetcs")
    for service, send in SENDS.items():
        standins.turn(service, **fault)
        with pytest.raises((Unavailable, Rejected)) as failed:
            send()
        told = f"{failed.value!r} {failed.value.__cause__!r} {caplog.text}"
        assert not [canary for canary in CANARIES if canary in told]


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("0", timedelta()),
        ("30", timedelta(seconds=30)),
        ("9" * 400, timedelta(days=1)),
        ("Mon, 23 Nov 2026 18:31:00 GMT", timedelta(minutes=1)),
        ("Mon, 23 Nov 2020 18:31:00 GMT", timedelta()),
        ("Mon, 23 Nov 2026 18:31:00", None),
    ],
)
def test_retry_after_is_read_in_seconds_or_as_a_date(
    clock: MovableClock, header: str | None, wait: timedelta | None
) -> None:
    clock(NOW)
    found = http.retry_after(header)
    assert found == wait if wait is None else found is not None and abs(found - wait) < timedelta(seconds=5)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


SENDS = {
    "slack": lambda: slack.post("C1", "canary-text", effect_key="canary-key"),
    "mailgun": lambda: email.send(MAIL),
    "sms": lambda: sms.send("+15005550009", "canary-text", "canary-key"),
}
CANARIES = ["xoxb-test", "key-test", "sms-test", "canary-text", "brightforge", "+15005550009", "127.0.0.1"]
