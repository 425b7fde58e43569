"""A text as it reads: as it stands, and decoded; and its letters without whatever stands between them. Pure."""

import binascii
import re
import unicodedata
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import Final
from urllib.parse import unquote_to_bytes

from accounts.codenames import WRITTEN_OUT

DEPTH: Final = 3  # encodings on top of each other
# Letters of other scripts that look like ours.
LOOKALIKES: Final = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0455\u0458\u043a\u043c\u0442\u03bf\u03b1\u03b9\u03bd",
    "aeopcyxisjkmtoaiv",
)


def folded(text: str) -> str:
    """Letters and digits of a text, without case and accents."""
    return "".join(_fold(sign) for sign in text)


@lru_cache(maxsize=10_000)
def _fold(sign: str) -> str:
    plain = unicodedata.normalize("NFKD", sign.casefold().translate(WRITTEN_OUT).translate(LOOKALIKES))
    return "".join(part for part in plain if part.isalnum())


def squeezed(text: str) -> tuple[str, list[int]]:
    """Letters and digits only, and where each of them stands in the text."""
    pairs = [(part, at) for at, sign in enumerate(text) for part in _fold(sign)]
    return "".join(part for part, _ in pairs), [at for _, at in pairs]


# --- readings of a text -----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Reading:
    """A text as it reads once something in it was decoded; `spans` leads every sign back to where it came from."""

    text: str
    spans: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, text: str) -> "Reading":
        return cls(text, tuple((at, at + 1) for at in range(len(text))))

    def decoded(self, form: re.Pattern[str], decode: Callable[[str], str | None]) -> "Reading":
        """With everything of one encoding read; what cannot be decoded stays as it is."""
        signs: list[str] = []
        spans: list[tuple[int, int]] = []
        at = 0
        for match in form.finditer(self.text):
            said = decode(match[0])
            if said is not None:
                signs.append(self.text[at : match.start()] + said)
                spans.extend(self.spans[at : match.start()])
                spans.extend([(self.spans[match.start()][0], self.spans[match.end() - 1][1])] * len(said))
                at = match.end()
        return Reading("".join(signs) + self.text[at:], (*spans, *self.spans[at:]))


def _of_bytes(raw: bytes) -> str | None:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() or all(sign.isprintable() or sign in "\r\n\t" for sign in text) else None


def _of_base64(chunk: str) -> str | None:
    plain = re.sub(r"\s+", "", chunk).rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return _of_bytes(b64decode(plain + "=" * (-len(plain) % 4), validate=True))
    except (binascii.Error, ValueError):
        return None


def _of_escapes(escaped: str) -> str:
    return "".join(chr(int(digits, 16)) for digits in re.findall(r"\\[ux]([0-9a-fA-F]{2,4})", escaped))


ENCODINGS: Final[tuple[tuple[re.Pattern[str], Callable[[str], str | None]], ...]] = (
    (re.compile(r"(?:%[0-9a-fA-F]{2})+"), lambda found: _of_bytes(unquote_to_bytes(found))),
    (re.compile(r"(?:=[0-9A-F]{2})+"), lambda found: _of_bytes(bytes.fromhex(found.replace("=", "")))),
    (re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,31});"), unescape),
    (re.compile(r"(?:\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2})+"), _of_escapes),
)
BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{4,}(?:\r?\n[A-Za-z0-9+/_-]{4,})*={0,2}")


def readings(text: str) -> Iterator[Reading]:
    """The text as it stands, and as it reads decoded once, twice, three times; base64 each time beside it."""
    reading = Reading.of(text)
    for _ in range(DEPTH):
        yield reading
        before = reading
        for form, decode in ENCODINGS:
            reading = reading.decoded(form, decode)
        inner = reading.decoded(BASE64, _of_base64)
        if inner.text != reading.text:
            yield inner
            yield reading
            reading = inner
        elif reading.text == before.text:
            return
    yield reading
