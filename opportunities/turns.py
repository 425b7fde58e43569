"""Whose turn it is at a step of a close: its post's, or another's for as long as the step waits for them. Pure.

Who may do a step is the step's; whose turn it is follows from how its papers stand. What the company's other pages say
of it, the obstacles, the home page, the lists and the reminder, all ask here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from fleetcs.procedures import Facts, Step, is_done
from opportunities.closing import CHIEF, HOLDERS, OPERATE, SELL, SIGN


@dataclass(frozen=True)
class Turn:
    """A step and the action of whose turn it is."""

    step: Step
    action: str
    again: tuple[str, str] = ("", "")  # why it is to be done once more: in two words, and in a sentence

    def __str__(self) -> str:
        return f"{self.step.text} ({self.holder})"

    @property
    def holder(self) -> str:
        return HOLDERS[self.action]


def _of_quote(facts: Facts) -> str:
    """The AE submits it; then it is the CRO's, or the CEO's where the CRO wrote it (QUO-02)."""
    if not facts.get("quote_pending"):
        return SELL
    return SIGN if facts.get("quote_for_ceo") else CHIEF


ELSEWHERE: Final[Mapping[str, Callable[[Facts], str]]] = {
    "DCL-01": lambda facts: OPERATE if facts.get("hit") else SELL,  # R12: a hit is BizOps' to clear
    "QUO-02": _of_quote,
    "CON-07": lambda facts: SIGN if facts.get("exceptions_wait") else SELL,  # what was refused has to come out
    "DCL-02": lambda facts: OPERATE if facts.get("review_open") else SELL,  # the AE hands it in first
}


AGAIN: Final[Mapping[str, tuple[str, str, str]]] = {
    "DCL-24": (
        *("key_lapsed", "Share again"),
        "The link expired, or was locked, before the customer had seen the key: share it again.",
    )
}


def turn(step: Step, facts: Facts) -> Turn:
    """Whose turn it is at a step, once its turn has come; of what is done, whose it was."""
    waits = step.code in ELSEWHERE and not is_done(step, facts, ())
    fact, *again = AGAIN.get(step.code, ("", "", ""))
    brief, why = again if facts.get(fact) else ("", "")
    return Turn(step, ELSEWHERE[step.code](facts) if waits else step.role, (brief, why))
