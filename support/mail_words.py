"""Bytes of a mail as text: charsets, transfer encodings and encoded words, right or wrong. Pure; never raises."""

import binascii
import codecs
import re

# Codecs that are not charsets, or whose work grows with the square of the input.
NOT_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "rot13", "undefined", "unicode-escape"})
# What calls itself one of these is in truth Windows-1252, unless it is UTF-8.
LATIN = frozenset({"ascii", "iso8859-1", "cp1252"})

_ENCODED = re.compile(r"=\?([A-Za-z0-9_.:+-]{1,40})(?:\*[A-Za-z0-9-]*)?\?([bBqQ])\?([^?]*)\?=")
_ENCODED_RUN = re.compile(r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=(?:\s{0,200}=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=)*")
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


def words(value: str, charset: str = "") -> str:
    """A header's value as one line of readable text, from encoded words (RFC 2047) and raw 8-bit bytes alike."""
    text = text_of(value.encode("latin-1", "replace"), charset)
    return " ".join(_CONTROL.sub(" ", sound(_ENCODED_RUN.sub(_decoded_run, text))).split())


def _decoded_run(run: re.Match[str]) -> str:
    """Neighbouring encoded words of one charset are joined as bytes first: a character may be cut in two."""
    pieces: list[tuple[str, bytes]] = []
    for charset, encoding, body in _ENCODED.findall(run[0]):
        data = _word_bytes(encoding, body)
        if pieces and pieces[-1][0] == charset.lower():
            pieces[-1] = (charset.lower(), pieces[-1][1] + data)
        else:
            pieces.append((charset.lower(), data))
    return "".join(text_of(data, charset) for charset, data in pieces)


def _word_bytes(encoding: str, body: str) -> bytes:
    data = body.encode("utf-8")
    return base64_bytes(data) if encoding in "bB" else binascii.a2b_qp(data, header=True)


def decoded(body: bytes, encoding: str) -> bytes:
    """A body without its transfer encoding; an unknown encoding leaves it as it is."""
    kind = encoding.partition(";")[0].strip().lower()
    if kind == "base64":
        return base64_bytes(body)
    if kind == "quoted-printable":
        return binascii.a2b_qp(body)
    return _uudecoded(body) if kind in {"x-uuencode", "uuencode", "x-uue"} else body


def base64_bytes(data: bytes) -> bytes:
    """Base64 with line noise, without padding or cut short: the bytes that are there."""
    signs = data.translate(None, _NOT_BASE64).partition(b"=")[0]
    whole = signs[: len(signs) - 1] if len(signs) % 4 == 1 else signs
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def _uudecoded(body: bytes) -> bytes:
    found = []
    for line in body.splitlines():
        try:
            found.append(b"" if line.startswith((b"begin ", b"end")) else binascii.a2b_uu(line))
        except binascii.Error:
            continue
    return b"".join(found)


def text_of(data: bytes, charset: str = "") -> str:
    """Bytes as text: by the charset they claim if it fits, as UTF-8 if that fits, else by what is likelier."""
    claimed = _codec(charset)
    for codec in ("utf-8", "cp1252") if claimed in LATIN else (claimed or "utf-8", "utf-8"):
        try:
            return data.decode(codec)
        except UnicodeError:
            continue
    return _loosely(data)


def _loosely(data: bytes) -> str:
    """UTF-8 with some wrong bytes, or Windows-1252 where fewer characters come out right than wrong."""
    text = data.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    right = len(text) - len(text.encode("ascii", "ignore")) - wrong
    return text if right >= wrong else data.decode("cp1252", "replace")


def _codec(charset: str) -> str:
    """Python's name of a charset, or "" for one that is unknown or no charset."""
    try:
        found = codecs.lookup(charset.strip()[:40].encode("ascii", "ignore").decode() or "-")
    except (LookupError, ValueError):
        return ""
    is_text = getattr(found, "_is_text_encoding", True)
    return found.name if is_text and found.name not in NOT_CHARSETS else ""


def sound(text: str) -> str:
    """Text that a database takes: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def plain(text: str) -> str:
    """A body as we keep it: line ends as \\n, no control characters but tab."""
    return _CONTROL.sub("", sound(text.replace("\r\n", "\n").replace("\r", "\n")))
