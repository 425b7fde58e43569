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
# What a meaning is called where people read it, and what it says.
WORDS: Final[dict[Meaning, tuple[str, str]]] = {
    Meaning.UNKNOWN: ("Unknown", "Nobody has told us what it says"),
    Meaning.CODENAME: ("Codename", "The account that it concerns"),
    Meaning.WAITING: ("Waiting", "Somebody outside has the next word"),
    Meaning.REQUEST: ("Customer request", "Asked for, not prioritized"),
    Meaning.PRIORITIZED: ("Prioritized request", "A customer request that is prioritized"),
    Meaning.BUG: ("Bug", "A bug, with or without the colon"),
    Meaning.REPRODUCE: ("To reproduce", "Quality assurance is to reproduce it"),
    Meaning.INCOMING: ("Incoming", "Not triaged yet"),
    Meaning.INVESTIGATE: ("Investigate", "On the daily stand-up"),
    Meaning.HELP_CUSTOMERS: ("Help customers", "With support"),
    Meaning.PRODUCT: ("Product", "With the product group"),
    Meaning.FEEDBACK: ("Feedback", "The customer is to be asked for feedback"),
    Meaning.OUTAGE: ("Outage", "Something is down"),
    Meaning.TEAM: ("Team", "Another team's board"),
    Meaning.RELEASE: ("Release", "On its way into a release"),
    Meaning.PROJECT: ("Project", "Part of a project"),
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


def kind_of(names: Iterable[str]) -> str:
    """What an issue with these labels is to a customer: a bug before a request, since a bug is owed a date."""
    found = meanings_of(names)
    if Meaning.BUG in found:
        return "bug"
    return "request" if found & {Meaning.REQUEST, Meaning.PRIORITIZED} else "other"
