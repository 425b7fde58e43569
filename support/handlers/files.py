"""The files of a mail: stored under names nobody can guess, or kept back with the reason (T13 to T18, F41, F42)."""

import structlog
from django.conf import settings

from support import store
from support.attachments import blocked
from support.mail import Attachment as Part
from support.mail import Incoming
from support.models import Attachment, Message

log = structlog.get_logger(__name__)


def keep_files(message: Message, mail: Incoming) -> None:
    """Store what may be stored; a full disk costs the file, never the message: the raw mail has it still."""
    rows = [file_row(message, number, part) for number, part in enumerate(mail.attachments)]
    if mail.dropped_parts:
        rows.append(left_out(message, "further parts", f"{mail.dropped_parts} more parts of the mail were left out"))
    if mail.truncated:
        rows.append(left_out(message, "rest of the text", "the text was cut: see the raw mail"))
    Attachment.objects.bulk_create(rows)


def left_out(message: Message, name: str, why: str) -> Attachment:
    return Attachment(message=message, name=name, size=0, kept_back=why)


def file_row(message: Message, number: int, part: Part) -> Attachment:
    """The row of one file, which lies on the disk before the row is written, or the reason why it does not."""
    row = Attachment(message=message, name=part.name[:200], content_type=part.content_type[:120], size=part.size)
    row.kept_back = refusal(part)
    if not row.kept_back:
        keep(row, store.name_for(message.delivery_id or 0, number), part.content)
    return row


def refusal(part: Part) -> str:
    """Why a file is not stored, or ""."""
    if part.size > settings.ATTACHMENT_MAX_BYTES:
        return f"larger than {settings.ATTACHMENT_MAX_BYTES // 1024**2} MB"
    return (blocked(part.name, part.content_type, part.content[:1024]) or "")[:120]


def keep(row: Attachment, name: str, content: bytes) -> None:
    try:
        store.keep(name, content)
    except OSError as error:
        log.error("attachment_not_stored", error=type(error).__name__, number=error.errno)
        row.kept_back = "there was no room to store it: it is in the raw mail"
    else:
        row.stored_as = name
