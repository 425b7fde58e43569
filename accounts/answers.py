"""What a message to a customer may hold: that customer's own issue links and nobody else's (R11). Pure.

The names of other customers, and codenames, are marked for whoever writes: they may be meant, an address never is.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from accounts import confidential
from accounts.confidential import Mark, Words
from accounts.readings import readings

CONFIDENTIAL: Final = "confidential"
# An issue in an address of the site or its API, and as GitHub writes it in texts: owner/name#12.
ADDRESS: Final = re.compile(r"([\w.-]+/[\w.-]+)/(?:issues|pull|pulls)/(\d{1,9})(?!\d)")
SHORT: Final = re.compile(r"(?<![\w./-])([\w.-]+/[\w.-]+)#(\d{1,9})(?!\d)")


@dataclass(frozen=True, order=True)
class Reference:
    """An issue that a text leads to."""

    repo: str
    number: int


def references(text: str, repositories: Mapping[str, str]) -> set[Reference]:
    """The issues of ours in a text, encoded ones too; `repositories`: "owner/name" in lower case -> which one it is."""
    found = (match for reading in readings(text) for form in (ADDRESS, SHORT) for match in form.finditer(reading.text))
    told = ((repositories.get(match[1].lower()), int(match[2])) for match in found)
    return {Reference(repo, number) for repo, number in told if repo}


def foreign(
    found: Iterable[Reference], concerned: Mapping[Reference, Collection[int]], account: int | None
) -> list[Reference]:
    """Those that an account must not be sent: they concern others only, or it could not read them anyway."""
    return sorted(each for each in found if not _may_be_sent(each, concerned.get(each, ()), account))


def _may_be_sent(reference: Reference, concerned: Collection[int], account: int | None) -> bool:
    if account in concerned:
        return True
    return not concerned and reference.repo != CONFIDENTIAL


def named(text: str, others: Words) -> list[Mark]:
    """Where a text holds a codename or the name of another customer."""
    return confidential.marks(text, others, formed=False)


def in_parts(text: str, marks: Iterable[Mark]) -> list[tuple[str, str]]:
    """The text in parts, each with the kind of its mark or ""."""
    parts, at = [], 0
    for mark in marks:
        parts += [(text[at : mark.start], ""), (text[mark.start : mark.end], mark.kind)]
        at = mark.end
    return [(part, kind) for part, kind in (*parts, (text[at:], "")) if part]
