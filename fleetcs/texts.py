"""Message texts with variables like `{company_name}`: which they name, how they are filled, and their repair. Pure."""

import re
from collections.abc import Iterable, Mapping

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_LEFT_OVER = re.compile(
    r"\[[A-Za-z][A-Za-z'/-]*(?:[ _][A-Za-z'/-]+){0,4}\](?!\()|\{[A-Za-z][A-Za-z0-9_. -]{0,60}\}|_{4,}"
)
_TICK_BOX = re.compile(r"\[[xX]\]")
_CARD = re.compile(r"(?<![\d.-])[2-6](?:[ -]?[0-9]){12,18}(?![\d.-]*\d)")
_ISSUED = re.compile(  # by length and first digits, so that serial numbers of devices stay what they are
    r"4\d{12}(?:\d{3}){0,2}|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}"
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}"
)


class WordingError(ValueError):
    """A text that cannot be used. `names` are the variables at fault, to show beside the field."""

    def __init__(self, reason: str, names: Iterable[str] = ()) -> None:
        self.names = tuple(names)
        super().__init__(f"{reason}: {', '.join(self.names)}" if self.names else reason)


def variables(body: str) -> set[str]:
    """The variables a text names: flat words only. `{a.b}`, `{__class__}`, `{a!r}`, `{0}` are refused (T05)."""
    found = [_name_of(piece) for piece in _PIECE.finditer(body) if piece[0] not in ("{{", "}}")]
    refused = sorted({name for name in found if not _NAME.fullmatch(name)})
    if refused:
        raise WordingError("not a variable", (f"{{{name[:60]}}}" for name in refused))
    return set(found)


def _name_of(piece: re.Match[str]) -> str:
    if piece[1] is None:
        raise WordingError(
            f"a single {piece[0]} at character {piece.start() + 1}; write it twice to mean the sign itself"
        )
    return piece[1]


def check(body: str, known: Iterable[str]) -> None:
    """Raises WordingError for a text that names a variable nobody can fill (TPL-03)."""
    unknown = sorted(variables(body) - set(known))
    if unknown:
        raise WordingError("unknown variable", unknown)


def render(body: str, values: Mapping[str, str]) -> str:
    """The text with its variables filled, once: braces inside a value stay as they are.

    Raises WordingError for a variable that `values` does not know, and for those it knows but has nothing for (TPL-04).
    """
    check(body, values)
    unfilled = sorted(name for name in variables(body) if not values[name].strip())
    if unfilled:
        raise WordingError("nothing to put in", unfilled)
    return _PIECE.sub(lambda piece: piece[0][0] if piece[1] is None else values[piece[1]], body)


def looks_unfilled(text: str) -> list[str]:
    """What looks like a blank in a text about to be sent: `[company name]`, `{link}`, `____`. A hint, not a proof."""
    found = dict.fromkeys(match[0] for match in _LEFT_OVER.finditer(text))
    return [blank for blank in found if not _TICK_BOX.fullmatch(blank)]


# Which byte a character was before UTF-8 was read as Windows-1252; the five it leaves undefined are as in Latin-1.
_BYTE_OF = {bytes([byte]).decode("cp1252", "ignore") or chr(byte): byte for byte in range(0x80, 0x100)}
_BYTE_OF |= {chr(byte): byte for byte in range(0x80, 0xA0)}


def _any_of(first: int, last: int) -> str:
    return "[" + "".join(re.escape(sign) for sign, byte in _BYTE_OF.items() if first <= byte <= last) + "]"


_MORE = _any_of(0x80, 0xBF)
_BROKEN = re.compile(
    f"{_any_of(0xC2, 0xDF)}{_MORE}|{_any_of(0xE0, 0xEF)}{_MORE}{{2}}|{_any_of(0xF0, 0xF4)}{_MORE}{{3}}"
)
# A closing quotation mark loses its last byte, which Windows-1252 does not define; a no-break space turns plain.
_REMAINS = (("â€\x9d", "”"), ("â€", "”"), ("Â\u00a0", "\u00a0"), ("Â ", " "))
_SIGNS_OF_BREAKAGE = ("â€", "Â", "ðŸ")


def repair(text: str) -> str:
    """Mends UTF-8 that was read as Windows-1252, up to three times over (TPL-08); sound text stays as it is."""
    for _ in range(3):
        mended = _BROKEN.sub(_mended, text)
        if mended == text:
            break
        text = mended
    for broken, right in _REMAINS:
        text = text.replace(broken, right)
    return text


def _mended(sequence: re.Match[str]) -> str:
    return bytes(_BYTE_OF[sign] for sign in sequence[0]).decode("utf-8", "ignore") or sequence[0]


def is_broken(text: str) -> bool:
    """Whether a text holds what TPL-08 forbids, or any other sequence that `repair` would mend."""
    return any(sign in text for sign in _SIGNS_OF_BREAKAGE) or _BROKEN.search(text) is not None


def faults(subject: str, body: str, *, required: Iterable[str], known: Iterable[str]) -> list[str]:
    """Why a text of the handbook cannot be kept, one sentence each; an empty one is a placeholder and may stay so.

    `required` are the variables it must hold, `known` all that can be filled beside them (TPL-01, TPL-03, TPL-08).
    """
    needed, whole = list(required), f"{subject}\n{body}"
    if is_broken(whole):
        return [f"The text holds broken characters. Repaired it would begin: {repair(whole).strip()[:60]}…"]
    try:
        check(whole, {*needed, *known})
    except WordingError as wrong:
        return [f"{str(wrong).capitalize()}."]
    lost = [f"{{{name}}}" for name in needed if body and name not in variables(whole)]
    return [f"The text must hold {', '.join(lost)}."] if lost else []


def without_cards(text: str) -> str:
    """A text in which numbers of credit cards are masked but for their last four digits (PAY-01, SYS-11)."""
    return _CARD.sub(_masked, text)


def _masked(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    return f"[card number ending in {digits[-4:]}]" if _ISSUED.fullmatch(digits) and _adds_up(digits) else found[0]


def _adds_up(number: str) -> bool:
    """Whether the last digit is the check digit of the others (Luhn)."""
    digits = [int(sign) for sign in reversed(number)]
    return (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0
