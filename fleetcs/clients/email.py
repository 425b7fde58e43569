"""Mail out through Mailgun's form of API, which can be asked what it has already taken.

The Message-ID is the caller's and the same on every try, so receivers merge what a lost answer made us send twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from anymail.backends.mailgun import EmailBackend
from anymail.exceptions import AnymailError, AnymailRequestsAPIError
from anymail.message import AnymailMessage
from django.conf import settings

from fleetcs.clients import http
from fleetcs.clients.http import Rejected, Unavailable

SKEW = timedelta(minutes=10)
OWN_HEADER = "X-Fleetcs-Mail"  # what comes back with it has gone round in a circle (T11)
FORBIDDEN = "\r\n\0"


@dataclass(frozen=True)
class Attachment:
    """One file of a mail; `content_type` as in "application/pdf"."""

    name: str
    content: bytes
    content_type: str = "application/octet-stream"


@dataclass(frozen=True)
class Mail:
    """One mail to send; ids (`message_id`, `in_reply_to`, `references`) come with their angle brackets."""

    to: tuple[str, ...]
    subject: str
    text: str
    message_id: str
    from_address: str = ""  # SUPPORT_ADDRESS when empty
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    html: str = ""
    reply_to: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    auto_submitted: str = ""  # "auto-replied" or "auto-generated" where no person wrote it (RFC 3834)
    attachments: tuple[Attachment, ...] = ()


def send(mail: Mail) -> str:
    """Hand one mail to the provider and return its id for it; raises Unavailable or Rejected."""
    _refuse_broken_headers(mail)
    backend = _backend()
    message = _message(mail)
    try:
        with http.session() as outside:
            backend.session = outside
            backend.send_messages([message])
    except AnymailRequestsAPIError:
        raise Unavailable(code="not_understood", ambiguous=True) from None
    except AnymailError:
        raise Rejected("mail_invalid") from None
    return str(message.anymail_status.message_id)


def find(message_id: str, since: datetime) -> str | None:
    """The provider's id of a mail it accepted with this Message-ID since `since`, or None.

    The provider's log is minutes behind at times: None shortly after sending is no proof.
    """
    bare = message_id.strip("<>")
    wanted = {"message-id": bare, "event": "accepted", "ascending": "yes", "limit": "1"}
    wanted["begin"] = f"{(since - SKEW).timestamp():.3f}"
    url = f"{settings.MAILGUN_API_URL.rstrip('/')}/{quote(settings.MAIL_DOMAIN, safe='')}/events"
    with http.session() as outside:
        answer = outside.get(url, params=wanted, auth=("api", http.configured(settings.MAILGUN_API_KEY)))
    return f"<{bare}>" if http.json_of(answer).get("items") else None


def _backend() -> EmailBackend:
    return EmailBackend(
        api_key=http.configured(settings.MAILGUN_API_KEY),
        api_url=settings.MAILGUN_API_URL,
        sender_domain=settings.MAIL_DOMAIN,
    )


def _message(mail: Mail) -> AnymailMessage:
    message = AnymailMessage(
        subject=mail.subject,
        body=mail.text,
        from_email=mail.from_address or settings.SUPPORT_ADDRESS,
        to=list(mail.to),
        cc=list(mail.cc),
        bcc=list(mail.bcc),
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers=dict(_headers(mail)),
        attachments=[(file.name, file.content, file.content_type) for file in mail.attachments],
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    return message


def _headers(mail: Mail) -> Iterator[tuple[str, str]]:
    yield "Message-ID", mail.message_id
    yield OWN_HEADER, "1"
    if mail.in_reply_to:
        yield "In-Reply-To", mail.in_reply_to
    if mail.references:
        yield "References", " ".join(mail.references)
    if mail.auto_submitted:
        yield "Auto-Submitted", mail.auto_submitted


def _refuse_broken_headers(mail: Mail) -> None:
    """A line break in a header would let its writer add a header of their own."""
    addresses = (*mail.to, *mail.cc, *mail.bcc, mail.from_address, mail.reply_to)
    ids = (mail.message_id, mail.in_reply_to, *mail.references, mail.auto_submitted)
    names = (file.name for file in mail.attachments)
    if any(sign in value for value in (mail.subject, *addresses, *ids, *names) for sign in FORBIDDEN):
        raise Rejected("header")
    if not mail.to or not mail.message_id:
        raise Rejected("mail_invalid")
