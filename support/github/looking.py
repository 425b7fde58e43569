"""One issue, looked at closely: as it is now, what was said under it, and when its labels with "+" were put on.

A webhook only makes us look; what it says is not believed. What cannot be found is marked, never deleted (F39).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from fleetcs import clock
from fleetcs.clients import github
from fleetcs.clients.github import Comment, Happening, Repo
from fleetcs.clients.github import Issue as Told
from fleetcs.clients.http import Rejected
from support.github import comments, people
from support.github.people import Verdict
from support.github.taking import take
from support.models import (
    BugReport,
    Investigation,
    Issue,
    IssueComment,
    IssueLink,
    Label,
    PlusLabel,
    Remark,
    Repository,
)
from support.models.repository import name_of
from support.models.waiting import count_replies

ELSEWHERE = {"transferred", "gone", "not_found"}


@dataclass(frozen=True)
class Seen:
    """What GitHub says of one issue; `gone` is why it is not there any more, "" while it is."""

    told: Told | None
    gone: str = ""
    there: str = ""  # the repository of ours that it has moved to
    said: Sequence[Comment] = ()
    here: Collection[int] = ()  # the comments that were known before anything was asked, by their id over there
    happened: Sequence[Happening] = ()
    sides: dict[str, Verdict] = field(default_factory=dict)


def look(repo: Repo, number: int) -> Seen:
    """Ask for all of it. Raises Unavailable or Rejected; a repository that we may not see is no issue that is gone."""
    here = set(IssueComment.objects.filter(issue__repo=repo, issue__number=number).values_list("github_id", flat=True))
    try:
        told = github.issue(repo, number)
    except Rejected as refused:
        if refused.code not in ELSEWHERE:
            raise
        return _gone(repo, number, refused.code)
    if told.is_pull_request or not concerns_us(repo, told):
        return Seen(told)
    said = github.comments(repo, number) if told.comments else []
    happened = github.timeline(repo, number) if any(label.name.startswith("+") for label in told.labels) else []
    return Seen(told, said=said, here=here, happened=happened, sides=people.sides_of(repo, said))


def _gone(repo: Repo, number: int, code: str) -> Seen:
    if code != "transferred":
        return Seen(None, code)
    moved = github.issue_anywhere(repo, number)
    ours = (one.value for one in Repository.Code if name_of(one).lower() == moved.repository.lower())
    return Seen(moved, code, there=next(ours, ""))


def concerns_us(repo: str, told: Told) -> bool:
    """Whether it is mirrored already, or carries a label of ours."""
    return Issue.objects.filter(repo=repo, number=told.number).exists() or any(
        Label(name=label.name).is_ours for label in told.labels
    )


@transaction.atomic
def apply(repo: str, number: int, seen: Seen) -> Issue | None:
    """Write down what was seen; the issue as it is kept, None for one that is none of ours."""
    if seen.gone:
        return _lost(repo, number, seen)
    if seen.told is None or not take(repo, [seen.told]):
        return None
    issue = Issue.objects.get(repo=repo, number=number)
    comments.apply_all(issue, seen.said, seen.sides, here=seen.here)
    for plus in issue.plus_labels.select_related("label"):
        if (at := put_on(plus.label, seen.happened)) and at != plus.put_at:
            PlusLabel.objects.filter(pk=plus.pk).update(put_at=at)
    count_replies([issue.pk])
    Issue.objects.filter(pk=issue.pk).update(looked_at=clock.now())
    issue.refresh_from_db()
    return issue


def put_on(label: Label, happened: Sequence[Happening]) -> datetime | None:
    """When it was last put on, by the timeline, which calls it what it was called that day (trap 32)."""
    moments = [one.at for one in happened if one.event == "labeled" and one.at and one.label.lower() in label.names]
    return max(moments, default=None)


def _lost(repo: str, number: int, seen: Seen) -> Issue | None:
    """It is not there any more. Moved between our two repositories, it takes along everything that hangs on it."""
    issue = Issue.objects.filter(repo=repo, number=number).first()
    heir = _heir(seen) if issue else None
    if issue and heir and heir.pk == issue.pk:
        return heir  # it has kept its id: the row itself has moved
    if issue is None:
        return None
    if heir:
        _pass_on(issue, heir)
    Issue.objects.filter(pk=issue.pk, gone_at=None).update(gone_at=clock.now())
    Issue.objects.filter(pk=issue.pk).update(gone_why=seen.gone, moved_to=heir)
    issue.refresh_from_db()
    return issue


def _heir(seen: Seen) -> Issue | None:
    """The issue in our other repository; kept whatever its labels, since labels may be lost on the way (trap 55)."""
    if not seen.there or seen.told is None:
        return None
    take(seen.there, [seen.told], whatever=True)
    return Issue.objects.filter(repo=seen.there, number=seen.told.number).first()


def _pass_on(issue: Issue, heir: Issue) -> None:
    """Whom it concerns is kept as a fact: the label that said so may be lost. What we do about it goes on there."""
    for link in issue.links.all():
        same = heir.links.filter(account=link.account_id, ticket=link.ticket_id)
        if not same.exists():
            IssueLink.objects.filter(pk=link.pk).update(issue=heir, by_label=False)
        elif link.shared_at:
            shared = {"shared_at": link.shared_at, "shared_by": link.shared_by_id, "shared_where": link.shared_where}
            same.filter(shared_at=None).update(**shared)
    BugReport.objects.filter(issue=issue).update(issue=heir)
    BugReport.objects.filter(proposed=issue).update(proposed=heir)
    Remark.objects.filter(issue=issue).update(issue=heir)
    Investigation.objects.pass_on(issue, heir)
