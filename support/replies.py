"""Which ticket a mail belongs to: signed reply addresses, signed message ids, and the tag in the subject. Pure.

Every function that reads takes all the secrets that are valid now, so that one can be replaced while mail is under way.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence

SUBJECT_LIMIT = 250
SIGNATURE_DIGITS = 24

_ADDRESS = re.compile(r"\s*<?\s*reply\+([0-9]{1,18})\.([0-9a-f]{24})@[^@\s]{1,253}", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"\s*<?fleetcs\.([a-z]{1,20})\.([0-9]{1,18})\.([0-9a-f]{24})@[^@\s]{1,253}", re.IGNORECASE)
_TAG = re.compile(r"\[#([0-9]{1,18})\]")
_PREFIX = re.compile(r"^(?:\s*(?:re|aw|antw|sv|rv|tr|odp|fwd?|wg)\s*(?:\[[0-9]{1,3}\])?\s*:)+\s*", re.IGNORECASE)


def reply_address(ticket_pk: int, secret: str, domain: str) -> str:
    """The address that a customer answers to, "reply+17.<24 hex digits>@domain"; nobody else can make one."""
    return f"reply+{ticket_pk}.{_signature('reply', ticket_pk, secret)}@{domain}"


def ticket_of_address(addresses: Iterable[str], secrets: Sequence[str]) -> int | None:
    """The ticket of the first address that we signed, or None. It does not say that the sender may see it (T07)."""
    for address in addresses:
        found = _ADDRESS.match(address[:1_000])
        if found and _is_ours("reply", int(found[1]), found[2], secrets):
            return int(found[1])
    return None


def our_message_id(pk: int, secret: str, domain: str, kind: str = "message") -> str:
    """The Message-ID of a mail we send, always the same for the same thing; a guessed one names nothing (T06).

    `kind` is one lower-case word for what the key counts: "message", or "ticket" for a mail without a message row.
    """
    return f"<fleetcs.{kind}.{pk}.{_signature(f'id:{kind}', pk, secret)}@{domain}>"


def message_of_message_id(message_id: str, secrets: Sequence[str]) -> int | None:
    """The message whose mail bore this Message-ID, or None if we never signed it."""
    return _key_of(message_id, "message", secrets)


def ticket_of_message_id(message_id: str, secrets: Sequence[str]) -> int | None:
    """The ticket that a mail of ours without a message row spoke of, or None."""
    return _key_of(message_id, "ticket", secrets)


def _key_of(message_id: str, kind: str, secrets: Sequence[str]) -> int | None:
    found = _MESSAGE_ID.match(message_id[:1_000])
    if not found or found[1].lower() != kind:
        return None
    return int(found[2]) if _is_ours(f"id:{kind}", int(found[2]), found[3], secrets) else None


def _signature(purpose: str, pk: int, secret: str) -> str:
    digest = hmac.new(secret.encode(), f"{purpose}:{pk}".encode(), hashlib.sha256).hexdigest()
    return digest[:SIGNATURE_DIGITS]


def _is_ours(purpose: str, pk: int, signature: str, secrets: Sequence[str]) -> bool:
    """Compares with every secret in constant time; an empty secret signs nothing (T33: no secret means no, not yes)."""
    given = signature.lower()
    matches = [hmac.compare_digest(_signature(purpose, pk, secret), given) for secret in secrets if secret]
    return any(matches)


def subject_tag(ticket_pk: int) -> str:
    """The tag in a subject: "[#17]"."""
    return f"[#{ticket_pk}]"


def ticket_of_subject(subject: str) -> int | None:
    """The first tag's ticket. Anyone can type a tag, so the caller checks the sender as well."""
    found = _TAG.search(subject[:1_000])
    return int(found[1]) if found else None


def tagged(subject: str, ticket_pk: int) -> str:
    """The subject of our answer: "Re: [#17] Their words", prefix and tag once, our tag before any of theirs."""
    words = " ".join(subject[:1_000].replace(subject_tag(ticket_pk), " ").split())
    return f"Re: {subject_tag(ticket_pk)} {_PREFIX.sub('', words)}"[:SUBJECT_LIMIT].rstrip()
