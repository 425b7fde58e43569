"""Twenty leaks of different kinds, planted where texts for the public are made: what proves that the scan can catch.

All is about a made-up account that exists only while the drill lasts.
"""

from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any, Final
from urllib.parse import quote

from accounts import codenames, confidential
from accounts.confidential import Confidential, Words
from accounts.models import Account, AccountDomain, Channel, Codename, Contact

NAME, PERSON, DOMAIN, CHANNEL = "Quillfeather Marine GmbH", "Ottoline Ravnsborg", "quillfeather.example", "fleet-at-qfm"
SHORT: Final = "Quillfeather Marine"

type Maker = Callable[[str, Words], Any]


@dataclass(frozen=True)
class Leak:
    """What is planted: what kind of leak it is, and the text that would have left."""

    kind: str
    text: str


def plant() -> Account:
    """A made-up customer with all that could slip out; the caller takes it back."""
    account = Account.objects.create(name=NAME, kind=Account.Kind.CUSTOMER)
    AccountDomain.objects.create(account=account, domain=DOMAIN)
    Contact.objects.create(
        account=account,
        name=PERSON,
        email=f"ottoline@{DOMAIN}",
        personal_email="ott.r@post.example",
        mobile="+49 30 5550142",
    )
    Channel.objects.create(
        account=account, team="T0DRILL", slack_id="C0DRILL42", name=CHANNEL, kind=Channel.Kind.CUSTOMER
    )
    return account


LEAKS: Final = (
    Leak("name in a title", f"{NAME}: hosts are offline"),
    Leak("name without its legal form", f"Reported by {SHORT} on Monday."),
    Leak("first word of the name", "The Quillfeather hosts are offline."),
    Leak("other case", f"Seen at {SHORT.upper()}."),
    Leak("accents", "Seen at Quíllfèather Marine."),
    Leak("slug in a file name", "Attached: quillfeather-marine-2026-03.log"),
    Leak("run together in a host name", "db01.quillfeathermarine.internal is down"),
    Leak("split by punctuation", "Customer: Q.u.i.l.l.f.e.a.t.h.e.r"),
    Leak("split by signs of no width", "At Quill\u200bfeather\u200b Marine."),
    Leak("letters of another script", "At Quillf\u0435\u0430ther Marine."),
    Leak("URL-encoded", f"https://docs.example/?from={quote('Quillfeather Marine')}&x=%51uillfeather"),
    Leak("HTML-escaped", f"<b>At {escape(SHORT).replace('Q', '&#81;')} &amp; friends</b>"),
    Leak("base64", f"debug: {b64encode(SHORT.encode()).decode()}"),
    Leak("domain", f"curl https://fleet.{DOMAIN}/api"),
    Leak("a contact's name", "Ravnsborg, Ottoline says it is urgent."),
    Leak("a contact's private address", "Ask ott.r@post.example."),
    Leak("a telephone number", "Call 030 / 555 0142."),
    Leak("a Slack channel", f"See #{CHANNEL} for the thread."),
    Leak("a key", "FLEET_LICENSE_KEY token: eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJkcmlsbCJ9.c2lnbmF0dXJl"),
    Leak("a label", "customer-quillfeather"),
)

CLEAN: Final = (
    "Hosts stop checking in after the upgrade to 4.60.1.",
    "1. Install the agent. 2. Restart. Expected: online. Actual: offline. See commit 4f2a9be for the change.",
    codenames.NEUTRAL,
)


def missed(words: Words, make: Maker = confidential.public) -> list[Leak]:
    """The planted leaks that would have left."""
    return [leak for leak in LEAKS if not _caught(make, leak.text, words)]


def _caught(make: Maker, text: str, words: Words) -> bool:
    try:
        make(text, words)
    except Confidential:
        return True
    return False


def meant_for_the_public() -> Iterator[tuple[str, str]]:
    """What stands in our books to be read by everybody, with a word for what it is: never the text itself in a log."""
    for codename in Codename.objects.order_by("pk"):
        yield f"label of codename {codename.pk}", codename.label
    for number, text in enumerate(CLEAN):
        yield f"clean text {number}", text


def found(words: Words) -> list[tuple[str, str]]:
    """Where in that the scan finds something, and of what kinds."""
    scanned = ((what, confidential.marks(text, words)) for what, text in meant_for_the_public())
    return [(what, ", ".join(sorted({mark.kind for mark in marks}))) for what, marks in scanned if marks]
