"""Export control and sanctions: how an account stands after those who looked, and what that lets happen. Pure.

A person looks at the official list and writes down what they saw; nothing is looked up by itself (SYS-17). Only a
check without a hit, or a hit that business operations has cleared with evidence, lets a quote or an order form leave;
a match is final (DCL-01, CON-12, R12).
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol


class Check(Protocol):
    """One time that somebody looked, as much of it as the rule reads."""

    is_hit: bool
    is_match: bool | None  # what was decided about a hit; None: not yet

    @property
    def is_embargoed(self) -> bool:
        """Whether the country is on the company's list today."""


class Standing(StrEnum):
    """How an account stands; only CLEAR lets a quote or an order form leave."""

    UNCHECKED = "unchecked", "Not checked", "idle", "Do the export and sanctions check first: say the country."
    AGAIN = "again", "To be checked again", "warn", "The country has come under embargo since: check again."
    HIT = "hit", "Hit", "bad", "The export and sanctions check had a hit: BizOps has to look at it first."
    MATCH = "match", "Match: stopped", "bad", "The account is on a sanctions list: nothing may be sold to it."
    CLEAR = "clear", "Clear", "good", ""

    words: str
    tone: str
    obstacle: str

    def __new__(cls, value: str, words: str, tone: str, obstacle: str) -> "Standing":
        member = str.__new__(cls, value)
        member._value_, member.words, member.tone, member.obstacle = value, words, tone, obstacle
        return member


def standing(checks: Iterable[Check]) -> Standing:
    """How the account stands, its checks given oldest first: a later look never hides an open hit or a match."""
    newest = None
    decided = set()
    for newest in checks:
        if newest.is_hit:
            decided.add(newest.is_match)
    if newest is None:
        return Standing.UNCHECKED
    if True in decided:
        return Standing.MATCH
    if None in decided:
        return Standing.HIT
    return Standing.AGAIN if newest.is_embargoed and not newest.is_hit else Standing.CLEAR
