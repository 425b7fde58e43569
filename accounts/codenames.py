"""Codenames: the form of their labels, what makes a name fitting, and the lists they are chosen from (COD-03, COD-09).

A codename is the name of a numbered minor planet. Its label is a prefix and the name's letters, in lower case and
without accents: a comma, an apostrophe or a "+" in a label breaks searches on the other side.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from html import unescape
from typing import Final
from urllib.parse import urlencode

LONGEST_LABEL: Final = 50  # characters, as GitHub takes them
LONGEST_DESCRIPTION: Final = 100
RETIRED: Final = "Retired: "
LONGEST_REAL_NAME: Final = LONGEST_DESCRIPTION - len(RETIRED)
NEUTRAL: Final = "A codename"  # what the public label says; it tells nothing, so that it cannot tell too much
COLOUR: Final = "bfd4f2"  # never C2E0C6: labels of that green are taken away by the company's own bot
SEARCH: Final = "https://github.com/search"
SHORTEST, ALIKE_FROM = 3, 5  # letters of a name; letters from which one letter more, less or other is "much like it"
# Words that labels of every kind are made of: a codename that is one of them would be found in all of them.
WORDS_OF_LABELS: Final = (
    "customer prospect codename bug story release released unreleased investigate incoming reproduce feature request "
    "promise product help critical timebox blocker task question duplicate security documentation website sales"
)
# Letters that no accent makes: they are written out as their own languages do.
WRITTEN_OUT: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ð": "d", "þ": "th", "ł": "l", "đ": "d", "ħ": "h", "\u0131": "i"}
)
IGNORED: Final = re.compile(
    r"[\s'`\u00b4\u2018\u2019\u02bb\u02bc.\-\u2010\u2011\u2013]"
)  # what separates parts of a name


class Prefix(StrEnum):
    """What a label begins with: the account buys already, or may (COD-09)."""

    CUSTOMER = "customer"
    PROSPECT = "prospect"


@dataclass(frozen=True, order=True)
class Planet:
    """A named minor planet of the Minor Planet Center's list."""

    number: int
    name: str


class Unreadable(ValueError):
    """A list of minor planets in which no name was found, or one that contradicts itself."""


# --- labels -----------------------------------------------------------------------------------------------------------
def letters(name: str) -> str:
    """A name as labels and comparisons have it: "O'Djezaïr-Carola" is "odjezaircarola"."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(WRITTEN_OUT))
    return "".join(sign for sign in plain if "a" <= sign <= "z")


def label(prefix: str, name: str) -> str:
    """The label of a codename. Raises ValueError for a name that makes none of at most fifty characters."""
    word = letters(name)
    made = f"{Prefix(prefix)}-{word}"
    if not word or len(made) > LONGEST_LABEL:
        raise ValueError(f"No label of at most {LONGEST_LABEL} characters can be made of this name.")
    return made


def as_real_name(name: str) -> str:
    """An account's name, cut to what a label's description takes."""
    return name[:LONGEST_REAL_NAME].rstrip()


def real_name_fault(text: str) -> str:
    """Why a real name cannot stand in the confidential label's description; "" when it can."""
    if not text.strip():
        return "Say whose codename it is."
    if len(text) > LONGEST_REAL_NAME:
        return f"At most {LONGEST_REAL_NAME} characters: a label's description takes no more. Write it shorter."
    if any(ord(sign) > 0xFFFF or not sign.isprintable() for sign in text):
        return "Only plain characters: a label's description takes no line breaks and no pictures."
    return ""


def description(real_name: str, *, retired: bool) -> str:
    """What the confidential label says: whose codename it is, and whether it still is (COD-05, R11)."""
    return f"{RETIRED}{real_name}" if retired else real_name


# --- fitting names ----------------------------------------------------------------------------------------------------
def form_fault(name: str) -> str:
    """Why no label can be made of a name; "" when one can."""
    strange = [sign for sign in IGNORED.sub("", name) if not letters(sign)]
    if strange:
        return "It has signs that a label cannot carry."
    if len(letters(name)) < SHORTEST:
        return f"It has fewer than {SHORTEST} letters: it would be found in too many words."
    if len(letters(name)) + len(Prefix.CUSTOMER) + 1 > LONGEST_LABEL:
        return f"Its label would be longer than {LONGEST_LABEL} characters."
    return ""


@dataclass(frozen=True)
class Reserved:
    """Words that a codename must not be, and those that it must not even be much like."""

    same: frozenset[str]
    near: frozenset[str]

    @classmethod
    def of(cls, near: Iterable[str], same: Iterable[str] = ()) -> "Reserved":
        """From names that it must not be like, and names that it must only not be; each whole, and word by word."""
        close = frozenset(word for name in near for word in words_of(name))
        words = close.union(word for name in same for word in words_of(name))
        return cls(words, frozenset(part for word in close if len(word) >= ALIKE_FROM for part in shortened(word)))

    def has(self, name: str) -> bool:
        """Whether a name is one of the words, or has them but for one letter."""
        word = letters(name)
        if word in self.same:
            return True
        return len(word) >= ALIKE_FROM and not self.near.isdisjoint(shortened(word))


def words_of(name: str) -> Iterator[str]:
    """A name in letters: as a whole, and each of its words that is long enough to be recognised."""
    parts = [letters(part) for part in re.split(r"[\W_]+", name)]
    yield from (word for word in (letters(name), *parts) if len(word) >= SHORTEST)


def shortened(word: str) -> Iterator[str]:
    """A word, and it without one of its letters: two words share one of these when one letter is all that differs."""
    yield word
    yield from (word[:at] + word[at + 1 :] for at in range(len(word)))


# --- lists of minor planets -------------------------------------------------------------------------------------------
HTML: Final = re.compile(r"<(?:!doctype|html|body|pre|table|a)\b", re.I)
# Tags that end a line; all others stand inside one, as a link around a number does.
ENDS: Final = re.compile(r"<\s*/?\s*(?:br|p|div|li|tr|h\d|pre|ul|ol|table|hr|dt|dd)\b[^>]*>", re.I)
CELL: Final = re.compile(r"<\s*/?\s*t[dh]\b[^>]*>", re.I)
HIDDEN: Final = re.compile(r"<(script|style|head)\b.*?</\1\s*>|<!--.*?-->", re.I | re.S)
TAG: Final = re.compile(r"<[^>]*>")
NUMBERED: Final = re.compile(r"\(\s*(\d{1,7})\s*\)[^\S\n]*([^\n(]*)")
PROVISIONAL: Final = re.compile(r"\d{4}\s[A-Z]{2}\d*\Z|\d{4}\s[PT]-[L123]\Z")
LONGEST_NAME: Final = 60


def read(text: str) -> list[Planet]:
    """Names from the list's HTML page, its "(number) name" text, or CSV with number,name. Raises Unreadable."""
    text = text.removeprefix("\ufeff")
    found = planets_of_page(text) if HTML.search(text[:4096]) else planets_of_text(text)
    return consistent(found or planets_of_csv(text))


def planets_of_page(html: str) -> list[Planet]:
    """The names of the HTML page."""
    lines = ENDS.sub("\n", HIDDEN.sub("", html))
    return planets_of_text(unescape(TAG.sub("", CELL.sub(" ", lines))))


def planets_of_text(text: str) -> list[Planet]:
    """The names of a text in which each follows its number in brackets; several may stand on a line."""
    return list(_named((match[1], match[2]) for match in NUMBERED.finditer(text)))


def planets_of_csv(text: str) -> list[Planet]:
    """The names of a table whose first columns are number and name; other lines are no names."""
    rows = csv.reader(text.splitlines())
    return list(_named((row[0], row[1]) for row in rows if len(row) > 1 and row[0].strip().isdecimal()))


def _named(pairs: Iterable[tuple[str, str]]) -> Iterator[Planet]:
    """Those of the pairs that are a number and a name; bodies with a provisional designation only have none."""
    for number, written in pairs:
        name = " ".join(unicodedata.normalize("NFC", written).split())
        if name and len(name) <= LONGEST_NAME and len(number) < 9 and not PROVISIONAL.match(name):
            yield Planet(int(number), name)


def consistent(found: list[Planet]) -> list[Planet]:
    """The names by number, each once. Raises Unreadable for none, and for two names with one number."""
    if not found:
        raise Unreadable("No minor planet is named in it: expected “(1) Ceres”, or number,name as CSV.")
    by_number = {planet.number: planet for planet in found}
    contradictions = sorted({planet.number for planet in found if by_number[planet.number] != planet})
    if contradictions:
        raise Unreadable(f"Two names with one number: {', '.join(map(str, contradictions[:5]))}.")
    return sorted(by_number.values())


# --- searches ---------------------------------------------------------------------------------------------------------
def search_url(repository: str, *labels: str) -> str:
    """GitHub's own search for issues of one repository that carry all of these labels (COD-06, COD-08)."""
    terms = [f"repo:{repository}", *(f'label:"{name}"' for name in labels)]
    return f"{SEARCH}?{urlencode({'type': 'issues', 'q': ' '.join(terms)})}"
