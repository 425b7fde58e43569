"""Mail from machines, bounces, lists and ourselves is known for what it is, a person's mail never for it."""

import pytest

from support.mail import dmarc, markers, read
from support.mail_markers import OWN_HEADER, Markers
from tests.support.mails import mail

DOMAINS, ADDRESSES = ["us.example"], ["help@us.example", "robot@us.example"]


def judged(*headers: str, sender: str = "From: Ida Fern <ida@otter.example>") -> Markers:
    return markers(read(mail(*headers, sender=sender)), DOMAINS, ADDRESSES)


@pytest.mark.ledger("INT-01")
@pytest.mark.parametrize(
    "headers",
    [
        [],
        ["Auto-Submitted: no"],
        ["Auto-Submitted: No; reason=person"],
        ["X-Auto-Response-Suppress: None"],
        ["Precedence: first-class"],
        ["Return-Path: <ida@otter.example>"],
        ["Subject: Out of office until Monday, please help before"],
        ["List-Id: Help <help.us.example>", "Precedence: list"],
        ["X-Loop: yes"],
    ],
)
def test_a_person_s_mail_opens_a_ticket(headers: list[str]) -> None:
    assert judged(*headers) == Markers(auto_response=False, bounce=False, own=False, colleague=False, reason="")


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("Auto-Submitted: auto-replied; owner-email=x", "Auto-Submitted: auto-replied"),
        ("Auto-Submitted: auto-generated", "RFC 3834"),
        ("Precedence: bulk", "Precedence: bulk"),
        ("Precedence: JUNK", "Precedence: junk"),
        ("Precedence: list", "mailing list"),
        ("List-Id: <news.otter.example>", "mailing list"),
        ("List-Id: <us.example.evil.example>", "mailing list"),
        ("X-Autoreply: yes", "X-Autoreply"),
        ("X-Auto-Response-Suppress: OOF, AutoReply", "X-Auto-Response-Suppress"),
        ("Return-Path: <>", "empty return path"),
        ("Content-Type: multipart/report; report-type=disposition-notification; boundary=x", "machine's report"),
    ],
)
def test_an_automatic_mail_opens_none_and_says_why(header: str, why: str) -> None:
    found = judged(header)
    assert (found.auto_response, found.bounce, found.own) == (True, False, False)
    assert found.reason.startswith("ignored because")
    assert why in found.reason


@pytest.mark.parametrize(
    ("headers", "sender"),
    [
        (["Content-Type: multipart/report; report-type=delivery-status; boundary=x"], "From: <x@otter.example>"),
        (["X-Failed-Recipients: ida@otter.example"], "From: <x@otter.example>"),
        ([], "From: Mail Delivery <MAILER-DAEMON@mx.otter.example>"),
        ([], "From: postmaster@otter.example"),
    ],
)
def test_a_bounce_is_one(headers: list[str], sender: str) -> None:
    found = judged(*headers, sender=sender)
    assert found.bounce
    assert found.reason.startswith("ignored because")


@pytest.mark.parametrize("sender", ["help@us.example", "HELP+17@Us.Example", "robot@us.example"])
def test_our_own_addresses_are_a_loop(sender: str) -> None:
    assert judged(sender=f"From: {sender}").own
    assert "address of ours" in judged(sender=f"From: {sender}").reason


def test_a_mail_of_ours_that_comes_back_is_a_loop_whoever_sends_it() -> None:
    assert judged(f"{OWN_HEADER.lower()}: 52").own


def test_a_colleague_s_address_is_neither_ignored_nor_believed() -> None:
    found = judged(sender="From: kim@us.example")
    assert (found.own, found.colleague, found.reason) == (False, True, "")
    assert not judged(sender="From: kim@us.example.evil.example").colleague


HOST = "mx.us.example"


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        (["mx.us.example; spf=pass; dmarc=pass header.from=otter.example"], "pass"),
        (["MX.us.example 1; dkim=none; DMARC = fail (p=reject)"], "fail"),
        (["mx.us.example; dmarc=none"], "none"),
        (["mx.us.example; dmarc=temperror"], "none"),
        (["mx.us.example; spf=pass"], "none"),
        (["mx.us.example; none"], "none"),
        (["mx.evil.example; dmarc=pass"], None),
        ([], None),
        (["mx.us.example; dmarc=fail", "mx.us.example; dmarc=pass"], "fail"),
        (["mx.evil.example; dmarc=pass", "mx.us.example; dmarc=fail"], "fail"),
        (['mx.us.example; spf=fail smtp.mailfrom="x; dmarc=pass"@evil.example; dmarc=fail'], "fail"),
        (["mx.us.example; spf=fail (a (b) ; dmarc=pass; ) ; dmarc=fail"], "fail"),
        (["mx.us.example; dmarc=pass; dmarc=fail"], "fail"),
        (["mx.us.example.evil.example; dmarc=pass"], None),
        (["(mx.us.example) mx.evil.example; dmarc=pass"], None),
        (["mx.us.example; x-dmarc=pass"], "none"),
        (['mx.us.example; spf="'], "none"),
    ],
)
def test_dmarc_is_believed_of_our_own_server_alone(values: list[str], verdict: str | None) -> None:
    found = read(mail(*[f"Authentication-Results: {value}" for value in values]))
    assert dmarc(found.headers, HOST) == verdict


def test_dmarc_says_nothing_where_no_server_is_configured() -> None:
    assert dmarc(read(mail("Authentication-Results: ; dmarc=pass")).headers, "") is None
