"""`manage.py ingest_email`: take one raw mail, as a mail pipe delivers it, and say what became of it."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError

from fleetcs import inbox
from fleetcs.models import Delivery
from support import mail, mail_gate
from support.models import Message

TRY_AGAIN = 75  # EX_TEMPFAIL: the mail server keeps the mail and comes back


class Command(BaseCommand):
    """Exits 0 whatever the mail is; 75 when it could not be stored, so that a mail server tries again."""

    help = "Take in one raw RFC 5322 message from FILE or standard input."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", default="-", help="a file with the raw mail; - for standard input")
        parser.add_argument("--json", action="store_true", help="answer in one line of JSON")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        raw = read(file)
        try:
            delivery, new = mail_gate.receive(raw, {})
            told = account_of(raw, inbox.take_now(delivery), new)
        except (OperationalError, InterfaceError):
            raise CommandError("The database does not answer: try again.", returncode=TRY_AGAIN) from None
        self.stdout.write(json.dumps(told) if options["json"] else in_lines(told))


def read(file: str) -> bytes:
    """The raw bytes. Raises CommandError for a file that cannot be read and for an empty mail."""
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
    if not raw.strip():
        raise CommandError("There is no mail to take in.")
    return raw


def account_of(raw: bytes, delivery: Delivery, new: bool) -> dict[str, Any]:
    """What became of it, as the caller is told."""
    letter = mail.read(raw[: settings.MAX_MAIL_BYTES])
    marks = mail.markers(letter, settings.OWN_MAIL_DOMAINS, [settings.SUPPORT_ADDRESS])
    message = Message.objects.filter(delivery=delivery).first()
    first = message and not Message.objects.filter(ticket=message.ticket_id, pk__lt=message.pk).exists()
    told = {
        "ticket": message.ticket_id if message else None,
        "created": bool(new and first),
        "message": message.pk if message else None,
        "from": letter.from_address,
        "subject": letter.subject,
        "text": letter.text,
        "reply_text": letter.reply_text,
        "attachments": [{"name": each.name, "bytes": each.size} for each in letter.attachments],
        "auto_response": marks.auto_response,
        "bounce": marks.bounce,
    }
    return told if message else {**told, "ignored": why(delivery)}


def why(delivery: Delivery) -> str:
    """Why no message came of it; "not handled yet" when our own mistake keeps it waiting."""
    if delivery.state == Delivery.State.NEW:
        return f"not handled yet, it is tried again: {delivery.error_code or 'another process is at it'}"
    return delivery.error_code or delivery.note


def in_lines(told: dict[str, Any]) -> str:
    """For people."""
    if told.get("ignored"):
        return f"Kept, but no ticket: {told['ignored']}."
    return f"Message {told['message']} of {'new ' if told['created'] else ''}ticket {told['ticket']}."
