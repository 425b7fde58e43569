"""A raw mail taken apart into header lines and MIME parts, tolerantly. Pure; never raises whatever the bytes.

The standard library's parser recurses once per nested part, reads each line once per level, and writes an enclosed
message anew. Here the depth, the number of parts and the bytes looked at are bounded, and an enclosed message stays
byte for byte what it was.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from support.mail_words import decoded, plain, text_of, words

HEAD_LIMIT = 256 * 1024
HEADER_LIMIT = 500
VALUE_LIMIT = 8_000
DEPTH_LIMIT = 60
PART_LIMIT = 200
SCAN_LIMIT = 1_000_000_000
BODY_LIMIT = 4_000_000

_LINE_END = re.compile(rb"\r?\n")
_BLANK_LINE = re.compile(rb"\n\r?\n")
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_PARAMETER = re.compile(r';\s*([^\s=;"]{1,60})\s*=\s*("(?:[^"\\]|\\.)*"?|[^;"]*)')
_PIECE_NAME = re.compile(r"([^*]+)(?:\*([0-9]{1,3}))?(\*)?")


@dataclass(frozen=True, slots=True)
class Headers:
    """The header lines of a part, unfolded, in order. A value holds one character per byte until `words` reads it."""

    pairs: tuple[tuple[str, str], ...] = ()

    def all(self, name: str) -> list[str]:
        """Every value under a name, topmost first."""
        return [value for key, value in self.pairs if key == name]

    def get(self, name: str) -> str:
        """The topmost value under a lower-case name, or an empty one."""
        return next((value for key, value in self.pairs if key == name), "")


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf of a mail. `alternative` numbers the multipart/alternative it stands in, 0 for none."""

    headers: Headers
    body: bytes
    content_type: str
    parameters: dict[str, str]
    disposition: str
    file_name: str
    alternative: int = 0

    @property
    def content(self) -> bytes:
        """The body without its transfer encoding; broken base64 gives what can be read of it."""
        return decoded(self.body, self.headers.get("content-transfer-encoding"))

    @property
    def text(self) -> str:
        """The content as text with plain line ends, whatever charset it claims; at most 4 MB of it are read."""
        content = self.content
        if len(content) > BODY_LIMIT:
            content = content[: content.rfind(b"\n", 0, BODY_LIMIT) + 1 or BODY_LIMIT]
        return plain(text_of(content, self.parameters.get("charset", "")))


@dataclass(frozen=True, slots=True)
class Parts:
    """The leaves of a mail in order, how many more there were, and the headers of the mail itself."""

    headers: Headers
    leaves: tuple[Part, ...]
    dropped: int


@dataclass(slots=True)
class _Walk:
    """What a walk through the parts has seen so far."""

    leaves: list[Part]
    dropped: int = 0
    scanned: int = 0
    alternatives: int = 0


def take_apart(raw: bytes) -> Parts:
    """The leaves of a mail, depth first. Below 60 levels a part stays closed; from the 201st on parts are counted."""
    headers, body = split(raw)
    walk = _Walk([])
    waiting = [(_part(headers, body, "text/plain", 0), 0)]
    while waiting:
        part, depth = waiting.pop()
        inner = _children(part, depth, walk)
        if inner is None:
            _keep(part, walk)
        else:
            waiting += [(child, depth + 1) for child in reversed(inner)]
    return Parts(headers, tuple(walk.leaves), walk.dropped)


def _keep(part: Part, walk: _Walk) -> None:
    if len(walk.leaves) < PART_LIMIT:
        walk.leaves.append(part)
    else:
        walk.dropped += 1


def _children(part: Part, depth: int, walk: _Walk) -> list[Part] | None:
    """The parts inside a multipart; None for a leaf and for a multipart that cannot or must not be opened."""
    boundary = part.parameters.get("boundary", "").rstrip()
    if not part.content_type.startswith("multipart/") or not boundary or depth >= DEPTH_LIMIT:
        return None
    walk.scanned += len(part.body)
    if walk.scanned > SCAN_LIMIT:
        return None
    pieces, dropped = _between(part.body, boundary.encode("latin-1", "replace"))
    walk.dropped += dropped
    if part.content_type == "multipart/alternative":
        walk.alternatives += 1
    group = walk.alternatives if part.content_type == "multipart/alternative" else part.alternative
    default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
    return [_part(*split(piece), default, group) for piece in pieces] or None


def _between(body: bytes, boundary: bytes) -> tuple[list[bytes], int]:
    """What stands between the boundary lines, at most 200 pieces, and the number of those left out."""
    pieces: list[bytes] = []
    begun = -1
    for start, end, last in _boundary_lines(b"\n" + body, boundary):
        if begun >= 0:
            pieces.append(body[begun : max(begun, start - 1)].removesuffix(b"\r"))
        begun = end - 1
        if last or len(pieces) == PART_LIMIT:
            break
    else:
        pieces += [body[begun:]] if begun >= 0 else []
    left_out = body.count(b"\n--" + boundary, begun) if len(pieces) == PART_LIMIT else 0
    return pieces, left_out


def _boundary_lines(body: bytes, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
    """(the line end before it, the start of what follows, whether it closes) of each boundary line."""
    mark = b"\n--" + boundary
    start = body.find(mark)
    while start >= 0:
        line_end = body.find(b"\n", start + len(mark))
        end = line_end + 1 if line_end >= 0 else len(body)
        rest = body[start + len(mark) : min(end, start + len(mark) + 200)].strip()
        if rest in (b"", b"--"):
            yield start, end, rest == b"--"
        start = body.find(mark, end - 1 if line_end >= 0 else end)


def _part(headers: Headers, body: bytes, default: str, alternative: int) -> Part:
    content_type, parameters = parameterized(headers.get("content-type") or default)
    disposition, named = parameterized(headers.get("content-disposition"))
    kind = content_type if re.fullmatch(r"[!-.0-~]{1,100}/[!-.0-~]{1,100}", content_type) else "text/plain"
    name = named.get("filename") or parameters.get("name", "")
    return Part(headers, body, kind, parameters, disposition, name, alternative)


def split(raw: bytes) -> tuple[Headers, bytes]:
    """Headers and body. Bytes that do not begin with a header line are all body."""
    blank = _BLANK_LINE.search(b"\n" + raw[:HEAD_LIMIT])
    if blank:
        return _headers(raw[: max(blank.start() - 1, 0)]), raw[blank.end() - 1 :]
    headers = _headers(raw[:HEAD_LIMIT])
    if not headers.pairs:
        return headers, raw
    late = _BLANK_LINE.search(raw, HEAD_LIMIT)
    return headers, raw[late.end() :] if late else b""


def _headers(head: bytes) -> Headers:
    """Unfolds header lines; a line that is neither a field nor its continuation is left out."""
    fields: list[tuple[str, list[bytes]]] = []
    for line in _LINE_END.split(head):
        field = _FIELD.match(line)
        if field and len(fields) < HEADER_LIMIT:
            fields.append((field[1].decode("ascii").lower(), [line[field.end() :]]))
        elif fields and line[:1] in (b" ", b"\t"):
            fields[-1][1].append(line)
    return Headers(tuple((name, _unfolded(lines)) for name, lines in fields))


def _unfolded(lines: Iterable[bytes]) -> str:
    value = b" ".join(line.strip() for line in lines)[:VALUE_LIMIT]
    return value.translate(None, b"\0\r").strip().decode("latin-1")


def parameterized(value: str) -> tuple[str, dict[str, str]]:
    """A value such as `text/plain; charset=x; name*0*=…`: its main word, its parameters (RFC 2231 or encoded words)."""
    main = value.partition(";")[0].strip().lower()
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, given in _PARAMETER.findall(value):
        _file_away(pieces, name.lower(), _unquoted(given.strip()))
    return main, {name: _joined(found) for name, found in pieces.items()}


def _file_away(pieces: dict[str, dict[int, tuple[str, bool]]], name: str, given: str) -> None:
    """Sorts `name`, `name*`, `name*1` and `name*1*` under `name`; -1 is the plain one, used when there is no other."""
    found = _PIECE_NAME.fullmatch(name)
    if found:
        number = int(found[2] or 0) if found[2] or found[3] else -1
        pieces.setdefault(found[1], {}).setdefault(number, (given, bool(found[3])))


def _joined(found: dict[int, tuple[str, bool]]) -> str:
    numbered = [found[number] for number in sorted(found) if number >= 0]
    if not numbered:
        return words(found[-1][0])
    charset, data = "", b""
    for number, (given, encoded) in enumerate(numbered):
        if encoded and number == 0 and given.count("'") > 1:
            charset, _, given = given.split("'", 2)
        data += unquote_to_bytes(given) if encoded else given.encode("latin-1", "replace")
    return words(text_of(data, charset).encode("utf-8", "replace").decode("latin-1"))


def _unquoted(given: str) -> str:
    if not given.startswith('"'):
        return given
    return re.sub(r"\\(.)", r"\1", given[1:].removesuffix('"'))
