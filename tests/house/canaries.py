"""A firm of which every field can be recognised wherever it turns up, and what is looked through for it (G10).

What is looked for is a word that no language has. The decoding here is not the scan's: the two must not share a gap.
"""

import quopri
import re
import unicodedata
from base64 import b64decode
from binascii import Error
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape
from itertools import product
from random import Random
from typing import Any, Final
from urllib.parse import unquote

from accounts.models import Account, AccountDomain, Channel, Codename, Contact
from fleetcs.local.standins.github import CONFIDENTIAL, PUBLIC
from fleetcs.models import Effect, EffectAttempt, Event, Gate, Mirror, MirrorLink
from support.models import Attachment, Ticket
from tests.factories import make_ticket
from tests.standins import StandIns

MARK: Final = "qzvxk"
DIGITS: Final = "77170558"  # what every telephone number begins with; too long for a moment to look like it
SYLLABLES: Final = ["".join(pair) for pair in product("bdfglmnprst", "aeiou")]
CHUNK: Final = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
LABEL: Final = re.compile(r"(?:customer|prospect)-([a-z]{3,})")


def word(number: int) -> str:
    """The canary of one account."""
    return MARK + SYLLABLES[number // len(SYLLABLES) % len(SYLLABLES)] + SYLLABLES[number % len(SYLLABLES)]


def company(number: int) -> str:
    """A name of which each word is a canary."""
    legal = ("GmbH", "Inc.", "Ltd", "AG", "S.A.")[number % 5]
    return f"{word(number).capitalize()} {word(number)[::-1].capitalize()}{MARK} {legal}"


def firm(size: int, team: dict[str, Any]) -> list[Account]:
    """So many accounts with a canary in each field of theirs and of what belongs to them."""
    return [_account(number, team) for number in range(size)]


def _account(number: int, team: dict[str, Any]) -> Account:
    canary, kind = word(number), "prospect" if number % 4 == 0 else "customer"
    account = Account.objects.create(
        name=company(number),
        kind=kind,
        billing_address=f"{canary} Road 1",
        industry=f"{canary} works",
        linkedin_company_url=f"https://www.linkedin.com/company/{canary}",
        running_version=f"4.{canary}",
        **(team if number % 2 else {}),
    )
    AccountDomain.objects.create(account=account, domain=f"{canary}.example")
    for side in ("ops", "it"):
        _contact(account, canary, f"{side}{number}", number)
    Channel.objects.create(
        account=account, team="T1", slack_id=f"C{canary.upper()}", name=f"fleet-at-{canary}", kind="customer"
    )
    _ticket(account, canary)
    MirrorLink.objects.create(
        mirror=Mirror.objects.get(code="accounts"), salesforce_id=f"001{canary.upper()}AA", record_id=account.pk
    )
    return account


def _contact(account: Account, canary: str, side: str, number: int) -> Contact:
    return Contact.objects.create(
        account=account,
        name=f"{side.capitalize()}{canary} Person",
        email=f"{side}@{canary}.example",
        personal_email=f"{canary}.{side}@post.example",
        mobile=f"+49 {DIGITS[:5]} {DIGITS[5:]}-{number:03}",
        twitter=f"{canary}{side}",
        slack_id=f"U{canary.upper()}{side.upper()}",
        job_title=f"Head of {canary}",
    )


def _ticket(account: Account, canary: str) -> Ticket:
    text = f"{account.name} is down. License key: {canary.upper()}-{canary.upper()}"
    ticket = make_ticket(account, subject=f"{canary} offline", text=text, sender=f"ops@{canary}.example")
    ticket.details = {"note": f"seen at {canary}"}
    ticket.save()
    Attachment.objects.create(message=ticket.messages.get(), name=f"{canary}.log", size=1, stored_as=canary)
    return ticket


# --- what is looked through -------------------------------------------------------------------------------------------
@dataclass
class Evidence:
    """Texts by the place they were found in, each a unit of its own: one message, one row, one line."""

    places: dict[str, list[str]] = field(default_factory=dict)

    def add(self, place: str, texts: Iterable[object]) -> None:
        self.places.setdefault(place, []).extend(map(str, texts))

    def found(self) -> list[str]:
        """Where a canary stands that must stand nowhere there, or a codename beside one: place, number, beginning."""
        words = {*Codename.objects.values_list("word", flat=True)}
        judged = {
            "messages": lambda text: pairs(text, words),
            "answers": lambda text: holds(text) and bool(labels_in(text, words)),  # its own issues a customer may know
            "pages": lambda text: bool(labels_in(text, words)),
        }
        return [
            f"{place} {number}: {text[:300]}"
            for place, texts in self.places.items()
            for number, text in enumerate(texts)
            if judged.get(place, holds)(text)
        ]


def holds(text: str) -> bool:
    """Whether a canary stands in it, however it is written."""
    return any(MARK in plain or DIGITS in plain for plain in map(squeezed, readings(text)))


def pairs(text: str, words: set[str]) -> bool:
    """Whether a codename's label, or an issue, stands beside a canary."""
    return holds(text) and any(labels_in(each, words) or "/issues/" in each for each in readings(text))


def labels_in(text: str, words: set[str]) -> set[str]:
    return {*LABEL.findall(text.lower())} & words


def squeezed(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return re.sub(r"[^a-z0-9]", "", plain)


def readings(text: str, depth: int = 2) -> Iterator[str]:
    """The text, and what it decodes to, twice over."""
    yield text
    for decoded in (unquote(text), unescape(text), _printable(text), _of_base64(text)) if depth else ():
        if decoded != text:
            yield from readings(decoded, depth - 1)


def _printable(text: str) -> str:
    return quopri.decodestring(text.encode(errors="replace")).decode(errors="replace") if "=" in text else text


def _of_base64(text: str) -> str:
    def decoded(chunk: re.Match[str]) -> str:
        plain = chunk[0].rstrip("=").replace("-", "+").replace("_", "/")
        with suppress(Error, ValueError):
            return b64decode(plain + "=" * (-len(plain) % 4)).decode("utf-8", "ignore")
        return chunk[0]

    return CHUNK.sub(decoded, text)


def gathered(standins: StandIns, log: str, since: int, server_log: Any) -> Evidence:
    """All that has left or was written down: public requests, rows of the queue, the history, logs, messages."""
    evidence = Evidence()
    evidence.add("public", to_public(standins))
    evidence.add("logs", log.splitlines())
    evidence.add("server log", server_log.read_bytes()[since:].decode(errors="replace").splitlines())
    evidence.add("effects", Effect.objects.values_list("kind", "key", "args", "order_key", "preview", "error_code"))
    evidence.add("attempts", EffectAttempt.objects.values_list("status"))
    evidence.add("gates", Gate.objects.values_list("destination", "reason"))
    evidence.add("history", Event.objects.filter(verb__startswith="leak").values_list("verb", "facts"))
    evidence.add("history", Event.objects.filter(verb__contains="codename").values_list("verb", "facts"))
    evidence.add("messages", (entry["body"] for entry in standins.journal("slack")))
    evidence.add("answers", (entry["body"] for entry in standins.journal("mailgun")))
    return evidence


def to_public(standins: StandIns) -> list[str]:
    """Every byte that we have sent to the public repository: what others wrote there is not ours."""
    entries = standins.journal("github")
    ours = [entry for entry in entries if "lanternfish-desk" in entry["headers"].get("authorization", "")]
    asked = [entry for entry in ours if f"/repos/{PUBLIC}" in entry["path"] or "/repositories/1001" in entry["path"]]
    return [f"{entry['method']} {entry['path']}?{entry['query']} {entry['body']}" for entry in asked]


def disguised(name: str, chance: Random) -> str:
    """A name as it may slip out: as it is, or written otherwise."""
    return chance.choice(
        [name, name.upper(), name.lower(), name.replace(" ", "-").lower(), name.replace(" ", ""), name.split()[0]]
    )


__all__ = ["CONFIDENTIAL", "Evidence", "disguised", "firm", "gathered", "holds", "pairs", "to_public", "word"]
