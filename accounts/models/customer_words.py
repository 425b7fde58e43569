"""What one customer may not read: other customers, every codename, inner addresses, keys (R11, BUG-06)."""

from collections.abc import Callable
from typing import Final

from django.conf import settings

from accounts import confidential
from accounts.answers import named
from accounts.codenames import Prefix, label
from accounts.confidential import Mark, Words
from accounts.models.account import Account
from accounts.models.codename import Codename
from accounts.models.private_words import private_words

NOBODYS: Final = frozenset({"codename", "key", "link"})  # kinds that no customer may read, not even about themselves


def marks_for(text: str, account: Account) -> list[Mark]:
    """Where something stands in a text that this customer may not read, in order and apart from one another.

    What is their own too is theirs to read: a name that begins like another company's, a domain, a colleague.
    """
    return _marks(text, _own(account), private_words(), confidential.marks)


def names_for(text: str, account: Account | None) -> list[Mark]:
    """The same of names alone, for whoever answers: other customers, every codename. People are too many to warn of."""
    own = Words.of_account(account.name) if account else Words()
    return _marks(text, own, _customers(), named)


def _marks(text: str, own: Words, books: Words, scan: Callable[[str, Words], list[Mark]]) -> list[Mark]:
    mine = [mark for mark in scan(text, own) if mark.kind not in NOBODYS]
    others = (mark for mark in scan(text, books) if not _is_within(mark, mine))
    return apart([*scan(text, _never()), *others])


def _is_within(mark: Mark, mine: list[Mark]) -> bool:
    return mark.kind not in NOBODYS and any(one.start <= mark.start and mark.end <= one.end for one in mine)


def apart(marks: list[Mark]) -> list[Mark]:
    """Marks in order; of those that overlap, the first."""
    kept: list[Mark] = []
    for mark in sorted(marks):
        if not kept or mark.start >= kept[-1].end:
            kept.append(mark)
    return kept


def _never() -> Words:
    """Every codename, as a word and as a label, and the repository that no customer can open."""
    words = Words()
    for word in Codename.objects.order_by().values_list("word", flat=True):
        words.add("codename", word, *(label(prefix, word) for prefix in Prefix))
    words.add("link", settings.GITHUB_CONFIDENTIAL_REPO)
    return words


def _customers() -> Words:
    words = Words()
    for name in Account.objects.customers().order_by().values_list("name", flat=True):
        words.add_account(name)
    return words


def _own(account: Account) -> Words:
    words = Words()
    words.add_account(account.name)
    for domain in account.domains.all():
        words.add_domain(domain.domain)
    for name, slack_id in account.channels.values_list("name", "slack_id"):
        words.add("channel", name, slack_id)
    for person in account.contacts.all():
        words.add_person(person.name, person.email, person.personal_email)
    return words
