"""What goes to GitHub about bugs: the issue, its labels, our comments; and what is looked up there for a person.

Each text is scanned once more right before it leaves; what names a customer is refused here too (BUG-02, BUG-14).
"""

from collections.abc import Callable
from typing import Literal

from accounts import confidential
from accounts.confidential import Confidential
from accounts.models.private_words import private_words
from fleetcs import clock
from fleetcs.clients import github
from fleetcs.clients.github import Repo, Words
from fleetcs.clients.http import Rejected
from fleetcs.effects import Sender, Sent
from fleetcs.models import Effect, User
from support import bug_cycle, bug_text
from support.github.taking import take
from support.models import BugReport, BugSearch, Investigation, Issue, IssueTemplate, Remark
from support.models.remark import digest_of
from support.models.repository import name_of


class GithubSender(Sender):
    """What all of these share."""

    destination = "github"
    protocol: Literal["natural", "probe"] = "natural"
    patience = github.PATIENCE


class GithubIssue(GithubSender):
    """The issue of a report, as it was approved; `args`: bug. By its marker it is found before it is made again."""

    protocol = "probe"
    pace = github.PACE

    def wanted(self, effect: Effect) -> str | None:
        report = report_of(effect)
        if report.issue_id or report.given_up_at:
            return "filed_already" if report.issue_id else "given_up"
        return None if report.state in {"leaving", "refused"} else "withdrawn"

    def send(self, effect: Effect) -> Sent:
        report = report_of(effect)
        if report.round > 1 and (found := self.probe(effect)):
            return found
        shown, repo = report.approved, repo_of(report.repo)
        if shown.digest != report.approved_digest:
            raise Rejected("another_text")
        title, body, *labels = cleared(repo, shown.title, shown.body, *shown.labels)
        return seen(repo, github.create_issue(repo, title, body, labels))

    def probe(self, effect: Effect) -> Sent | None:
        report = report_of(effect)
        first, repo = report.approved_at if report.round == 1 else report.suspected_at, repo_of(report.repo)
        found = github.marked(repo, bug_text.hidden(report.marker), first or effect.created_at)
        return seen(repo, found) if found else None

    def settle(self, effect: Effect, sent: Sent) -> None:
        if "issue" in sent.facts:
            report_of(effect).become(kept(sent.facts["repo"], sent.facts["issue"]), by=effect.by)

    def refused(self, effect: Effect, code: str) -> None:
        report_of(effect).note_refused(code)


class GithubFind(GithubSender):
    """The issue that somebody has filed with GitHub's own form; `args`: bug, round, number (None: it is looked for)."""

    def wanted(self, effect: Effect) -> str | None:
        return None if is_awaited(report_of(effect), effect) else "settled_already"

    def send(self, effect: Effect) -> Sent:
        report, number = report_of(effect), effect.args.get("number")
        repo = repo_of(report.repo)
        if number:
            found = there(lambda: github.issue(repo, int(number)))
            return seen(repo, found) if found and not found.is_pull_request else Sent(facts={"nothing": True})
        since = (report.approved_at or report.suspected_at) - github.MARGIN
        rows = [row for row in github.changed(repo, since) if row.created_at >= since]
        found = next((row for row in rows if is_marked(row, report.marker)), None)
        found = found or next((row for row in rows if row.title.strip() == report.approved_title), None)
        return seen(repo, found) if found else Sent(facts={"nothing": True})

    def settle(self, effect: Effect, sent: Sent) -> None:
        """With our marker in it, it is the one; else a person has to confirm it."""
        list(BugReport.objects.select_for_update(no_key=True).filter(pk=effect.args["bug"]))
        report, found = report_of(effect), sent.facts.get("issue")
        if not is_awaited(report, effect):
            return
        if found is None:
            BugReport.objects.filter(pk=report.pk).update(refused="not_found")
        elif is_marked(found, report.marker):
            report.become(kept(sent.facts["repo"], found), by=effect.by)
        else:
            BugReport.objects.filter(pk=report.pk).update(proposed=kept(sent.facts["repo"], found), refused="")

    def refused(self, effect: Effect, code: str) -> None:
        report_of(effect).note_refused(code)


class GithubRelabel(GithubSender):
    """The labels of one step of a bug's cycle (BUG-08, BUG-11, BUG-12); `args`: investigation, step."""

    pace = github.PACE

    def send(self, effect: Effect) -> Sent:
        issue, change = investigation_of(effect).issue, bug_cycle.CHANGES[effect.args["step"]]
        repo = repo_of(issue.repo)
        github.add_labels(repo, issue.number, cleared(repo, *change.add))
        for name in change.remove:
            github.remove_label(repo, issue.number, name)
        return seen(repo, github.issue(repo, issue.number))

    def settle(self, effect: Effect, sent: Sent) -> None:
        if "issue" in sent.facts:
            kept(sent.facts["repo"], sent.facts["issue"])
        investigation_of(effect).note_relabelled(effect.args["step"])

    def refused(self, effect: Effect, code: str) -> None:
        Investigation.objects.filter(pk=effect.args["investigation"]).update(refused=code[:80])


class GithubComment(GithubSender):
    """A comment of ours; `args`: remark. By its marker it is found before it is said again."""

    protocol = "probe"
    pace = github.PACE

    def wanted(self, effect: Effect) -> str | None:
        return "said_already" if remark_of(effect).said_at else None

    def send(self, effect: Effect) -> Sent:
        remark = remark_of(effect)
        if remark.digest != digest_of(remark.text):
            raise Rejected("another_text")
        repo = repo_of(remark.issue.repo)
        [text] = cleared(repo, f"{remark.text}\n\n{bug_text.hidden(remark.marker)}")
        return said(github.comment(repo, remark.issue.number, text))

    def probe(self, effect: Effect) -> Sent | None:
        remark = remark_of(effect)
        rows = github.comments(repo_of(remark.issue.repo), remark.issue.number, remark.at - github.MARGIN)
        found = next((row for row in rows if bug_text.hidden(remark.marker) in row.body), None)
        return said(found) if found else None

    def settle(self, effect: Effect, sent: Sent) -> None:
        remark = remark_of(effect)
        Remark.objects.filter(pk=remark.pk).update(said_at=clock.now(), url=sent.external_id[:300], refused="")
        by: User | None = remark.by
        if remark.is_acknowledgement and by is not None:
            Investigation.objects.of_issue(remark.issue).acknowledge(sent.external_id, by=by)

    def refused(self, effect: Effect, code: str) -> None:
        Remark.objects.filter(pk=effect.args["remark"]).update(refused=code[:80])


class GithubSearch(GithubSender):
    """GitHub's own search, for a person's words (BUG-01); `args`: search. Where we are connected, closed ones too."""

    def wanted(self, effect: Effect) -> str | None:
        return "answered_already" if search_of(effect).answered_at else None

    def send(self, effect: Effect) -> Sent:
        search = search_of(effect)
        if confidential.marks(search.words, private_words()):
            raise Rejected("confidential")
        found = [(repo, issue) for repo in REPOS if name_of(repo) for issue in at_github(repo, search.words)]
        return Sent(facts={"found": found})

    def settle(self, effect: Effect, sent: Sent) -> None:
        search = search_of(effect)
        search.found.add(*(kept(repo, issue) for repo, issue in sent.facts.get("found", [])))
        BugSearch.objects.filter(pk=search.pk).update(answered_at=clock.now(), trouble="")

    def refused(self, effect: Effect, code: str) -> None:
        BugSearch.objects.filter(pk=effect.args["search"]).update(trouble=code[:80])


class GithubTemplate(GithubSender):
    """The repository's own template for bugs (BUG-07); `args`: template. Where there is none, our order holds."""

    def send(self, effect: Effect) -> Sent:
        template = template_of(effect)
        text = there(lambda: github.issue_template(repo_of(template.repo), template.path))
        return Sent(facts={"text": text or "", "trouble": "" if text else "not_found"})

    def settle(self, effect: Effect, sent: Sent) -> None:
        read = {"text": sent.facts.get("text", ""), "trouble": sent.facts.get("trouble", "")}
        IssueTemplate.objects.filter(pk=effect.args["template"]).update(read_at=clock.now(), **read)

    def refused(self, effect: Effect, code: str) -> None:
        read = {"text": "", "read_at": clock.now(), "trouble": code[:80]}
        IssueTemplate.objects.filter(pk=effect.args["template"]).update(**read)


# --- which rows an effect is about ------------------------------------------------------------------------------------
REPOS: tuple[Repo, ...] = ("public", "confidential")


def repo_of(code: str) -> Repo:
    return "confidential" if code == "confidential" else "public"


def report_of(effect: Effect) -> BugReport:
    found = BugReport.objects.select_related("ticket__account").filter(pk=effect.args["bug"]).first()
    if found is None:
        raise Rejected("bug_gone")
    return found


def is_awaited(report: BugReport, effect: Effect) -> bool:
    """Whether somebody still says which issue it became, as it was approved when they asked."""
    return report.state == "by_hand" and report.round == effect.args.get("round", report.round)


def investigation_of(effect: Effect) -> Investigation:
    found = Investigation.objects.select_related("issue").filter(pk=effect.args["investigation"]).first()
    if found is None:
        raise Rejected("investigation_gone")
    return found


def remark_of(effect: Effect) -> Remark:
    found = Remark.objects.select_related("issue", "by").filter(pk=effect.args["remark"]).first()
    if found is None:
        raise Rejected("remark_gone")
    return found


def search_of(effect: Effect) -> BugSearch:
    found = BugSearch.objects.filter(pk=effect.args["search"]).first()
    if found is None:
        raise Rejected("search_gone")
    return found


def template_of(effect: Effect) -> IssueTemplate:
    found = IssueTemplate.objects.filter(pk=effect.args["template"]).first()
    if found is None:
        raise Rejected("template_gone")
    return found


# --- what is asked ----------------------------------------------------------------------------------------------------
def cleared(repo: Repo, *texts: str) -> list[Words]:
    """These texts as they may be written there. Raises Rejected for one that names what nobody outside may know."""
    if repo == "confidential":
        return list(texts)
    words = private_words()
    try:
        return [confidential.public(text, words) for text in texts]
    except Confidential:
        raise Rejected("confidential") from None


def there[Answer](ask: Callable[[], Answer]) -> Answer | None:
    """What is asked for, None when it is not there; every other refusal is raised."""
    try:
        return ask()
    except Rejected as refused:
        if refused.status not in {404, 410}:
            raise
    return None


def is_marked(row: github.Issue, marker: str) -> bool:
    return bug_text.hidden(marker) in row.body


def at_github(repo: Repo, words: str) -> tuple[github.Issue, ...]:
    """One search: several `repo:` are "or" to GitHub, but two calls say of each issue where it is."""
    return github.search_issues(f"{words} repo:{github.full_name(repo)} is:issue", limit=10).issues


def kept(repo: Repo, told: github.Issue) -> Issue:
    """Our row of an issue as it was told, or as it is known since: whatever labels it wears, where a sender settles."""
    take(repo, [told], whatever=True)
    return Issue.objects.get(repo=repo, number=told.number)


def seen(repo: Repo, issue: github.Issue) -> Sent:
    return Sent(f"{issue.number}", facts={"repo": repo, "issue": issue})


def said(comment: github.Comment) -> Sent:
    return Sent(comment.url)
