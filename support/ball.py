"""Who has the ball: whose turn it is on an issue and on a ticket, by one rule. Pure; moments are arguments."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from support.github_labels import Meaning


class Holder(StrEnum):
    """Where the ball is."""

    OUTSIDE = "outside"
    US = "us"
    PRODUCT = "product"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Ball:
    """Who holds it, `who` in words, since when as far as that is known, and `why` it is theirs."""

    holder: Holder
    who: str
    why: str
    since: datetime | None = None


@dataclass(frozen=True)
class OfIssue:
    """What the rule looks at in an issue."""

    is_open: bool
    meanings: Collection[Meaning]
    assignees: Sequence[str] = ()
    waiting_since: datetime | None = None
    outside_reply_at: datetime | None = None
    inside_reply_at: datetime | None = None
    closed_at: datetime | None = None
    created_at: datetime | None = None


# What a label says about whose turn it is, the most telling first.
BY_LABEL: Final[tuple[tuple[Meaning, Holder, str, str], ...]] = (
    (Meaning.FEEDBACK, Holder.US, "Customer success", "The customer is to be asked for feedback"),
    (Meaning.INVESTIGATE, Holder.US, "Support", "Under investigation"),
    (Meaning.HELP_CUSTOMERS, Holder.US, "Support", "With the help-customers team"),
    (Meaning.REPRODUCE, Holder.PRODUCT, "Quality assurance", "To be reproduced"),
    (Meaning.INCOMING, Holder.PRODUCT, "Product", "Not triaged yet"),
    (Meaning.RELEASE, Holder.PRODUCT, "Engineering", "Being released"),
    (Meaning.PRIORITIZED, Holder.PRODUCT, "Product", "Prioritized"),
    (Meaning.PRODUCT, Holder.PRODUCT, "Product", "With the product group"),
    (Meaning.REQUEST, Holder.PRODUCT, "Product", "Not prioritized yet"),
    (Meaning.BUG, Holder.PRODUCT, "Engineering", "A bug to be fixed"),
)
ORDER: Final = (Holder.US, Holder.PRODUCT, Holder.OUTSIDE)


def of_issue(issue: OfIssue) -> Ball:
    """Closed: nobody. A "+" that nobody has answered: somebody outside. An answer that nobody of us has answered: us.

    Else the labels say whose turn it is, and the assignees who of them.
    """
    if not issue.is_open:
        return Ball(Holder.NOBODY, "Nobody", "Closed", issue.closed_at)
    if issue.waiting_since:
        return Ball(Holder.OUTSIDE, "Somebody outside", "Waiting for an answer", issue.waiting_since)
    if issue.outside_reply_at and (not issue.inside_reply_at or issue.outside_reply_at > issue.inside_reply_at):
        return Ball(Holder.US, named(issue.assignees) or "Support", "Reply received", issue.outside_reply_at)
    return _by_label(issue)


def _by_label(issue: OfIssue) -> Ball:
    since = issue.inside_reply_at or issue.created_at
    for meaning, holder, who, why in BY_LABEL:
        if meaning in issue.meanings:
            return Ball(holder, named(issue.assignees) or who, why, since)
    return Ball(Holder.US, named(issue.assignees) or "Support", "No label says whose it is", since)


def named(people: Iterable[str]) -> str:
    """Logins as people write them."""
    return ", ".join(f"@{login}" for login in people)


def of_ticket(turn: str, assignee: str, issues: Collection[Ball], *, since: datetime | None = None) -> Ball:
    """`turn`: first, next, customer, paused or done. Once we have answered, open issues say whose turn it is."""
    if turn == "done":
        return Ball(Holder.NOBODY, "Nobody", "Done", since)
    if turn in {"first", "next"}:
        return Ball(Holder.US, assignee or "Support", "The customer waits for an answer", since)
    held = {ball.holder: ball for ball in issues}
    for holder in ORDER:
        if ball := held.get(holder):
            return ball
    return Ball(Holder.OUTSIDE, "The customer", "We have answered", since)
