"""A text with what the scan has found in it, cut into pieces for a page to show. Pure."""

import hashlib
from collections.abc import Iterable

from accounts.confidential import Mark

KINDS = {
    "account": "A customer's name",
    "alias": "Another name of a customer",
    "domain": "A customer's domain",
    "contact": "A person at a customer",
    "address": "An address",
    "phone": "A telephone number",
    "channel": "A customer's channel",
    "codename": "A codename",
    "link": "An inner address",
    "key": "A key or password",
}


def pieces(text: str, marks: Iterable[Mark]) -> list[tuple[str, str]]:
    """The text in pieces, each with what is wrong with it; "" for what may stand."""
    cut, at = [], 0
    for mark in marks:
        cut += [(text[at : mark.start], ""), (text[mark.start : mark.end], KINDS.get(mark.kind, "Confidential"))]
        at = mark.end
    return [(piece, kind) for piece, kind in (*cut, (text[at:], "")) if piece]


def digest(text: str) -> str:
    """By which a text that was seen is known again, whatever became of its line ends on the way."""
    return hashlib.sha256("\n".join(text.split()).encode()).hexdigest()[:32]
