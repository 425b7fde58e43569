"""Where raw mail enters, from the command and from the signed endpoint alike: the same bytes are the same delivery."""

from collections.abc import Mapping

from django.conf import settings

from fleetcs import inbox
from fleetcs.models import Delivery
from support.mail_route import TOO_LARGE

HEAD = 256 * 1024


def arrived(raw: bytes) -> inbox.Arrived:
    """One mail as it is stored: its id, and of one that is too large the head alone (F42)."""
    too_large = len(raw) > settings.MAX_MAIL_BYTES
    return inbox.Arrived(inbox.fingerprint(raw), TOO_LARGE if too_large else "", head_of(raw) if too_large else raw)


def receive(raw: bytes, headers: Mapping[str, str]) -> tuple[Delivery, bool]:
    """Store one mail unless it is known; the row, and whether it is new."""
    mail = arrived(raw)
    return inbox.receive("email", mail.id, mail.raw or raw, headers, mail.event)


def head_of(raw: bytes) -> bytes:
    """The header lines of a mail, at most 256 KB."""
    head = raw[:HEAD]
    ends = [found for found in (head.find(b"\n\n"), head.find(b"\r\n\r\n")) if found >= 0]
    return head[: min(ends)] + b"\r\n\r\n" if ends else head
