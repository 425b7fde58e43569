"""What a correspondent wrote anew, without the mail they answered. Pure; bounded whatever the text.

mail-parser-reply finds the line "On … wrote:" in many languages, but its expressions take time with the square of long
lines, of blank lines and of lines that begin like such a header, so they see a text in which those are masked.
"""

import re

from mailparser_reply.parser import EmailMessage

# Not Polish: there one line such as "Data: 12" is enough for a header, which cuts off pasted logs.
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "da", "sv", "cs")
LINES_READ = 2_000
LINE_LIMIT = 200
HEADERS_READ = 20

_RULE = re.compile(r"[ \t]*[_-]{5,}[ \t]*")
_STARTS_A_HEADER = re.compile(
    r"[>\s*]{0,20}\[?(?:On|Am|Le|El|Op|Il|Den|Dne|Dnia|From|Sent|To|Subject|Date|Cc|CC|Von|Gesendet|An|Betreff|Datum"
    r"|Organi[sz]ation|De|Envoy|À|Objet|Enviado|Para|Asunto|Fecha|Da|Inviato|A|Oggetto|Data|Van|Verzonden|Aan|Onderwerp"
    r"|Od|Wys|Do|Temat|DW|Fra|Sendt|Til|Emne|Dato|Fr.n|Skickat|Till|.mne|Kopia|Odesl|Komu|P.edm|Original)\b",
    re.IGNORECASE,
)
_MAKES_A_HEADER = re.compile(
    r"wrote|schrieb|a écrit|escribió|schreef|ha scritto|skrev|napsal|napisał|nadesłał|[\w)]\s?:", re.IGNORECASE
)
# The library's own sign-offs would cut "Thanks, but it still fails" and a line that begins with "/var": ours stand
# alone on a line, with at most eight short lines after them.
_SIGN_OFF = re.compile(
    r"\n[ \t]*(?:--|(?:best|kind|warm|many)? ?(?:regards|wishes)|cheers|sincerely|thanks|thank you|all the best"
    r"|sent from my [^\n]{1,40}|get outlook for [^\n]{1,40}|mit freundlichen grüßen|viele grüße"
    r"|gesendet von [^\n]{1,40}|cordialement|bien à vous|envoyé depuis [^\n]{1,60})[ ,.!]*(?:\n[^\n]{0,80}){0,8}\s*\Z",
    re.IGNORECASE,
)
_NEVER = re.compile(r"(?!)")


def reply_of(text: str) -> str:
    """What the sender typed; all of the text where answers stand between quoted lines or nothing would be left."""
    whole = text.strip("\n").rstrip()
    lines = whole.split("\n")
    count, old = _in_two(_masked(lines[:LINES_READ]))
    if _answers_inside(old):
        return whole
    new = lines[: _place_of(lines, count)] if old else lines
    return _without_sign_off("\n".join(_without_quoted_end(new))) or whole


def _in_two(text: str) -> tuple[int, str]:
    """How many lines with words stand before the header of the mail they answered, and the rest of the text.

    A mail that begins with such a header is a forwarded one, which is all new.
    """
    message = EmailMessage(
        text=text, languages=list(LANGUAGES), keep_hyphen_lists=True, _signature_regex=_NEVER, _disclaimers_regex=_NEVER
    ).read()
    first = message.replies[0]
    if first.headers:
        return 0, ""
    return len(_told(first.content)), "\n".join(reply.full_body for reply in message.replies[1:])


def _told(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def _place_of(lines: list[str], count: int) -> int:
    """How many lines there are up to the one that is number `count` of those with words."""
    places = [number for number, line in enumerate(lines, start=1) if line.strip()]
    return places[count - 1] if count else 0


def _masked(lines: list[str]) -> str:
    """The lines, with a sign for each that could keep an expression busy: only their number matters afterwards."""
    found: list[str] = []
    headers = 0
    for number, line in enumerate(lines):
        like_a_header = _STARTS_A_HEADER.match(line) is not None
        keep = not like_a_header or (headers < HEADERS_READ and _could_be_header(lines, number))
        headers += like_a_header and keep
        if line.strip() or (number and lines[number - 1].strip()):
            found.append(line if keep and len(line) <= LINE_LIMIT and not _RULE.fullmatch(line) else _mask(line))
    return "\n".join(found)


def _mask(line: str) -> str:
    return "> ~" if line.lstrip().startswith(">") else "~" if line.strip() else ""


def _could_be_header(lines: list[str], number: int) -> bool:
    return _MAKES_A_HEADER.search(" ".join(line[:LINE_LIMIT] for line in lines[number : number + 3])) is not None


def _answers_inside(old: str) -> bool:
    """Whether words of the sender's own follow a quoted line."""
    quoted = [line.startswith(">") for line in _told(_without_sign_off(old))]
    return True in quoted and False in quoted[quoted.index(True) :]


def _without_quoted_end(lines: list[str]) -> list[str]:
    """Cuts quoted lines at the end, the line that says whose they are, in whatever language, and a rule before it."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or _RULE.fullmatch(lines[end - 1])):
        end -= 1
    lines = lines[:end]
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith(">")):
        end -= 1
    if not any(line.strip() for line in lines[end:]):
        return lines
    attribution = lines[end - 1].rstrip() if end else ""
    named = attribution.endswith(":") and (
        _STARTS_A_HEADER.match(attribution) or re.search(r"[0-9@]", attribution[:1_000])
    )
    return lines[: end - 1] if named else lines[:end]


def _without_sign_off(text: str) -> str:
    """Looks at the last nine lines alone, so that a long text costs no more than a short one."""
    lines = text.rstrip().split("\n")
    end = _SIGN_OFF.sub("", "\n" + "\n".join(lines[-9:]))
    return ("\n".join(lines[:-9]) + end).strip()
