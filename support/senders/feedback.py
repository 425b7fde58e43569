"""What we write at GitHub once a customer was heard: a comment, then closing or unassigning (REQ-09, REQ-10).

The comment is looked for before it is sent again; the others do the same when done twice.
"""

from typing import Final

from accounts import confidential
from accounts.confidential import Confidential
from accounts.models.private_words import private_words
from fleetcs.clients import github
from fleetcs.clients.github import Repo, Words
from fleetcs.clients.http import Rejected
from fleetcs.clients.slack import SKEW
from fleetcs.effects import Sender, Sent
from fleetcs.models import Effect
from support.github.taking import take
from support.models import CustomerRequest, Feedback
from support.senders.customer_requests import request_of

REQUEST: Final = "customer request"


class FeedbackComment(Sender):
    """The comment that mentions the designer; `args`: feedback, n."""

    destination = "github"
    protocol = "probe"
    pace = github.PACE
    patience = github.PATIENCE

    def wanted(self, effect: Effect) -> str | None:
        feedback = feedback_of(effect)
        if feedback.comment_id:
            return "commented_already"
        return None if feedback.tries == effect.args["n"] else "superseded"

    def send(self, effect: Effect) -> Sent:
        feedback = feedback_of(effect)
        repo, number = place_of(feedback.request)
        return Sent(str(github.comment(repo, number, said(repo, feedback.text)).id))

    def probe(self, effect: Effect) -> Sent | None:
        """By its words, of those that we have written ourselves and not for another customer: GitHub takes no key."""
        feedback, own = feedback_of(effect), github.own_login().lower()
        repo, number = place_of(feedback.request)
        others = set(feedback.request.feedbacks.values_list("comment_id", flat=True))
        there = github.comments(repo, number, since=effect.created_at - SKEW)
        same = (each for each in there if plain(each.body) == plain(feedback.text) and is_ours(each, own))
        return next((Sent(str(each.id)) for each in same if each.id not in others), None)

    def settle(self, effect: Effect, sent: Sent) -> None:
        feedback_of(effect).note_commented(int(sent.external_id))

    def refused(self, effect: Effect, code: str) -> None:
        feedback_of(effect).note_refused(code)


class FeedbackEnd(Sender):
    """What follows the comment; closing or unassigning twice is doing it once. `args`: feedback."""

    destination = "github"
    protocol = "natural"
    pace = github.PACE

    def send(self, effect: Effect) -> Sent:
        feedback = feedback_of(effect)
        return Sent(facts={"issue": self.act(*place_of(feedback.request), feedback)})

    def act(self, repo: Repo, number: int, feedback: Feedback) -> github.Issue:
        """The call; returns the issue as GitHub has it then."""
        raise NotImplementedError

    def settle(self, effect: Effect, sent: Sent) -> None:
        feedback = feedback_of(effect)
        feedback.note_ended()
        if there := sent.facts.get("issue"):
            take(feedback.request.issue.repo, [there], whatever=True)

    def refused(self, effect: Effect, code: str) -> None:
        feedback_of(effect).note_refused(code)


class FeedbackClose(FeedbackEnd):
    """The request is closed as completed (REQ-09)."""

    def act(self, repo: Repo, number: int, feedback: Feedback) -> github.Issue:
        return github.set_state(repo, number, "closed", "completed")


class FeedbackUnassign(FeedbackEnd):
    """The CSM is taken off, the issue stays open (REQ-10)."""

    def act(self, repo: Repo, number: int, feedback: Feedback) -> github.Issue:
        if not feedback.handles:
            raise Rejected("no_handle")
        return github.unassign(repo, number, feedback.handles)


class RequestLabel(Sender):
    """The label of customer requests; one that is on it already stays (REQ-01); `args`: request."""

    destination = "github"
    protocol = "natural"
    pace = github.PACE

    def send(self, effect: Effect) -> Sent:
        repo, number = place_of(request_of(effect))
        github.add_labels(repo, number, [said(repo, REQUEST)])
        return Sent()


def said(repo: Repo, text: str) -> Words:
    """A text for that repository. Raises Rejected for the public one when it holds what nobody outside may know."""
    if repo == "confidential":
        return text
    try:
        return confidential.public(text, private_words())
    except Confidential:
        raise Rejected("confidential") from None


def is_ours(comment: github.Comment, own: str) -> bool:
    """Whether it was written under our login `own`; through an App where that is what we are, and have none."""
    return comment.author.login.lower() == own if own else bool(comment.app)


def plain(text: str) -> str:
    """A text without what GitHub may have done to its line ends."""
    return "\n".join(text.replace("\r\n", "\n").strip().split("\n"))


def feedback_of(effect: Effect) -> Feedback:
    """The task with its request and people. Raises Rejected when it is gone."""
    asked = Feedback.objects.select_related("request__issue", "csm", "settled_by").filter(pk=effect.args["feedback"])
    if found := asked.first():
        return found
    raise Rejected("feedback_gone")


def place_of(request: CustomerRequest) -> tuple[Repo, int]:
    return "public" if request.issue.repo == "public" else "confidential", request.issue.number
