"""A mail becomes a ticket, or a message of the ticket it answers; whoever cannot be believed changes nothing."""

import io
import json
import os
import stat
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import QuerySet

from fleetcs.local import folders
from fleetcs.models import Automation, Effect
from support import replies, store
from support.models import Attachment, Message, Ticket
from tests import intake
from tests.conftest import Clock
from tests.factories import make_account, make_contact, make_ticket, make_user
from tests.intake import letter, message_of

pytestmark = pytest.mark.django_db

SERVER = "mx.lanternfish.example"


def own_id(message: Message, settings: Any) -> str:
    return replies.our_message_id(message.pk, settings.REPLY_ADDRESS_SECRETS[0], settings.MAIL_DOMAIN)


def reply_address(ticket: Ticket, settings: Any) -> str:
    return replies.reply_address(ticket.pk, settings.REPLY_ADDRESS_SECRETS[0], settings.MAIL_DOMAIN)


@pytest.mark.ledger("INT-01", "SLA-19")
def test_a_raw_mail_becomes_a_ticket_of_the_senders_account_and_tier(clock: Clock) -> None:
    clock("2026-01-23T15:30:00-08:00")
    account = make_account("ultimate", domain="brook.example")
    message = message_of(intake.mail(letter("Ada <ada@brook.example>", "All hosts are offline.\n\nHelp!")))
    ticket = message.ticket
    assert (ticket.account, ticket.tier, ticket.source, ticket.priority) == (account, "ultimate", "email", "P2")
    assert (ticket.subject, ticket.sender, ticket.triage_reason) == ("Hosts are offline", "ada@brook.example", "")
    assert ticket.confirmed_at is None
    assert message.text == "All hosts are offline.\n\nHelp!"
    assert message.verified
    assert abs(ticket.due_at - intake.utc("2026-01-26T15:30:00-08:00")) < timedelta(seconds=5)


@pytest.mark.ledger("SLA-18")
def test_the_clock_starts_when_our_server_took_the_mail_whatever_its_date_says(clock: Clock) -> None:
    received = clock("2026-02-03T10:00:00-08:00")
    delivery = intake.mail(letter(Date="Mon, 12 Jan 2026 09:00:00 -0800"))
    assert message_of(delivery).at == delivery.received_at
    assert (message_of(delivery).ticket.received_at - received).total_seconds() < 5


@pytest.mark.ledger("INT-01")
def test_a_contact_goes_before_a_domain() -> None:
    make_account(domain="brook.example")
    other = make_account(domain="elsewhere.example")
    contact = make_contact(other, email="ada@brook.example")
    ticket = message_of(intake.mail(letter())).ticket
    assert (ticket.account, ticket.contact) == (other, contact)


@pytest.mark.ledger("INT-01")
def test_an_unknown_sender_waits_in_triage_and_is_linked_later() -> None:
    ticket = message_of(intake.mail(letter())).ticket
    assert list(Ticket.objects.in_triage()) == [ticket]
    assert (ticket.triage_reason, ticket.tier) == ("the sender is unknown", "free")
    ticket.link_account(make_account("premium"), by=make_user())
    assert (ticket.triage_reason, ticket.tier) == ("", "premium")
    assert ticket.due_at


def test_the_same_bytes_twice_make_one_message() -> None:
    raw = letter()
    assert intake.mail(raw).pk == intake.mail(raw).pk
    assert Message.objects.count() == 1


def test_the_same_mail_by_two_ways_makes_one_message() -> None:
    first = letter(Message_ID="<a@brook.example>")
    intake.mail(first)
    again = intake.mail(b"Received: from elsewhere\r\n" + first)
    assert (again.state, Message.objects.count()) == ("ignored", 1)


def test_a_mailer_that_gives_every_mail_the_same_id_loses_none() -> None:
    intake.mail(letter(text="one", Message_ID="<a@brook.example>"))
    intake.mail(letter(text="two", Message_ID="<a@brook.example>"))
    assert list(Message.objects.order_by("pk").values_list("text", "message_id")) == [
        ("one", "<a@brook.example>"),
        ("two", ""),
    ]


# --- threading -------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("INT-01")
@pytest.mark.parametrize("header", ["In_Reply_To", "References"])
def test_an_answer_to_our_mail_joins_its_ticket_without_any_other_sign(settings: Any, header: str) -> None:
    ticket = make_ticket(make_account(), sender="ada@brook.example")
    answer = ticket.answer("Try this.", by=make_user())
    raw = letter(Subject="another subject", **{header: own_id(answer, settings)})
    assert message_of(intake.mail(raw)).ticket == ticket
    assert Ticket.objects.count() == 1


def test_an_answer_to_a_mail_of_theirs_joins_its_ticket() -> None:
    first = message_of(intake.mail(letter(Message_ID="<first@brook.example>")))
    again = message_of(intake.mail(letter(References="<zero@x.example> <first@brook.example>")))
    assert (again.ticket, again.verified) == (first.ticket, True)


def test_a_mail_to_the_signed_address_joins_the_ticket(settings: Any) -> None:
    ticket = make_ticket(make_account(), sender="ada@brook.example")
    message = message_of(intake.mail(letter(To=reply_address(ticket, settings), Subject="hm")))
    assert (message.ticket, message.verified) == (ticket, True)


def test_a_guessed_signature_joins_nothing() -> None:
    ticket = make_ticket(make_account(), sender="ada@brook.example")
    forged = f"reply+{ticket.pk}.{'0' * 24}@mail.localhost"
    guessed = f"<fleetcs.message.{ticket.messages.get().pk}.{'0' * 24}@mail.localhost>"
    raw = letter("mallory@elsewhere.example", To=forged, In_Reply_To=guessed, Subject=f"Re: [#{ticket.pk}] x")
    assert message_of(intake.mail(raw)).ticket != ticket


@pytest.mark.parametrize(("sender", "joins"), [("ada@brook.example", True), ("eve@stranger.example", False)])
def test_a_tag_in_the_subject_counts_only_with_its_sender(sender: str, joins: bool) -> None:
    ticket = make_ticket(make_account(), sender="ada@brook.example")
    message = message_of(intake.mail(letter(sender, Subject=f"Re: [#{ticket.pk}] Hosts are offline")))
    assert (message.ticket == ticket) is joins


def test_a_reply_to_a_merged_ticket_reaches_the_one_that_goes_on(settings: Any) -> None:
    account = make_account()
    lost, kept = (make_ticket(account, sender="ada@brook.example") for _ in range(2))
    Ticket.objects.filter(pk=lost.pk).update(merged_into=kept)
    assert message_of(intake.mail(letter(To=reply_address(lost, settings)))).ticket == kept


def test_a_reply_reopens_what_was_resolved(settings: Any) -> None:
    ticket = make_ticket(make_account(), sender="ada@brook.example")
    ticket.resolve(by=make_user(), outcome="not_possible", note="one of a kind")
    intake.mail(letter(To=reply_address(ticket, settings)))
    ticket.refresh_from_db()
    assert (ticket.resolved_at, ticket.generation) == (None, 2)


def test_only_what_is_new_is_shown_and_all_of_it_is_kept() -> None:
    raw = letter(text="It works now.\r\n\r\nOn Mon, 12 Jan 2026 Bo wrote:\r\n> Try this.\r\n")
    message = message_of(intake.mail(raw))
    assert message.shown == "It works now."
    assert "Try this" in message.text
    assert bytes(message.delivery.raw) == raw


# --- who cannot be believed ------------------------------------------------------------------------------------------
def quarantined(ticket: Ticket, raw: bytes) -> Message:
    """The mail stands in a triage ticket of its own, and the one it names has not changed."""
    before = (ticket.version, ticket.messages.count())
    message = message_of(intake.mail(raw))
    ticket.refresh_from_db()
    assert (ticket.version, ticket.messages.count()) == before
    assert message.ticket.account is None
    assert (message.public, message.verified) == (False, False)
    assert list(Ticket.objects.in_triage()) == [message.ticket]
    return message


def outgoing() -> QuerySet[Effect]:
    return Effect.objects.exclude(kind="slack.look_up")


def test_nobody_acts_as_a_colleague_by_mail(settings: Any) -> None:
    settings.OWN_MAIL_DOMAINS = ["lanternfish.example"]
    make_user(email="bo@lanternfish.example")
    ticket = make_ticket(make_account(), sender="ada@brook.example")
    raw = letter(
        "Bo <bo@lanternfish.example>",
        To=reply_address(ticket, settings),
        In_Reply_To=own_id(ticket.messages.get(), settings),
    )
    message = quarantined(ticket, raw)
    assert message.ticket.triage_reason == "the sender claims to be a colleague"
    assert message.by == "customer"
    assert not outgoing().exists()


@pytest.mark.parametrize(
    ("said", "believed"),
    [
        (f"{SERVER}; dmarc=fail header.from=brook.example", False),
        (f"{SERVER}; dmarc=pass header.from=brook.example", True),
        ("mx.mallory.example; dmarc=fail", True),
        ("", True),
    ],
)
def test_only_our_own_server_is_believed_about_dmarc(settings: Any, said: str, believed: bool) -> None:
    settings.AUTHENTICATION_RESULTS_HOST = SERVER
    make_account(domain="brook.example")
    message = message_of(intake.mail(letter(Authentication_Results=said)))
    assert (message.ticket.account is not None, message.verified) == (believed, believed)


def test_a_mail_that_fails_dmarc_does_not_reach_the_ticket_it_names(settings: Any) -> None:
    settings.AUTHENTICATION_RESULTS_HOST = SERVER
    ticket = make_ticket(make_account(domain="brook.example"), sender="ada@brook.example")
    quarantined(ticket, letter(To=reply_address(ticket, settings), Authentication_Results=f"{SERVER}; dmarc=fail"))


def test_a_stranger_with_a_valid_address_is_shown_as_unverified_and_gets_nothing(settings: Any) -> None:
    ticket = make_ticket(make_account(), sender="ada@brook.example")
    raw = letter(
        "eve@stranger.example",
        To=reply_address(ticket, settings),
        Cc="mallory@stranger.example",
        X_RT_Action="resolve",
        X_Priority="1",
    )
    message = message_of(intake.mail(raw))
    ticket.refresh_from_db()
    assert (message.ticket, message.verified, message.public) == (ticket, False, False)
    assert (ticket.sender, ticket.priority, ticket.resolved_at) == ("ada@brook.example", "P2", None)
    assert ticket in Ticket.objects.in_triage()


def test_a_stranger_does_not_reopen_a_resolved_ticket(settings: Any) -> None:
    ticket = make_ticket(make_account(), sender="ada@brook.example")
    ticket.resolve(by=make_user(), outcome="not_possible", note="one of a kind")
    message = message_of(intake.mail(letter("eve@stranger.example", To=reply_address(ticket, settings))))
    ticket.refresh_from_db()
    assert ticket.resolved_at
    assert message.ticket != ticket
    assert message.ticket in Ticket.objects.in_triage()


def test_another_customer_does_not_land_in_the_ticket_they_were_forwarded(settings: Any) -> None:
    ticket = make_ticket(make_account(), sender="ada@brook.example")
    other = make_account(domain="creek.example")
    message = message_of(intake.mail(letter("carl@creek.example", To=reply_address(ticket, settings))))
    assert message.ticket.account == other


def test_cc_gives_no_part_in_a_ticket(settings: Any) -> None:
    ticket = message_of(intake.mail(letter(Cc="eve@stranger.example"))).ticket
    message = message_of(intake.mail(letter("eve@stranger.example", To=reply_address(ticket, settings))))
    assert not message.verified


def test_a_mail_without_a_sender_is_kept_for_a_person() -> None:
    ticket = message_of(intake.mail(letter(""))).ticket
    assert (ticket.sender, ticket.triage_reason) == ("", "the mail names no sender")


# --- what no person wrote --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Return_Path": "<>"},
        {"Precedence": "bulk"},
        {"X_Fleetcs_Mail": "1"},
        {"sender": "support@mail.localhost"},
        {"sender": "MAILER-DAEMON@brook.example"},
    ],
)
def test_what_no_person_wrote_is_kept_raw_and_never_answered(headers: dict[str, str], settings: Any) -> None:
    acting("mail_acknowledgement")
    ticket = make_ticket(make_account(domain="brook.example"), sender="ada@brook.example")
    make_contact(ticket.account, email="ada@brook.example")
    raw = letter(**{"To": reply_address(ticket, settings)} | headers)
    delivery = intake.mail(raw)
    assert delivery.state == "ignored"
    assert delivery.error_code.startswith("ignored because")
    assert bytes(delivery.raw) == raw
    assert ticket.messages.count() == 1
    assert not Effect.objects.exists()


def acting(*codes: str) -> None:
    for automation in Automation.objects.filter(pk__in=codes):
        automation.switch("act", by=None)


def bounced(answer: Message, settings: Any, text: str = "Undeliverable") -> Any:
    """A mail server's report that an answer of ours could not be delivered."""
    report = (
        f"--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; ada@brook.example\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {own_id(answer, settings)}\r\n\r\n--b--\r\n"
    )
    kind = 'multipart/report; report-type=delivery-status; boundary="b"'
    return intake.mail(letter("MAILER-DAEMON@mx.example", report, Return_Path="<>", Content_Type=kind))


def test_a_bounce_marks_the_answer_that_never_arrived(settings: Any) -> None:
    ticket = make_ticket(make_account(), sender="ada@brook.example")
    answer = ticket.answer("Try this.", by=make_user())
    delivery = bounced(answer, settings)
    answer.refresh_from_db()
    ticket.refresh_from_db()
    assert (delivery.note, answer.refused) == (f"message {answer.pk} bounced", "bounced")
    assert ticket.triage_reason == "an answer could not be delivered"


def test_a_bounce_opens_what_was_resolved_again_once(settings: Any) -> None:
    by, ticket = make_user(), make_ticket(make_account(), sender="ada@brook.example")
    answer = ticket.answer("Try this.", by=by)
    ticket.resolve(by=by, outcome="faq_updated")
    bounced(answer, settings)
    assert list(Ticket.objects.in_triage()) == [ticket]
    ticket.resolve(by=by, outcome="not_possible", note="Their mailbox is gone.")
    bounced(answer, settings, "Still undeliverable")
    assert not Ticket.objects.open().exists()


def test_a_machine_that_answers_a_machine_is_braked(clock: Clock) -> None:
    clock("2026-02-03T10:00:00-08:00")
    make_account(domain="brook.example")
    for number in range(30):
        intake.mail(letter(text=f"mail {number}"))
    assert Message.objects.count() == 30
    assert Ticket.objects.count() == 21
    assert Ticket.objects.in_triage().get().triage_reason == "too many mails from one address"
    assert Ticket.objects.in_triage().get().messages.count() == 10
    clock.forward(hours=2)
    assert message_of(intake.mail(letter())).ticket.triage_reason == ""


# --- the acknowledgement ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("known", "expected"), [(True, 1), (False, 0)])
def test_only_a_known_contact_gets_an_acknowledgement_and_once_a_day(clock: Clock, known: bool, expected: int) -> None:
    clock("2026-02-03T10:00:00-08:00")
    acting("mail_acknowledgement")
    account = make_account(domain="brook.example")
    if known:
        make_contact(account, email="ada@brook.example")
    for _ in range(3):
        intake.mail(letter())
    assert Effect.objects.filter(kind="mail.acknowledgement").count() == expected
    clock.forward(days=1)
    intake.mail(letter())
    assert Effect.objects.filter(kind="mail.acknowledgement").count() == 2 * expected


# --- files -----------------------------------------------------------------------------------------------------------
def with_files(*files: tuple[str, bytes]) -> bytes:
    parts = [
        f'--b\r\nContent-Type: application/octet-stream; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n{b64encode(content).decode()}\r\n'
        for name, content in files
    ]
    text = "--b\r\nContent-Type: text/plain\r\n\r\nSee the files.\r\n" + "".join(parts) + "--b--\r\n"
    return letter(text=text, Content_Type='multipart/mixed; boundary="b"')


@pytest.fixture
def careless_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("careless_umask")
def test_files_are_stored_under_names_nobody_can_guess(settings: Any, tmp_path: Path) -> None:
    settings.ATTACHMENT_DIR = tmp_path / "files"
    message = message_of(intake.mail(with_files(("../../etc/log.txt", b"a log"))))
    attachment = message.attachments.get()
    place = store.path_of(attachment.stored_as)
    assert (attachment.name, attachment.size, place.read_bytes()) == ("log.txt", 5, b"a log")
    assert stat.S_IMODE(place.stat().st_mode) == 0o640
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (place.parent, place.parent.parent)] == [0o750] * 2
    assert place.is_relative_to(tmp_path / "files")


def test_what_may_not_be_stored_is_named_with_the_reason(settings: Any, tmp_path: Path) -> None:
    settings.ATTACHMENT_DIR, settings.ATTACHMENT_MAX_BYTES = tmp_path / "files", 1024**2
    message = message_of(intake.mail(with_files(("run.exe", b"MZ"), ("large.bin", b"x" * (1024**2 + 1)))))
    kept_back = list(message.attachments.values_list("name", "kept_back", "stored_as"))
    assert kept_back == [("run.exe", "files ending in .exe are programs", ""), ("large.bin", "larger than 1 MB", "")]
    assert not (tmp_path / "files").exists()


def test_a_full_disk_costs_the_file_and_not_the_message(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    settings.ATTACHMENT_DIR = tmp_path / "files"
    message = message_of(intake.mail(with_files(("log.txt", b"a log"))))
    assert message.text == "See the files."
    assert message.attachments.get().kept_back.startswith("there was no room")


def test_a_mail_handled_twice_leaves_no_file_behind(settings: Any, tmp_path: Path) -> None:
    settings.ATTACHMENT_DIR = tmp_path / "files"
    delivery = intake.mail(with_files(("log.txt", b"a log")))
    assert delivery.replay(by=make_user())
    assert intake.inbox.take_now(delivery).state == "ignored"
    assert Attachment.objects.count() == len([path for path in (tmp_path / "files").rglob("*") if path.is_file()]) == 1


def test_a_mail_above_the_limit_becomes_a_ticket_with_its_head(settings: Any) -> None:
    settings.MAX_MAIL_BYTES = 10_000
    make_account(domain="brook.example")
    delivery = intake.mail(letter(text="x" * 20_000, Subject="Big"))
    message = message_of(delivery)
    assert (message.ticket.subject, message.ticket.triage_reason) == ("Big", "")
    assert message.text.startswith("This mail was larger than 25 MB")
    assert len(bytes(delivery.raw)) < 1_000


@pytest.mark.parametrize(
    "raw",
    [
        b"no header at all",
        b"\x00\xff\xfe" * 1000,
        b"From: a@x.example\r\nSubject: \xff\xfe raw\r\n\r\nbody \x00 with NUL",
        b"From: a@x.example\r\nSubject: " + b"s" * 100_000 + b"\r\n\r\n" + b"t" * 1_000_000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\npart\r\n" * 1_000,
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(50)),
    ],
    ids=["no-header", "noise", "eight-bit", "long", "thousand-parts", "nested"],
)
def test_no_bytes_break_the_intake(raw: bytes) -> None:
    delivery = intake.mail(raw)
    assert delivery.state in {"done", "ignored"}
    assert "\x00" not in "".join(Message.objects.values_list("text", flat=True))


# --- the command -----------------------------------------------------------------------------------------------------
def ingest(raw: bytes, tmp_path: Path, *options: str) -> dict[str, Any]:
    path, out = tmp_path / "mail", io.StringIO()
    path.write_bytes(raw)
    call_command("ingest_email", str(path), "--json", *options, stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


@pytest.mark.ledger("INT-01")
def test_the_command_says_what_became_of_a_mail(tmp_path: Path, settings: Any) -> None:
    settings.ATTACHMENT_DIR = tmp_path / "files"
    raw = with_files(("log.txt", b"a log"))
    told = ingest(raw, tmp_path)
    message = Message.objects.get()
    assert told == {
        "ticket": message.ticket_id,
        "created": True,
        "message": message.pk,
        "from": "ada@brook.example",
        "subject": "Hosts are offline",
        "text": "See the files.",
        "reply_text": "See the files.",
        "attachments": [{"name": "log.txt", "bytes": 5}],
        "auto_response": False,
        "bounce": False,
    }
    again = ingest(raw, tmp_path)
    assert again == told | {"created": False}
    assert Message.objects.count() == 1


def test_the_command_says_why_a_mail_opens_no_ticket(tmp_path: Path) -> None:
    told = ingest(letter(Auto_Submitted="auto-replied"), tmp_path)
    assert (told["ticket"], told["auto_response"]) == (None, True)
    assert told["ignored"].startswith("ignored because it says Auto-Submitted")


def test_a_mail_pipe_is_told_to_come_back_when_the_database_is_away(tmp_path: Path) -> None:
    path = tmp_path / "mail"
    path.write_bytes(letter())
    away = {**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:9/nowhere"}
    command = [sys.executable, "manage.py", "ingest_email", str(path)]
    ended = subprocess.run(command, cwd=folders.CHECKOUT, env=away, capture_output=True, timeout=60, check=False)
    assert (ended.returncode, b"Traceback" in ended.stderr) == (75, False)


def test_a_file_that_is_not_there_is_no_trace_back() -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("ingest_email", "/nowhere/at/all")
