"""Who has said something under an issue, and when; an edited comment stays where it was first said (trap 53)."""

from collections.abc import Collection, Sequence

from django.db import transaction

from fleetcs.clients.github import Comment
from support.github.people import NOBODY, Verdict, remember
from support.models import Issue, IssueComment
from support.models.waiting import count_replies

Side = IssueComment.Side


def under_ours(repo: str, told: Sequence[Comment]) -> list[Comment]:
    """Those under issues that are mirrored: nobody else's sides are asked for."""
    ours = Issue.objects.filter(repo=repo, number__in={one.issue_number for one in told})
    numbers = set(ours.values_list("number", flat=True))
    return [one for one in told if one.issue_number in numbers]


@transaction.atomic
def apply(repo: str, told: Sequence[Comment], sides: dict[str, Verdict]) -> list[int]:
    """Write down comments under issues that are mirrored; the keys of these issues. Constant in statements."""
    remember(sides, [one.author.login for one in told])
    numbers = {one.issue_number for one in told}
    keys = dict(Issue.objects.filter(repo=repo, number__in=numbers).values_list("number", "pk"))
    rows = [row(keys[one.issue_number], one, sides) for one in told if one.issue_number in keys]
    IssueComment.objects.bulk_create(rows, ignore_conflicts=True)
    count_replies(list(keys.values()))
    return list(keys.values())


def row(issue: int, told: Comment, sides: dict[str, Verdict]) -> IssueComment:
    login = told.author.login or NOBODY
    verdict = sides.get(login.lower())
    side = Side.MACHINE.value if told.app else verdict.side if verdict else Side.UNKNOWN.value
    return IssueComment(
        issue_id=issue,
        github_id=told.id,
        author=login[:100],
        side=side,
        by_app=bool(told.app),
        at=told.created_at,
        url=told.url[:300],
    )


@transaction.atomic
def apply_all(issue: Issue, told: Sequence[Comment], sides: dict[str, Verdict], *, here: Collection[int]) -> None:
    """The same for everything that stands under one issue: what does not any more is taken away.

    `here`: ids of what was known when it was asked. What has come in since is too new to be missed.
    """
    apply(issue.repo, told, sides)
    if issue.comments.filter(github_id__in=set(here) - {one.id for one in told}).delete()[0]:
        count_replies([issue.pk])
