"""The confidential issue that asks for a longer sandbox (LIC-05): found by its marker before it is made again."""

from accounts import trial_text
from accounts.models import TrialExtension
from fleetcs.clients import github
from fleetcs.clients.github import Issue
from fleetcs.clients.http import Rejected
from fleetcs.effects import Sender, Sent
from fleetcs.models import Effect


class TrialIssue(Sender):
    """The issue of one extension; `args`: extension."""

    destination = "github"
    protocol = "probe"
    patience = github.PATIENCE

    def wanted(self, effect: Effect) -> str | None:
        extension = extension_of(effect)
        return "filed_already" if extension.issue_number else "granted_already" if extension.granted_at else None

    def send(self, effect: Effect) -> Sent:
        extension = extension_of(effect)
        body = trial_text.body(extension.trial.email, extension.ends_at, extension.marker)
        return seen(github.create_issue("confidential", trial_text.TITLE, body, trial_text.LABELS))

    def probe(self, effect: Effect) -> Sent | None:
        extension = extension_of(effect)
        found = github.marked("confidential", trial_text.hidden(extension.marker), extension.asked_at)
        return seen(found) if found else None

    def settle(self, effect: Effect, sent: Sent) -> None:
        if "number" in sent.facts:
            extension_of(effect).note_filed(sent.facts["number"], sent.external_id)

    def refused(self, effect: Effect, code: str) -> None:
        TrialExtension.objects.filter(pk=effect.args["extension"]).update(refused=code[:80])


def extension_of(effect: Effect) -> TrialExtension:
    found = TrialExtension.objects.select_related("trial").filter(pk=effect.args["extension"]).first()
    if found is None:
        raise Rejected("extension_gone")
    return found


def seen(issue: Issue) -> Sent:
    return Sent(issue.url, {"number": issue.number})
