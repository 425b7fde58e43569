"""How a customer of a tier reaches us at a priority, and where (SLA-12, SLA-02 to SLA-10). Pure; our own words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from accounts.tiers import Tier
from support.sla import Priority

URGENT: Final = frozenset({Priority.P0, Priority.P1})
COMMUNITY: Final = {"community_chat": "Public community channel", "community_issues": "Issue in the public repository"}


@dataclass(frozen=True)
class Way:
    """One way to reach us. `value` is empty where nobody has entered it yet."""

    label: str
    value: str
    url: str = ""


@dataclass(frozen=True)
class Preferred:
    """What we tell a customer of this tier at this priority, and the ways that go with it."""

    words: str
    ways: tuple[Way, ...]


@dataclass(frozen=True)
class Points:
    """Points of contact: those of the contract in force and the private channel, "" where there is none."""

    support_email: str = ""
    emergency_phone: str = ""
    emergency_email: str = ""
    channel: str = ""
    channel_url: str = ""


def preferred(tier: str, priority: str, points: Points, links: Mapping[str, str]) -> Preferred:
    """The ways for a tier and a priority; `links` are the handbook's, for customers without a contract."""
    if tier == Tier.FREE:
        return Preferred("Community support, open to everybody.", _community(links))
    if priority == Priority.P0 and tier == Tier.ULTIMATE:
        return Preferred(
            "Call or text the emergency number of the contract, or write to its emergency address.", _emergency(points)
        )
    if priority in URGENT:
        return Preferred(
            "Expedited support: the contact address of the contract, or the private Slack channel.",
            _standard(points, "Contact address"),
        )
    return Preferred("Standard mail or chat.", _standard(points, "Mail"))


def _emergency(points: Points) -> tuple[Way, ...]:
    phone, mail = points.emergency_phone, points.emergency_email
    return (
        Way("Emergency phone", phone, f"tel:{phone.replace(' ', '')}" if phone else ""),
        Way("Emergency address", mail, f"mailto:{mail}" if mail else ""),
    )


def _standard(points: Points, label: str) -> tuple[Way, ...]:
    mail = points.support_email
    return (
        Way(label, mail, f"mailto:{mail}" if mail else ""),
        Way("Private Slack channel", points.channel, points.channel_url),
    )


def _community(links: Mapping[str, str]) -> tuple[Way, ...]:
    return tuple(Way(label, label if links.get(code) else "", links.get(code, "")) for code, label in COMMUNITY.items())
