"""Taking over codenames that a company had before: whose label is whose, what fits, and what does not and why. Pure.

Whose a label is, its confidential description says, and Salesforce's "GitHub label". Where they leave a doubt nothing
is guessed: the row is shown with its reason, and a person settles it over there or here.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from accounts import codenames
from accounts.codenames import Prefix
from accounts.confidential import without_legal_form
from accounts.readings import folded

RETIRED: Final = re.compile(r"\s*retired\s*[:\u2013\u2014-]\s*", re.I)
DOMAIN: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.I)
SHORTEST_INSIDE: Final = 4  # letters of a name that is found inside a description


class Ask(StrEnum):
    """What asks for a look and speaks against nothing: a person may take such a row over by choosing it."""

    ONLY_PUBLIC = "only_public"
    ONLY_CONFIDENTIAL = "only_confidential"
    NOT_LISTED = "not_listed"
    BLOCKED = "blocked"
    SPELT = "spelt"
    NO_FIELD = "no_field"


class Block(StrEnum):
    """Why a row cannot be taken over before somebody has settled it."""

    NOBODY = "nobody"
    SEVERAL = "several"
    TWO_LABELS = "two_labels"
    TWICE = "twice"
    FIELD_DIFFERS = "field_differs"
    FIELD_ELSEWHERE = "field_elsewhere"
    HAS_ONE = "has_one"
    GIVEN = "given"
    HOLDS_NAME = "holds_name"
    NO_LABEL = "no_label"
    REAL_NAME = "real_name"


WORDS: Final[dict[StrEnum, str]] = {
    Ask.ONLY_PUBLIC: "Only in the public repository: the confidential label would be made",
    Ask.ONLY_CONFIDENTIAL: "Only in the confidential repository: the public label would be made",
    Ask.NOT_LISTED: "Its name is not in the list of minor planets",
    Ask.BLOCKED: "Its name is on the block list",
    Ask.SPELT: "Spelt otherwise than labels are made here: it would be renamed",
    Ask.NO_FIELD: "Salesforce has no label for the account: it would be set",
    Block.NOBODY: "Its description names nobody whom we know",
    Block.SEVERAL: "It fits several accounts",
    Block.TWO_LABELS: "Its account has two labels",
    Block.TWICE: "There are two labels of this name in one repository",
    Block.FIELD_DIFFERS: "Salesforce has another label for the account",
    Block.FIELD_ELSEWHERE: "Salesforce has this label at another account",
    Block.HAS_ONE: "The account has a codename already",
    Block.GIVEN: "The name was given already",
    Block.HOLDS_NAME: "The public label holds what nobody outside may know",
    Block.NO_LABEL: "No label can be made of its name",
    Block.REAL_NAME: "The account's name has signs that a label's description cannot carry",
}


@dataclass(frozen=True)
class There:
    """A label as it stands over there; `number` is that of our row about it."""

    number: int
    external_id: str
    name: str
    description: str
    holds_name: bool = False

    @property
    def prefix(self) -> Prefix:
        return Prefix(self.name.lower().partition("-")[0])

    @property
    def written(self) -> str:
        """What follows its prefix, as somebody has spelt it."""
        return self.name.partition("-")[2]

    @property
    def word(self) -> str:
        return codenames.letters(self.written)


@dataclass(frozen=True)
class Known:
    """An account: its name, other names, mail domains, and what Salesforce has as its label."""

    pk: int
    name: str
    aliases: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True)
class Books:
    """What is in our books already: names of the list, blocked ones, given ones, and accounts that have a codename."""

    listed: Collection[str] = ()
    blocked: Collection[str] = ()
    given: Collection[str] = ()
    named: Collection[int] = ()


@dataclass(frozen=True)
class Row:
    """One codename as it was found. It is known by the number of its confidential label, else of its public one."""

    public: There | None
    confidential: There | None
    account: Known | None = None
    several: tuple[Known, ...] = ()
    asks: tuple[Ask, ...] = ()
    blocks: tuple[Block, ...] = ()

    @property
    def there(self) -> There:
        found = self.confidential or self.public
        assert found is not None  # noqa: S101 - a row is made of at least one
        return found

    @property
    def labels(self) -> list[There]:
        return [label for label in (self.public, self.confidential) if label]

    @property
    def number(self) -> int:
        return self.there.number

    @property
    def word(self) -> str:
        return self.there.word

    @property
    def label(self) -> str:
        """As labels are made here."""
        return codenames.label(self.there.prefix, self.word)

    @property
    def is_retired(self) -> bool:
        return bool(self.confidential and RETIRED.match(self.confidential.description))

    @property
    def state(self) -> str:
        """Whether everything agrees, a person may decide, or it cannot be."""
        return "blocked" if self.blocks else "asks" if self.asks else "fits"

    @property
    def why(self) -> str:
        """What speaks against it; nobody's name is in it."""
        return ". ".join(WORDS[reason] for reason in (*self.blocks, *self.asks))


type Fields = dict[str, list[Known]]


# --- whose it is ------------------------------------------------------------------------------------------------------
@dataclass
class Matcher:
    """Finds the accounts that a description means: by the whole name, the name without its form, a domain, a part."""

    exact: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    plain: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    other: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    parts: dict[tuple[str, ...], set[int]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, accounts: Iterable[Known]) -> "Matcher":
        made = cls()
        for account in accounts:
            short = without_legal_form(account.name)
            made.exact[account.name.casefold().strip()].add(account.pk)
            made.plain[folded(short)].add(account.pk)
            made.parts[words_of(short)].add(account.pk)
            for other in (*account.aliases, *account.domains):
                made.other[other.casefold()].add(account.pk)
        return made

    def find(self, description: str) -> set[int]:
        """The accounts that fit best: none, one, or several when nothing tells them apart."""
        text = RETIRED.sub("", description, count=1).strip()
        if not text:
            return set()
        whole = self.exact.get(text.casefold()) or self.plain.get(folded(without_legal_form(text)))
        return whole or self.named_otherwise(text) or self.inside(words_of(text))

    def named_otherwise(self, text: str) -> set[int]:
        told = [text.casefold(), *(match.casefold() for match in DOMAIN.findall(text))]
        return set().union(*(self.other.get(each, set()) for each in told))

    def inside(self, words: tuple[str, ...]) -> set[int]:
        """Those whose whole name stands in it, the longest names only."""
        for length in range(min(len(words), max(map(len, self.parts), default=0)), 0, -1):
            found = [words[at : at + length] for at in range(len(words) - length + 1)]
            telling = [each for each in found if len("".join(each)) >= SHORTEST_INSIDE and each in self.parts]
            if telling:
                return set().union(*(self.parts[each] for each in telling))
        return set()


def words_of(text: str) -> tuple[str, ...]:
    """The words of a name in letters and digits."""
    return tuple(word for part in re.split(r"[^\w]+", text) if (word := folded(part)))


# --- the plan ---------------------------------------------------------------------------------------------------------
def plan(public: Iterable[There], confidential: Iterable[There], accounts: Sequence[Known], books: Books) -> list[Row]:
    """A row for each name among the labels, in the order of their names."""
    by_pk, matcher = {account.pk: account for account in accounts}, Matcher.of(accounts)
    fields = by_field(accounts)
    rows = [judged(matched(row, by_pk, matcher, fields), books, fields) for row in paired([*public], [*confidential])]
    return [*unambiguous(rows)]


def by_field(accounts: Iterable[Known]) -> Fields:
    """The accounts by what Salesforce has as their label; it may have one label at several."""
    found: Fields = defaultdict(list)
    for account in accounts:
        if account.label:
            found[account.label.lower()].append(account)
    return found


def paired(public: list[There], confidential: list[There]) -> Iterator[Row]:
    """One row a name; a second label of the name in one repository blocks it."""
    at = {place: by_word(labels) for place, labels in (("public", public), ("confidential", confidential))}
    for word in sorted({*at["public"], *at["confidential"]}):
        mine, theirs = at["public"].get(word, []), at["confidential"].get(word, [])
        twice = (Block.TWICE,) if max(len(mine), len(theirs)) > 1 else ()
        yield Row(next(iter(mine), None), next(iter(theirs), None), blocks=twice)


def by_word(labels: Iterable[There]) -> Mapping[str, list[There]]:
    found: dict[str, list[There]] = defaultdict(list)
    for label in labels:
        found[label.word].append(label)
    return found


def matched(row: Row, by_pk: Mapping[int, Known], matcher: Matcher, fields: Fields) -> Row:
    """The row with its account: by its description, else by Salesforce's field."""
    told = matcher.find(row.confidential.description) if row.confidential else set()
    found = [by_pk[pk] for pk in sorted(told)] or fields.get(row.there.name.lower(), [])
    if len(found) > 1:
        return replace(row, several=tuple(found), blocks=(*row.blocks, Block.SEVERAL))
    if not found:
        return replace(row, blocks=(*row.blocks, Block.NOBODY))
    return replace(row, account=found[0])


def judged(row: Row, books: Books, fields: Fields) -> Row:
    """The row with all that speaks against it."""
    return replace(
        row, blocks=(*row.blocks, *blocks_of(row, books, fields)), asks=() if not row.word else (*asks_of(row, books),)
    )


def blocks_of(row: Row, books: Books, fields: Fields) -> Iterator[Block]:
    if any(codenames.form_fault(label.written) for label in row.labels):
        yield Block.NO_LABEL
    if row.word in books.given:
        yield Block.GIVEN
    if row.public and row.public.holds_name:
        yield Block.HOLDS_NAME
    if row.account:
        yield from _blocks_of_account(row, row.account, books, fields)


def _blocks_of_account(row: Row, account: Known, books: Books, fields: Fields) -> Iterator[Block]:
    if account.pk in books.named and not row.is_retired:
        yield Block.HAS_ONE
    if account.label and account.label.lower() != row.there.name.lower() and not row.is_retired:
        yield Block.FIELD_DIFFERS
    if any(other.pk != account.pk for other in fields.get(row.there.name.lower(), [])):
        yield Block.FIELD_ELSEWHERE
    if codenames.real_name_fault(codenames.as_real_name(account.name)):
        yield Block.REAL_NAME


def asks_of(row: Row, books: Books) -> Iterator[Ask]:
    if row.confidential is None:
        yield Ask.ONLY_PUBLIC
    if row.public is None and not row.is_retired:
        yield Ask.ONLY_CONFIDENTIAL
    if row.word not in books.listed:
        yield Ask.NOT_LISTED
    if row.word in books.blocked:
        yield Ask.BLOCKED
    if any(label.name != row.label for label in row.labels) and not row.is_retired:
        yield Ask.SPELT
    if row.account and not row.account.label and not row.is_retired:
        yield Ask.NO_FIELD


def unambiguous(rows: Sequence[Row]) -> Iterator[Row]:
    """An account is known under one name: two rows of one account block each other."""
    counted = Counter(row.account.pk for row in rows if row.account and not row.is_retired)
    for row in rows:
        is_second = row.account and not row.is_retired and counted[row.account.pk] > 1
        yield replace(row, blocks=(*row.blocks, Block.TWO_LABELS)) if is_second else row
