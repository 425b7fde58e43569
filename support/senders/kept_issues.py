"""An issue as GitHub has just told it, into our copy: called where a sender settles."""

from fleetcs import clock
from fleetcs.clients import github
from fleetcs.clients.github import Repo
from support.models import Issue, Label


def kept(repo: Repo, read: github.Issue) -> Issue:
    """Our row of it, with the labels that it wears now."""
    told = {
        "github_id": read.id,
        "title": read.title[:300],
        "body": read.body or "",
        "state": read.state,
        "state_reason": read.state_reason or "",
        "author": read.author.login,
        "assignees": list(read.assignees),
        "comment_count": read.comments,
        "url": read.url,
        "created_at": read.created_at,
        "updated_at": read.updated_at,
        "closed_at": read.closed_at,
        "read_at": clock.now(),
        "gone_at": None,
    }
    issue, _ = Issue.objects.update_or_create(repo=repo, number=read.number, defaults=told)
    issue.labels.set([label_of(repo, label) for label in read.labels])
    return issue


def label_of(repo: Repo, read: github.Label) -> Label:
    """Labels are known by id; another one that has had the name before has lost it."""
    Label.objects.filter(repo=repo, name__iexact=read.name, gone_at=None).exclude(github_id=read.id).update(
        gone_at=clock.now()
    )
    told = {"name": read.name, "description": read.description or "", "color": read.color, "gone_at": None}
    return Label.objects.update_or_create(repo=repo, github_id=read.id, defaults=told)[0]
