"""What a bug report says: the words to look for others like it, and its text in the order of a template. Pure.

Nothing here knows whose ticket it is. What everybody will read is scanned afterwards (BUG-14).
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from support import details

TEMPLATE: Final = ".github/ISSUE_TEMPLATE/bug-report.md"  # BUG-07, unless the handbook names another
NEW: Final = "https://github.com/{repo}/issues/new"
LONGEST_TITLE: Final = 256

type Sections = Mapping[str, str]

# What our own order is, and what each part is called where no template names it.
OWN: Final[dict[str, str]] = {
    **details.REQUIRED,
    "steps": "Steps to reproduce",
    "recording": "Recording",
    "more": "More details",
}
# A heading of a template belongs to the first part whose words it holds.
SLOTS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (part, re.compile(words, re.IGNORECASE))
    for part, words in (
        ("steps", r"reproduc|\bsteps\b"),
        ("expected", r"expect"),
        ("actual", r"actual|what happen|observed"),
        ("web_browser", r"browser"),
        ("operating_system", r"operating system|\bos\b"),
        ("agent_version", r"\bagent|osquery"),
        ("recording", r"recording|video"),
        ("more", r"more info|more detail|additional|context|anything else"),
        ("server_version", r"version"),
    )
)
COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
FRONT_MATTER: Final = re.compile(r"\A\s*---\s*\n.*?\n---\s*(?:\n|\Z)", re.DOTALL)
HEADING: Final = re.compile(r"#{1,6}\s+\S.*|\*\*[^*]+\*\*\s*:?\s*|\*\*[^*]+:\*\*\s*")


# --- words to look for ------------------------------------------------------------------------------------------------
EMPTY_WORDS: Final = frozenset(
    """a about after again all also an and any are as at be because been but by can cannot could did do does for from
    get gets getting had has have hello hey hi how if in into is it its just me my no not of on or our please re since
    so some than that the their them then there these they this to up us was we were what when where which while who
    why will with would you your fwd fw problem issue question help urgent""".split()  # noqa: SIM905 - easier to read
)
WORD: Final = re.compile(r"[^\W_][\w.+#-]*[\w+#]|[^\W_]")
MOST_WORDS, LONGEST_WORDS, PHRASINGS = 3, 120, 4


def phrasings(subject: str, given: Mapping[str, str]) -> list[str]:
    """Several ways to look for the same thing: as the customer put it, by its telling words, by what happens (BUG-01).

    At most four, the most literal first, none twice.
    """
    plain = re.sub(r"(?i)^\s*(?:(?:re|fwd?|aw|wg)\s*:\s*)+", "", subject).strip()[:LONGEST_WORDS].strip()
    ways = [plain, telling(plain), telling(given.get("actual", "")), telling(given.get("expected", ""))]
    return list(dict.fromkeys(" ".join(way.split()) for way in ways if way.strip()))[:PHRASINGS]


def telling(text: str) -> str:
    """The words of the first sentence that say most: the longest, in their order."""
    first = re.split(r"[.!?\n]\s", text.strip(), maxsplit=1)[0]
    words = [word for word in WORD.findall(first) if len(word) > 2 and word.lower() not in EMPTY_WORDS]
    kept = sorted(dict.fromkeys(words), key=len, reverse=True)[:MOST_WORDS]
    return " ".join(word for word in dict.fromkeys(words) if word in kept)[:LONGEST_WORDS]


# --- the text ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Shown:
    """A report as everybody will read it; `digest` names exactly this text in this repository with these labels."""

    repo: str
    title: str
    body: str
    labels: tuple[str, ...]

    @property
    def digest(self) -> str:
        said = json.dumps([self.repo, self.title, self.body, *self.labels])
        return hashlib.sha256(said.encode()).hexdigest()


def sections(
    given: Mapping[str, str], *, steps: str, reproduced: bool, recording: str = "", more: str = ""
) -> Sections:
    """What there is to say, by part; what nobody has filled is not there (BUG-05)."""
    extra = [
        f"- {label}: {given[code].strip()}" for code, label in details.OPTIONAL.items() if given.get(code, "").strip()
    ]
    said = {
        **{code: given.get(code, "").strip() for code in details.REQUIRED},
        "steps": steps.strip()
        if reproduced
        else f"We could not reproduce it. What was done when it happened:\n\n{steps.strip()}",
        "recording": recording.strip(),
        "more": "\n\n".join(part for part in (more.strip(), "\n".join(extra)) if part),
    }
    return {part: text for part, text in said.items() if text}


def body(said: Sections, template: str, marker: str) -> str:
    """The parts under the headings of the template, in its order; what it has no place for follows in ours."""
    placed, blocks = set[str](), list[str]()
    for heading, part in slots(template):
        if part in said and part not in placed:
            placed.add(part)
            blocks.append(f"{heading}\n{said[part]}" if heading.startswith("#") else _labelled(heading, said[part]))
    blocks += [f"### {OWN[part]}\n{text}" for part, text in said.items() if part not in placed]
    return "\n\n".join([*blocks, hidden(marker)])


def _labelled(heading: str, text: str) -> str:
    return f"{heading} {text}" if "\n" not in text else f"{heading}\n\n{text}"


def slots(template: str) -> Iterator[tuple[str, str]]:
    """(heading as it stands, part that belongs there) of a template in Markdown; headings of nothing are left out."""
    plain = COMMENT.sub("", FRONT_MATTER.sub("", template.replace("\r\n", "\n")))
    for line in plain.split("\n"):
        if heading := HEADING.match(line.strip()):
            found = heading[0].strip()
            if part := next((part for part, words in SLOTS if words.search(found)), ""):
                yield found, part


def hidden(marker: str) -> str:
    """What nobody reads: by it an issue is found whose making was never answered."""
    return f"<!-- report {marker} -->"


def prefilled(repo: str, labels: Iterable[str], title: str = "", template: str = TEMPLATE) -> str:
    """GitHub's own form, prefilled: where the API cannot be used, a person files with it (BUG-07)."""
    asked = {"labels": ",".join(labels), "template": template.rpartition("/")[2]} | ({"title": title} if title else {})
    return f"{NEW.format(repo=repo)}?{urlencode(asked, safe=':,')}"


# --- what was found in it ---------------------------------------------------------------------------------------------
def parts(text: str, marks: Sequence[tuple[int, int, str]]) -> list[tuple[str, str]]:
    """A text cut where something confidential stands: (piece, kind), kind "" for what may be read by everybody."""
    pieces, at = list[tuple[str, str]](), 0
    for start, end, kind in sorted(marks):
        pieces += [(text[at:start], ""), (text[start:end], kind)]
        at = end
    return [piece for piece in [*pieces, (text[at:], "")] if piece[0]]
