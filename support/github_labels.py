"""What the labels of our repositories mean, whatever they are called (REQ-01, REQ-02, REQ-11). Pure."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Meaning(StrEnum):
    """What a label says about an issue; `UNKNOWN` is a label that nobody has told us of."""

    UNKNOWN = ""
    CODENAME = "codename"
    WAITING = "waiting"
    REQUEST = "request"
    PRIORITIZED = "prioritized"
    BUG = "bug"
    REPRODUCE = "reproduce"
    INCOMING = "incoming"
    INVESTIGATE = "investigate"
    HELP_CUSTOMERS = "help_customers"
    PRODUCT = "product"
    FEEDBACK = "feedback"
    OUTAGE = "outage"
    TEAM = "team"
    RELEASE = "release"
    PROJECT = "project"


REGISTRY: Final[dict[str, Meaning]] = {
    "customer request": Meaning.REQUEST,
    "~customer request": Meaning.PRIORITIZED,
    "bug": Meaning.BUG,
    ":bug": Meaning.BUG,
    ":reproduce": Meaning.REPRODUCE,
    ":incoming": Meaning.INCOMING,
    "~investigate": Meaning.INVESTIGATE,
    ":help-customers": Meaning.HELP_CUSTOMERS,
    ":product": Meaning.PRODUCT,
    "#g-unicorns": Meaning.FEEDBACK,
    "#outage": Meaning.OUTAGE,
    ":release": Meaning.RELEASE,
    "project": Meaning.PROJECT,
    **dict.fromkeys(("#g-cx", "#g-sales", "g-infra", "#cx", "#sales", "#business-operations"), Meaning.TEAM),
}
CODENAMES: Final = ("customer-", "prospect-")
WAITING: Final = "+"


def meaning_of(name: str) -> Meaning:
    """What a label says, by its name in any case; every label that begins with "+" waits for somebody outside."""
    plain = name.strip().lower()
    if plain.startswith(WAITING):
        return Meaning.WAITING
    if plain.startswith(CODENAMES):
        return Meaning.CODENAME
    return REGISTRY.get(plain, Meaning.UNKNOWN)


def meanings_of(names: Iterable[str]) -> set[Meaning]:
    """What all labels of an issue say together."""
    return {meaning_of(name) for name in names}
