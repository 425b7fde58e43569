"""The private word list: what stands in our books about the people we serve, for the scan of texts for the public."""

from urllib.parse import unquote, urlsplit

from django.conf import settings

from accounts.confidential import Words
from accounts.models.account import Account, AccountDomain
from accounts.models.channel import Channel
from accounts.models.codename import Codename
from accounts.models.contact import Contact

REPOSITORY = "repository"  # the confidential one, spoken of where everybody reads (T38)


def private_words() -> Words:
    """Accounts, domains, people, their addresses and numbers, channels, other names, and our own inner addresses."""
    words = Words()
    _companies(words)
    _people(words)
    for name, slack_id in Channel.objects.filter(kind=Channel.Kind.CUSTOMER).values_list("name", "slack_id"):
        words.add("channel", name, slack_id)
    words.add("link", _host(settings.BASE_URL))
    words.add(REPOSITORY, settings.GITHUB_CONFIDENTIAL_REPO)
    return words


def _companies(words: Words) -> None:
    for name, page in Account.objects.order_by().values_list("name", "linkedin_company_url"):
        words.add_account(name)
        words.add("alias", last_part(page))
    for alias, former in Codename.objects.order_by().values_list("real_name", "former_names"):
        for name in (alias, *former):
            words.add_account(name)
    for domain in AccountDomain.objects.order_by().values_list("domain", flat=True):
        words.add_domain(domain)


def _people(words: Words) -> None:
    told = ("name", "email", "personal_email", "mobile", "slack_id", "twitter", "github", "linkedin_url")
    for name, email, personal, mobile, slack_id, *handles, page in Contact.objects.order_by().values_list(*told):
        words.add_person(name, email, personal)
        words.add_number(mobile)
        words.add("contact", slack_id, last_part(page), *(handle for handle in handles if len(handle) > SHORT_HANDLE))


SHORT_HANDLE = 5  # letters of a handle that may be any word


def last_part(url: str) -> str:
    """What a profile's address ends with: the name of the profile."""
    return unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])


def _host(url: str) -> str:
    """The name of a machine; "" for one that everybody's machine has."""
    host = urlsplit(url).hostname or ""
    return "" if host in {"localhost", "127.0.0.1"} else host
