"""What we ask GitHub about issues and labels, and the two things we do to labels on issues ourselves."""

from accounts import confidential
from accounts.confidential import Confidential
from accounts.models.private_words import private_words
from fleetcs.clients import github
from fleetcs.clients.github import Repo, Words
from fleetcs.clients.http import Rejected
from fleetcs.effects import Sender, Sent
from fleetcs.models import Effect, Event
from support.github import labels, looking
from support.github.plus_bot import answer_replies
from support.github.taking import Known, follow_labels
from support.models import Issue, IssueComment, Label, Repository


def repo_of(effect: Effect) -> Repo:
    return "public" if effect.args["repo"] == Repository.Code.PUBLIC else "confidential"


class ReadIssue(Sender):
    """One issue as it is now, with what was said under it; `args`: repo, number. Reading twice is harmless."""

    destination = "github"
    protocol = "natural"

    def send(self, effect: Effect) -> Sent:
        return Sent(facts={"seen": looking.look(repo_of(effect), int(effect.args["number"]))})

    def settle(self, effect: Effect, sent: Sent) -> None:
        if seen := sent.facts.get("seen"):
            issue = looking.apply(repo_of(effect), int(effect.args["number"]), seen)
            if issue:
                answer_replies(issue.repo, issue=issue.pk)


class ReadLabels(Sender):
    """The list of labels of one repository; `args`: repo. A label that is otherwise now is noticed at once (F38)."""

    destination = "github"
    protocol = "natural"

    def send(self, effect: Effect) -> Sent:
        repository, _ = Repository.objects.get_or_create(code=repo_of(effect))
        return Sent(facts={"read": labels.read(repository)})

    def settle(self, effect: Effect, sent: Sent) -> None:
        labels.apply(Repository.objects.get(code=repo_of(effect)), sent.facts.get("read"))


class Redeliver(Sender):
    """A webhook that did not arrive, sent again by GitHub; `args`: repo, delivery. What came twice is stored once."""

    destination = "github"
    protocol = "natural"
    pace = github.PACE

    def send(self, effect: Effect) -> Sent:
        github.redeliver(repo_of(effect), int(effect.args["delivery"]))
        return Sent()


class OnIssue(Sender):
    """Something done to the labels of one issue; `args`: issue, label. Where that is no more, it is not done (F39)."""

    destination = "github"
    protocol = "natural"
    pace = github.PACE

    def wanted(self, effect: Effect) -> str | None:
        issue, label = on(effect)
        if issue is None or label is None or issue.gone_at:
            return "issue_gone"
        return "label_gone" if label.gone_at else None


def on(effect: Effect) -> tuple[Issue | None, Label | None]:
    issue = Issue.objects.filter(pk=effect.args["issue"]).first()
    return issue, Label.objects.filter(pk=effect.args["label"]).first()


def both(effect: Effect) -> tuple[Issue, Label]:
    """The issue and the label; raises Rejected when one of them is gone."""
    issue, label = on(effect)
    if issue is None or label is None:
        raise Rejected("issue_gone")
    return issue, label


def repo_as(issue: Issue) -> Repo:
    return "confidential" if issue.is_confidential else "public"


class TakeOff(OnIssue):
    """A label with "+", because somebody outside has answered; `args`: issue, label, comment (REQ-02, REQ-03)."""

    def wanted(self, effect: Effect) -> str | None:
        if reason := super().wanted(effect):
            return reason
        issue, label = both(effect)
        answer = IssueComment.objects.filter(pk=effect.args["comment"], side=IssueComment.Side.OUTSIDE).first()
        return self._reason(issue, label, answer) if answer else "answer_gone"

    def _reason(self, issue: Issue, label: Label, answer: IssueComment) -> str | None:
        """Asked over there right before it is done: the label may have been put on again after the answer."""
        try:
            github.issue(repo_as(issue), issue.number)
        except Rejected as refused:
            if refused.code in looking.ELSEWHERE:
                return refused.code
            raise
        put_at = looking.put_on(label, github.timeline(repo_as(issue), issue.number))
        return "put_on_again" if put_at and put_at >= answer.at else None

    def send(self, effect: Effect) -> Sent:
        issue, label = both(effect)
        github.remove_label(repo_as(issue), issue.number, label.name)
        return Sent()

    def settle(self, effect: Effect, sent: Sent) -> None:
        issue, label = both(effect)
        issue.labels.remove(label)
        follow_labels(Known.of(issue.repo), [issue.pk])
        Event.log(issue, "label_taken_off", label=label, comment=effect.args["comment"])

    def preview(self, effect: Effect) -> str:
        issue, label = both(effect)
        return f"Take {label.name!r} off {issue.reference}: somebody outside has answered."


class PutBack(OnIssue):
    """A label that was deleted and made anew, on an issue that had the old one; `args`: issue, label, before (F37)."""

    def send(self, effect: Effect) -> Sent:
        issue, label = both(effect)
        github.add_labels(repo_as(issue), issue.number, [self._name(issue, label)])
        return Sent()

    def _name(self, issue: Issue, label: Label) -> Words:
        if issue.is_confidential:
            return label.name
        try:
            return confidential.public(label.name, private_words())
        except Confidential:
            raise Rejected("confidential") from None

    def settle(self, effect: Effect, sent: Sent) -> None:
        issue, label = both(effect)
        issue.labels.add(label)
        issue.labels.remove(*Label.objects.filter(pk=effect.args["before"]))
        follow_labels(Known.of(issue.repo), [issue.pk])
