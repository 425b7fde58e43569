"""A raw mail as plain values: who, what, in answer to what. Pure, bounded, and it never raises whatever the bytes.

The caller refuses what is too big (`LIMIT`), keeps the raw bytes and decides what to do; `markers` and `dmarc` help.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import escape

from support import html as safe_html
from support.attachments import safe_name
from support.mail_markers import Markers, automatic_reason, bounce_reason, dmarc, markers
from support.mail_parts import BODY_LIMIT, Headers, Part, split, take_apart
from support.mail_quotes import reply_of
from support.mail_words import words

__all__ = ["LIMIT", "Attachment", "Incoming", "Markers", "dmarc", "markers", "read"]

LIMIT = 25 * 1024 * 1024
TEXT_LIMIT = 500_000
SUBJECT_LIMIT = 250
NAME_LIMIT = 200
ADDRESSES_READ = 100
REFERENCES_READ = 50
NO_ID = "@no-message-id.invalid>"

_ID = re.compile(r"<([^<>\s]{1,900})>")
_ADDRESS = re.compile(r"[^\s<>@,;:\"()\[\]\\]{1,64}@[^\s<>@,;:\"()\\]{1,255}")
_IN_ANGLES = re.compile(r"<\s*([^<>]{3,400}?)\s*>")
_ASIDE = re.compile(r'"(?:[^"\\]|\\.)*"|\([^()]*\)')
_MBOX_LINE = re.compile(rb"\A[\r\n]*(?:>?From [^\r\n]{0,500}(?:\r?\n|\Z))?")
_EXTENSIONS = {
    "message/rfc822": ".eml",
    "message/delivery-status": ".txt",
    "text/calendar": ".ics",
    "text/html": ".html",
    "text/rfc822-headers": ".txt",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "application/pdf": ".pdf",
}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a mail. `name` is safe to show; `cid` is the Content-ID by which the HTML calls it, or ""."""

    name: str
    content_type: str
    content: bytes
    cid: str
    inline: bool

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A mail. Addresses are lower case, ids keep their angle brackets, `date` is their word for it (UTC), no more.

    `return_path` is "" for the empty one and None where the mail has none. `headers` are the mail's own, as readable
    text with lower-case names, topmost first. `truncated` says that `text` is not all there was.
    """

    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    from_address: str
    from_name: str
    reply_to: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    delivered_to: tuple[str, ...]
    return_path: str | None
    subject: str
    date: datetime | None
    text: str
    html: str
    reply_text: str
    attachments: tuple[Attachment, ...]
    dropped_parts: int
    truncated: bool
    headers: tuple[tuple[str, str], ...]

    @property
    def auto_response(self) -> bool:
        """Whether a machine sent it, judged without knowing which lists are ours: `markers` knows more."""
        return bool(automatic_reason(self))

    @property
    def bounce(self) -> bool:
        """Whether it reports a failed delivery."""
        return bool(bounce_reason(self))

    @property
    def has_own_id(self) -> bool:
        """Whether its sender gave it a Message-ID; else it bears one made from its bytes."""
        return not self.message_id.endswith(NO_ID)

    @property
    def thread_ids(self) -> tuple[str, ...]:
        """The ids this mail answers, the nearest first."""
        return tuple(dict.fromkeys(found for found in (self.in_reply_to, *reversed(self.references)) if found))

    @property
    def recipients(self) -> tuple[str, ...]:
        """Every address it was sent to, as the envelope and the headers tell."""
        return tuple(dict.fromkeys(self.delivered_to + self.to + self.cc))


def read(raw: bytes) -> Incoming:
    """Reads one RFC 5322 message as a mail pipe or a provider delivers it, however broken."""
    parts = take_apart(_MBOX_LINE.sub(b"", raw, count=1))
    headers = parts.headers
    charset = next((leaf.parameters["charset"] for leaf in parts.leaves if leaf.parameters.get("charset")), "")
    text = _text(parts.leaves)
    return Incoming(
        message_id=_first(_ids(headers.get("message-id"))) or f"<{hashlib.sha256(raw).hexdigest()[:40]}{NO_ID}",
        in_reply_to=_first(_ids(headers.get("in-reply-to"))),
        references=_ids(headers.get("references"))[-REFERENCES_READ:],
        from_address=_sender(headers),
        from_name=_display_name(headers.get("from"), charset),
        reply_to=_first(_addresses(headers, "reply-to")),
        to=_addresses(headers, "to"),
        cc=_addresses(headers, "cc"),
        delivered_to=_addresses(headers, "delivered-to", "x-original-to", "envelope-to", "x-envelope-to"),
        return_path=_return_path(headers),
        subject=words(headers.get("subject"), charset)[:SUBJECT_LIMIT],
        date=_date(headers.get("date")),
        text=text[:TEXT_LIMIT],
        html=_html(parts.leaves),
        reply_text=reply_of(text[:TEXT_LIMIT]),
        attachments=tuple(_attachment(leaf) for leaf in parts.leaves if _is_file(leaf)),
        dropped_parts=parts.dropped,
        truncated=len(text) > TEXT_LIMIT
        or any(len(leaf.body) > BODY_LIMIT for leaf in parts.leaves if not _is_file(leaf)),
        headers=tuple((name, words(value, charset)) for name, value in headers.pairs),
    )


def _first(found: Sequence[str]) -> str:
    return found[0] if found else ""


def _ids(value: str) -> tuple[str, ...]:
    """Message ids in angle brackets; one without them gets them."""
    found = tuple(_ID.findall(value))
    bare = value.split() if not found else []
    return tuple(f"<{words(each)}>" for each in found or (bare if len(bare) == 1 else ()))


def _addresses(headers: Headers, *names: str) -> tuple[str, ...]:
    """The addresses under these headers, lower case, each once, and none from inside a display name."""
    values = [_without_asides(value) for name in names for value in headers.all(name)]
    pieces = [piece for value in values for piece in re.split("[,;]", value)]
    found = [address for piece in pieces for address in _ADDRESS.findall(_first(_IN_ANGLES.findall(piece)) or piece)]
    return tuple(dict.fromkeys(words(address).lower() for address in found[:ADDRESSES_READ]))


def _sender(headers: Headers) -> str:
    """The one address we take for the sender: what stands in angle brackets goes before what stands bare."""
    pointed = _IN_ANGLES.findall(_without_asides(headers.get("from")))
    inside = [address.lower() for piece in pointed for address in _ADDRESS.findall(piece)]
    return words(_first(inside)) or _first(_addresses(headers, "from") or _addresses(headers, "sender"))


def _without_asides(value: str) -> str:
    """Without quoted names and comments, which may nest."""
    for _ in range(5):
        shorter = _ASIDE.sub(" ", value)
        if shorter == value:
            break
        value = shorter
    return value


def _display_name(value: str, charset: str) -> str:
    """The name before the address, or the comment after it."""
    before, angle, _ = value.partition("<")
    comment = re.search(r"\(([^()]*)\)", value)
    name = before if angle else comment[1] if comment else ""
    return words(re.sub(r"\\(.)", r"\1", name.strip().strip('"')), charset).strip('"')[:NAME_LIMIT]


def _return_path(headers: Headers) -> str | None:
    value = headers.get("return-path").strip()
    return None if not value else "" if value == "<>" else _first(_addresses(headers, "return-path"))


def _date(value: str) -> datetime | None:
    """Their Date header in UTC; without a zone it is taken for UTC."""
    try:
        found = parsedate_to_datetime(value[:100])
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, LookupError):
        return None


def _is_file(leaf: Part) -> bool:
    """Text without a name is the body; the rest, an enclosed message included, is a file."""
    if leaf.content_type in ("text/plain", "text/html"):
        return leaf.disposition == "attachment" or bool(leaf.file_name)
    return leaf.content_type.partition("/")[0] != "multipart" or bool(leaf.body.strip())


def _bodies(leaves: Iterable[Part], content_type: str) -> list[Part]:
    return [leaf for leaf in leaves if leaf.content_type == content_type and not _is_file(leaf)]


def _text(leaves: Sequence[Part]) -> str:
    """The body as text: each plain part, and each HTML part that has no plain one beside it as its alternative."""
    told = {leaf.alternative for leaf in _bodies(leaves, "text/plain") if leaf.alternative and leaf.text.strip()}
    pieces = []
    for leaf in leaves:
        if leaf.content_type == "text/plain" and not _is_file(leaf):
            pieces.append(leaf.text.strip("\n"))
        elif leaf.content_type == "text/html" and not _is_file(leaf) and leaf.alternative not in told:
            pieces.append(safe_html.to_text(leaf.text))
    return "\n\n".join(piece for piece in pieces if piece.strip())


def _html(leaves: Sequence[Part]) -> str:
    """The body as safe HTML, or "" if it has none; a plain part beside it, such as a list's footer, is not lost."""
    shown = _bodies(leaves, "text/html")
    if not shown:
        return ""
    told = {leaf.alternative for leaf in shown if leaf.alternative}
    pieces = [
        safe_html.clean(leaf.text).strip()
        if leaf.content_type == "text/html"
        else f"<pre>{escape(leaf.text.strip(), quote=False)}</pre>"
        for leaf in leaves
        if leaf in shown or (leaf in _bodies(leaves, "text/plain") and leaf.alternative not in told)
    ]
    return "\n".join(pieces)


def _attachment(leaf: Part) -> Attachment:
    """An enclosed message is kept as it came, under its own subject; a multipart that stayed closed likewise."""
    content = leaf.content if not leaf.content_type.startswith("multipart/") else leaf.body
    kind = leaf.content_type if not leaf.content_type.startswith("multipart/") else "application/octet-stream"
    cid = _first(_ids(leaf.headers.get("content-id"))).strip("<>")
    inline = leaf.disposition == "inline" or (bool(cid) and leaf.disposition != "attachment")
    return Attachment(_file_name(leaf, kind, content), kind, content, cid, inline)


def _file_name(leaf: Part, kind: str, content: bytes) -> str:
    if leaf.file_name:
        return safe_name(leaf.file_name)
    ending = _EXTENSIONS.get(kind, "")
    subject = words(split(content)[0].get("subject")) if kind == "message/rfc822" else ""
    return safe_name((subject.replace("/", " ") or kind.partition("/")[0]) + ending)
