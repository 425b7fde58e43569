"""Customer requests: what the labels of an issue say of one, what is still missing, and when it has shipped. Pure.

They are not the requests of colleagues to the department (INT-12): these are issues that customers wait for.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fleetcs.procedures import Facts, Procedure, Step, is_done
from support.github_labels import Meaning, meanings_of


class State(StrEnum):
    """How far a customer request has come (REQ-02, REQ-07, REQ-08)."""

    NEW = "new"
    WAITING = "waiting"
    PRIORITIZED = "prioritized"
    FEEDBACK = "feedback"
    CLOSED = "closed"


STATES: Final = {
    State.NEW: ("wait", "New"),
    State.WAITING: ("idle", "Waiting on somebody outside"),
    State.PRIORITIZED: ("good", "Prioritized"),
    State.FEEDBACK: ("warn", "Awaiting feedback"),
    State.CLOSED: ("idle", "Closed"),
}


class Question(StrEnum):
    """What is asked of every customer request before product hears of it (REQ-05, REQ-12)."""

    LABEL = "label"
    CLEAR = "clear"
    KEY_DATE = "key_date"
    LINK = "link"


# Three of them a machine sees; whether it is clear, a person says. Nothing is ticked: it follows from what is recorded.
MEETING: Final = Procedure(
    "product_meeting",
    "Before the product meeting",
    (
        Step(Question.LABEL, "It carries the label of customer requests", checked=lambda facts: facts["labelled"]),
        Step(Question.CLEAR, "It is clear, with its context, and public"),
        Step(Question.KEY_DATE, "The key date is posted, or there is none", checked=lambda facts: facts["dated"]),
        Step(Question.LINK, "The customer has its link", checked=lambda facts: facts["told"]),
    ),
)
SHORT: Final = {
    Question.LABEL: "Label",
    Question.CLEAR: "Clear and public",
    Question.KEY_DATE: "Key date",
    Question.LINK: "Link given",
}


@dataclass(frozen=True)
class Signs:
    """What the labels and assignees of an issue say about the request in it."""

    is_request: bool = False
    has_codename: bool = False
    is_waiting: bool = False
    is_prioritized: bool = False
    wants_feedback: bool = False

    @property
    def is_unlabelled(self) -> bool:
        """Nothing on it says that it is a customer's request, nor whose (REQ-01)."""
        return not (self.is_request or self.has_codename)


def signs(labels: Iterable[str], assignees: Collection[str]) -> Signs:
    """Read an issue: both spellings of the label are one meaning, the one with "~" says prioritized (REQ-01, REQ-07).

    Feedback is asked for once the label of the customers' group is on it and somebody is assigned (REQ-08).
    """
    said = meanings_of(labels)
    prioritized = Meaning.PRIORITIZED in said
    return Signs(
        is_request=prioritized or Meaning.REQUEST in said,
        has_codename=Meaning.CODENAME in said,
        is_waiting=Meaning.WAITING in said,
        is_prioritized=prioritized,
        wants_feedback=Meaning.FEEDBACK in said and bool(assignees),
    )


def state(read: Signs, *, closed: bool) -> State:
    """Where a request stands. What waits for somebody outside leaves our lists, whatever else is on it (REQ-02)."""
    if closed:
        return State.CLOSED
    if read.is_waiting:
        return State.WAITING
    if read.wants_feedback:
        return State.FEEDBACK
    return State.PRIORITIZED if read.is_prioritized else State.NEW


def has_shipped(labels: Iterable[str], *, closed: bool, reason: str) -> bool:
    """Whether what was asked for is there: closed as completed, or on its way out with a release."""
    return (closed and reason == "completed") or Meaning.RELEASE in meanings_of(labels)


def answers(facts: Facts, *, is_clear: bool) -> dict[Question, bool]:
    """The four questions; `facts`: labelled, dated, told."""
    said = {Question.CLEAR} if is_clear else set()
    return {Question(step.code): is_done(step, facts, said) for step in MEETING.steps}


def missing(answers: dict[Question, bool]) -> list[str]:
    """The questions that nobody can answer with yes so far, in a word or two."""
    return [words for question, words in SHORT.items() if not answers[question]]


def mentions(text: str, handle: str) -> bool:
    """Whether a comment mentions somebody by their GitHub handle, whole and in any case (REQ-09)."""
    words = {word.strip(".,;:!?()[]\"'").lower() for word in text.split()}
    return bool(handle) and f"@{handle.lower()}" in words
