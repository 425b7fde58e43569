"""What must never be read by everybody: the scan, and the only maker of text for the public (COD-05, BUG-02).

A text is looked at as it stands and as it reads when it is decoded. Names are compared letter by letter, without case,
accents and whatever stands between the letters. What is found is told as a place and a kind, never as the name.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from accounts.readings import Reading, folded, readings, squeezed
from fleetcs.clients.github import PublicText

LEGAL_FORMS: Final = """
    ab ag as asa bhd bv co company corp corporation ev gbr gmbh group holding holdings inc incorporated kg kgaa limited
    llc llp ltd mbh nv oy oyj plc pte pty sa sarl sas se sl spa srl sro ug
"""
# First words of companies that say nothing of which company it is.
GENERIC_WORDS: Final = """
    advanced african american arctic atlantic british canadian central century chinese citizens coastal community
    consolidated continental digital eastern european federal financial first french general german global imperial
    industrial innovative insurance integrated international japanese metropolitan modern mutual national northern
    pacific premier public regional royal science security service software southern standard state systems technology
    united universal university western
"""
LEGAL, GENERIC = frozenset(LEGAL_FORMS.split()), frozenset(GENERIC_WORDS.split())
KEY: Final = 4  # letters by which words are found; shorter ones are their own key
SHORTEST, TELLING, ANYWHERE = 3, 6, 8  # letters: of any word, of a first word alone, of one found inside other words


@dataclass(frozen=True, order=True)
class Mark:
    """Where in a text something confidential stands, and of what kind: `text[start:end]`."""

    start: int
    end: int
    kind: str


class Confidential(Exception):
    """A text that everybody could read holds what nobody outside may know; it says where, and never what."""

    def __init__(self, marks: list[Mark]) -> None:
        self.marks = marks
        super().__init__(", ".join(f"{mark.kind} at {mark.start} to {mark.end}" for mark in marks))


# --- the private word list --------------------------------------------------------------------------------------------
@dataclass
class Words:
    """What is looked for, by its first letters."""

    by_beginning: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    seen: set[str] = field(default_factory=set)

    def add(self, kind: str, *texts: str) -> None:
        """Look for these from now on; what is too short to be recognised is left out."""
        for text in texts:
            word = folded(text)
            if word not in self.seen and len(word) >= (2 if any(sign.isdigit() for sign in word) else SHORTEST):
                self.seen.add(word)
                self.by_beginning[word[:KEY]].append((word, kind))

    def add_account(self, name: str) -> None:
        """A company, with and without its legal form, and by its first word when that one tells."""
        short = without_legal_form(name)
        self.add("account", name, short)
        first = short.split()[0] if short.split() else ""
        if len(folded(first)) >= TELLING and folded(first) not in GENERIC:
            self.add("account", first)

    def add_person(self, name: str, *addresses: str) -> None:
        """A person, either name first, and their addresses."""
        parts = name.split()
        if len(parts) > 1:
            self.add("contact", name, " ".join([parts[-1], *parts[:-1]]), f"{parts[0]} {parts[-1]}")
        self.add("address", *addresses)

    def add_domain(self, domain: str) -> None:
        """A domain, and the name in it."""
        self.add("domain", domain)
        inner = domain.rpartition(".")[0]
        if len(folded(inner)) >= TELLING and folded(inner) not in GENERIC:
            self.add("domain", inner)

    def add_number(self, number: str) -> None:
        """A telephone number, in whatever groups it is written, and without what is dialled before it."""
        if len(folded(number)) >= ANYWHERE - 1:
            self.add("phone", number, folded(number)[-ANYWHERE:])

    @classmethod
    def of_account(cls, name: str) -> "Words":
        """What one company is called."""
        words = cls()
        words.add_account(name)
        return words

    def at(self, signs: str, start: int) -> Iterator[tuple[str, str]]:
        """The words, with their kinds, that stand in `signs` from `start` on."""
        for length in range(2, KEY + 1):
            for word, kind in self.by_beginning.get(signs[start : start + length], ()):
                if signs.startswith(word, start):
                    yield word, kind


def without_legal_form(name: str) -> str:
    """A company's name without what its register adds: "Brook Foods, Inc." is "Brook Foods"."""
    parts = re.split(r"[\s,]+", name.strip())
    while len(parts) > 1 and folded(parts[-1]) in LEGAL | {""}:
        parts.pop()
    return " ".join(parts)


# --- the scan ---------------------------------------------------------------------------------------------------------
# What is confidential by its form alone: keys, tokens and passwords, and addresses of records in our own systems.
FORMS: Final = (
    ("key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("key", re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?")),
    ("key", re.compile(r"\b(?:gh[pousr]_|github_pat_|xox[abeprs]-|AKIA|ASIA|sk_live_|glpat-)[A-Za-z0-9_-]{10,}")),
    ("key", re.compile(r"(?i)\b(?:api[_ -]?key|secret|token|passw(?:or)?d)\b[\"']?\s*[:=]\s*[\"']?[^\s\"'<>]{8,}")),
    ("key", re.compile(r"\b(?=[A-Za-z0-9]*[a-z])(?=[A-Za-z0-9]*[A-Z])(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{32,}\b")),
    (
        "link",
        re.compile(r"(?i)https?://[a-z0-9.-]+\.(?:lightning\.force|my\.salesforce|salesforce|slack|zendesk)\.com\S*"),
    ),
    ("link", re.compile(r"(?i)https?://(?:app|[a-z0-9-]+)\.(?:gong|unthread)\.io\S*")),
)


def marks(text: str, words: Words, *, formed: bool = True) -> list[Mark]:
    """Every place in a text where something confidential stands, in whatever form; overlapping ones are one.

    Without `formed` only words of the list count, not what is confidential by its form.
    """
    forms = _formed if formed else lambda reading: ()
    found = {mark for reading in readings(text) for mark in (*_named(reading, words), *forms(reading))}
    return _merged(sorted(found))


def public(text: str, words: Words) -> PublicText:
    """A text that everybody may read. Raises Confidential, with the places, for one that holds what nobody may."""
    if found := marks(text, words):
        raise Confidential(found)
    return PublicText(text)


def _formed(reading: Reading) -> Iterator[Mark]:
    for kind, form in FORMS:
        for match in form.finditer(reading.text):
            yield _mark(reading, match.start(), match.end(), kind)


def _named(reading: Reading, words: Words) -> Iterator[Mark]:
    """Words of the list, whatever stands between their letters; short ones only where a word begins and ends."""
    signs, at = squeezed(reading.text)
    for start in range(len(signs) - 1):
        for word, kind in words.at(signs, start):
            end = start + len(word)
            if _stands_alone(reading.text, at, start, end, word):
                yield _mark(reading, at[start], at[end - 1] + 1, kind)


def _stands_alone(text: str, at: list[int], start: int, end: int, word: str) -> bool:
    """Whether a find is a word, or words, of its own; a long one in one piece, or a number in groups, need not be."""
    gaps = at[end - 1] - at[start] + 1 - len(word)
    if len(word) >= ANYWHERE and (gaps <= 0 or (word.isdecimal() and gaps <= len(word))):
        return True
    return gaps <= 3 * len(word) and _begins(text, at[start]) and _ends(text, at[end - 1] + 1)


def _begins(text: str, at: int) -> bool:
    before = text[at - 1] if at else " "
    return not before.isalnum() or (before.islower() and text[at].isupper()) or before.isdigit() != text[at].isdigit()


def _ends(text: str, at: int) -> bool:
    if at >= len(text) or not text[at].isalnum():
        return True
    last, after = text[at - 1], text[at]
    return (last.islower() and after.isupper()) or last.isdigit() != after.isdigit() or _is_genitive(text, at)


def _is_genitive(text: str, at: int) -> bool:
    """Whether only an "s" follows: "Brooks servers" are Brook's."""
    return text[at] in "sS" and (at + 1 >= len(text) or not text[at + 1].isalnum())


def _mark(reading: Reading, start: int, end: int, kind: str) -> Mark:
    spans = reading.spans[start:end]
    return Mark(min(span[0] for span in spans), max(span[1] for span in spans), kind)


def _merged(found: Iterable[Mark]) -> list[Mark]:
    kept: list[Mark] = []
    for mark in found:
        if kept and mark.start < kept[-1].end:
            last = kept.pop()
            mark = Mark(last.start, max(last.end, mark.end), last.kind)
        kept.append(mark)
    return kept
