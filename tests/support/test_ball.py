"""Who has the ball: on an issue by its labels, waiting and last words; on a ticket by its turn and its issues."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support import ball
from support.ball import Ball, Holder, OfIssue
from support.github_labels import Meaning

NOON = datetime(2026, 1, 12, 20, tzinfo=UTC)
EARLIER = NOON - timedelta(hours=3)


def of(*meanings: Meaning, **more: Any) -> Ball:
    return ball.of_issue(OfIssue(**{"is_open": True, "meanings": set(meanings), "created_at": EARLIER} | more))


def test_nobody_has_the_ball_of_a_closed_issue() -> None:
    held = of(Meaning.BUG, is_open=False, closed_at=NOON, waiting_since=EARLIER)
    assert (held.holder, held.since) == (Holder.NOBODY, NOON)


@pytest.mark.ledger("REQ-02")
def test_somebody_outside_has_it_while_a_plus_waits_for_them_whatever_else_it_says() -> None:
    held = of(Meaning.WAITING, Meaning.BUG, Meaning.INVESTIGATE, waiting_since=EARLIER, assignees=["maya"])
    assert (held.holder, held.who, held.since) == (Holder.OUTSIDE, "Somebody outside", EARLIER)


@pytest.mark.ledger("REQ-03")
def test_their_answer_gives_it_back_to_us_until_we_have_said_something() -> None:
    answered = of(Meaning.WAITING, Meaning.BUG, outside_reply_at=NOON, inside_reply_at=EARLIER)
    assert (answered.holder, answered.why, answered.since) == (Holder.US, "Reply received", NOON)
    said = of(Meaning.WAITING, Meaning.BUG, outside_reply_at=EARLIER, inside_reply_at=NOON)
    assert (said.holder, said.since) == (Holder.PRODUCT, NOON)


@pytest.mark.parametrize(
    ("meaning", "holder", "who"),
    [
        (Meaning.FEEDBACK, Holder.US, "Customer success"),
        (Meaning.INVESTIGATE, Holder.US, "Support"),
        (Meaning.HELP_CUSTOMERS, Holder.US, "Support"),
        (Meaning.REPRODUCE, Holder.PRODUCT, "Quality assurance"),
        (Meaning.INCOMING, Holder.PRODUCT, "Product"),
        (Meaning.RELEASE, Holder.PRODUCT, "Engineering"),
        (Meaning.PRODUCT, Holder.PRODUCT, "Product"),
        (Meaning.PRIORITIZED, Holder.PRODUCT, "Product"),
        (Meaning.REQUEST, Holder.PRODUCT, "Product"),
        (Meaning.BUG, Holder.PRODUCT, "Engineering"),
        (Meaning.OUTAGE, Holder.US, "Support"),
    ],
)
def test_a_label_says_whose_turn_it_is_and_an_assignee_who_of_them(meaning: Meaning, holder: Holder, who: str) -> None:
    assert (of(meaning).holder, of(meaning).who, of(meaning).since) == (holder, who, EARLIER)
    assert (of(meaning, assignees=["maya", "sven"]).who, of(meaning, assignees=["maya"]).holder) == (
        "@maya, @sven",
        holder,
    )


def test_the_most_telling_label_decides() -> None:
    assert of(Meaning.BUG, Meaning.INVESTIGATE, Meaning.HELP_CUSTOMERS).why == "Under investigation"
    assert of(Meaning.BUG, Meaning.REPRODUCE, Meaning.INCOMING).who == "Quality assurance"


# --- tickets ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("turn", ["first", "next"])
def test_a_customer_who_waits_for_an_answer_waits_for_us_whatever_their_issues_wait_for(turn: str) -> None:
    outside = of(Meaning.WAITING, waiting_since=EARLIER)
    assert ball.of_ticket(turn, "", [outside]).who == "Support"
    assert ball.of_ticket(turn, "Maya Lindqvist", [outside]).who == "Maya Lindqvist"


def test_once_we_have_answered_the_open_issues_say_whose_turn_it_is() -> None:
    bug, waits, closed = of(Meaning.BUG), of(Meaning.WAITING, waiting_since=NOON), of(Meaning.BUG, is_open=False)
    assert ball.of_ticket("customer", "", [closed]).who == "The customer"
    assert ball.of_ticket("customer", "", [closed, waits]).holder is Holder.OUTSIDE
    assert ball.of_ticket("paused", "", [waits, bug]) == bug
    ours = of(Meaning.INVESTIGATE)
    assert ball.of_ticket("customer", "", [bug, ours, waits]) == ours


def test_nobody_has_the_ball_of_what_is_done() -> None:
    assert ball.of_ticket("done", "Maya", [of(Meaning.BUG)], since=NOON) == Ball(Holder.NOBODY, "Nobody", "Done", NOON)
