"""The private word list: what stands in our books about the people we serve, for the scan of texts for the public."""

from urllib.parse import unquote, urlsplit

from django.conf import settings

from accounts import confidential
from accounts.codenames import Prefix, label
from accounts.confidential import Mark, Words
from accounts.models.account import Account, AccountDomain
from accounts.models.channel import Channel
from accounts.models.codename import Codename
from accounts.models.contact import Contact


def private_words() -> Words:
    """Accounts, domains, people, their addresses and numbers, channels, other names, and our own inner addresses."""
    return _with_the_books(Words())


def _with_the_books(words: Words) -> Words:
    _companies(words)
    _people(words)
    for name, slack_id in Channel.objects.filter(kind=Channel.Kind.CUSTOMER).values_list("name", "slack_id"):
        words.add("channel", name, slack_id)
    words.add("link", _host(settings.BASE_URL))
    return words


def _companies(words: Words) -> None:
    for name, page in Account.objects.order_by().values_list("name", "linkedin_company_url"):
        words.add_account(name)
        words.add("alias", _last_part(page))
    for alias in Codename.objects.order_by().values_list("real_name", flat=True):
        words.add_account(alias)
    for domain in AccountDomain.objects.order_by().values_list("domain", flat=True):
        words.add_domain(domain)


def _people(words: Words) -> None:
    told = ("name", "email", "personal_email", "mobile", "slack_id", "twitter", "github", "linkedin_url")
    for name, email, personal, mobile, slack_id, *handles, page in Contact.objects.order_by().values_list(*told):
        words.add_person(name, email, personal)
        words.add_number(mobile)
        words.add("contact", slack_id, _last_part(page), *(handle for handle in handles if len(handle) > SHORT_HANDLE))


NOBODYS = frozenset({"codename", "key", "link"})  # kinds that no customer may read, not even about themselves
SHORT_HANDLE = 5  # letters of a handle that may be any word


def _last_part(url: str) -> str:
    """What a profile's address ends with: the name of the profile."""
    return unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])


def _host(url: str) -> str:
    """The name of a machine; "" for one that everybody's machine has."""
    host = urlsplit(url).hostname or ""
    return "" if host in {"localhost", "127.0.0.1"} else host


def marks_for(text: str, account: Account) -> list[Mark]:
    """What one customer may not read in a text: other customers, inner addresses, keys, and every codename (R11).

    What is their own too is theirs to read: a name that begins like another company's, a domain, a colleague.
    """
    mine = [mark for mark in confidential.marks(text, _own_words(account)) if mark.kind not in NOBODYS]
    found = confidential.marks(text, _with_the_books(_codenames()))
    return [mark for mark in found if mark.kind in NOBODYS or not any(_within(mark, each) for each in mine)]


def _codenames() -> Words:
    words = Words()
    for word in Codename.objects.order_by().values_list("word", flat=True):
        words.add("codename", word, *(label(prefix, word) for prefix in Prefix))
    return words


def _own_words(account: Account) -> Words:
    words = Words()
    words.add_account(account.name)
    for domain in account.domains.all():
        words.add_domain(domain.domain)
    for name, slack_id in account.channels.values_list("name", "slack_id"):
        words.add("channel", name, slack_id)
    for person in account.contacts.all():
        words.add_person(person.name, person.email, person.personal_email)
    return words


def _within(mark: Mark, other: Mark) -> bool:
    return other.start <= mark.start and mark.end <= other.end
