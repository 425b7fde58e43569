"""Writing a page of issues: a constant number of statements for however many, none that writes what has not changed.

The rows are locked first and what is older than they are is left out, so that answers which overtake one another do no
harm. Labels are compared by id; those of an issue that are gone from it go here too (traps 31 and 33).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db import connection, transaction

from fleetcs import clock
from fleetcs.clients.github import Issue as Told
from fleetcs.clients.github import Label as ToldLabel
from support.github.links import follow_codenames
from support.github_labels import Meaning
from support.models import Investigation, Issue, IssueLink, Label, Repository
from support.models.following import follow_keys
from support.models.label import by_meaning
from support.models.waiting import count_replies

LONGEST_TITLE: Final = 300
COLUMNS: Final = (
    *("github_id", "title", "body", "state", "state_reason", "author", "assignees", "comment_count", "url"),
    *("created_at", "updated_at", "closed_at"),
)
KEEP: Final = """
    INSERT INTO support_issue AS kept (repo, number, read_at, gone_why, {columns})
    SELECT %(repo)s, number, %(now)s, '', {columns} FROM jsonb_to_recordset(%(rows)s) AS told(
        number integer, github_id bigint, title text, body text, state text, state_reason text, author text,
        assignees text[], comment_count integer, url text, created_at timestamptz, updated_at timestamptz,
        closed_at timestamptz
    )
    ON CONFLICT (repo, number) DO UPDATE SET {changes}, read_at = EXCLUDED.read_at, gone_at = NULL, gone_why = '',
    looked_at = CASE WHEN EXISTS (SELECT FROM support_pluslabel WHERE issue_id = kept.id) THEN NULL
        ELSE kept.looked_at END
    WHERE (kept.gone_at IS NOT NULL OR EXCLUDED.updated_at >= kept.updated_at)
    AND ({kept}, kept.gone_at) IS DISTINCT FROM ({told}, NULL::timestamptz)
    RETURNING number, id
"""
CARRY: Final = """
    WITH told AS (SELECT * FROM unnest(%(of)s::bigint[], %(carry)s::bigint[]) AS told(issue_id, label_id)),
    off AS (
        DELETE FROM support_issue_labels AS carried WHERE carried.issue_id = ANY(%(issues)s) AND NOT EXISTS (
            SELECT FROM told WHERE told.issue_id = carried.issue_id AND told.label_id = carried.label_id
        ) AND NOT EXISTS (
            SELECT FROM support_label AS label WHERE label.id = carried.label_id AND label.gone_at IS NOT NULL
        )
    )
    INSERT INTO support_issue_labels (issue_id, label_id) SELECT issue_id, label_id FROM told WHERE NOT EXISTS (
        SELECT FROM support_issue_labels AS carried
        WHERE carried.issue_id = told.issue_id AND carried.label_id = told.label_id
    ) ON CONFLICT DO NOTHING
"""
WAITING: Final = """
    WITH worn AS (
        SELECT carried.issue_id, carried.label_id, issue.updated_at
        FROM support_issue_labels AS carried JOIN support_issue AS issue ON issue.id = carried.issue_id
        WHERE carried.issue_id = ANY(%(issues)s) AND carried.label_id = ANY(%(plus)s)
    ), no_longer AS (
        DELETE FROM support_pluslabel AS plus WHERE plus.issue_id = ANY(%(issues)s) AND NOT EXISTS (
            SELECT FROM worn WHERE worn.issue_id = plus.issue_id AND worn.label_id = plus.label_id
        )
    ), fresh AS (
        INSERT INTO support_pluslabel (issue_id, label_id, put_at)
        SELECT worn.issue_id, worn.label_id, worn.updated_at FROM worn WHERE NOT EXISTS (
            SELECT FROM support_pluslabel AS plus
            WHERE plus.issue_id = worn.issue_id AND plus.label_id = worn.label_id
        ) ON CONFLICT DO NOTHING RETURNING issue_id
    )
    UPDATE support_issue SET looked_at = NULL WHERE id IN (SELECT issue_id FROM fresh)
"""


@dataclass
class Known:
    """The labels of one repository by their id over there."""

    repo: str
    keys: dict[int, int]
    ours: set[int]
    by_meaning: dict[Meaning, list[int]]

    @classmethod
    def of(cls, repo: str) -> "Known":
        labels = list(Label.objects.there().filter(repo=repo).only("github_id", "name"))
        keys = {label.github_id: label.pk for label in labels}
        return cls(repo, keys, {each.pk for each in labels if each.is_ours}, by_meaning(labels))


@transaction.atomic
def take(repo: str, told: Iterable[Told], *, whatever: bool = False) -> list[int]:
    """Make a page of issues ours; the keys of those that concern us and are newer than what we have.

    Pull requests and strangers are passed over. `whatever`: they concern us without a label of ours, too.
    """
    page = {issue.number: issue for issue in told if not issue.is_pull_request}
    labels = _labels(repo, page.values())
    known = _known(repo, page)
    here = {row.number: row for row in known if row.repo == repo and row.number in page}
    fresh = [one for one in page.values() if _is_wanted(one, here.get(one.number), labels, whatever=whatever)]
    if not fresh:
        return []
    _move(repo, fresh, known)
    keys = _written(repo, fresh, {number: row.pk for number, row in here.items()} | _keep(repo, fresh))
    written = list(keys.values())
    follow(labels, written, [(keys[each.number], _keys(each, labels)) for each in fresh if each.number in keys])
    follow_keys(written)
    Investigation.objects.come_back(written, labels.by_meaning[Meaning.INVESTIGATE])
    return written


def _written(repo: str, fresh: Sequence[Told], keys: dict[int, int]) -> dict[int, int]:
    """The keys by number, without those that somebody else has meanwhile written from a newer answer; in `keys` are
    those that were locked before they were written, or have just been."""
    unsure = {issue.number: issue.updated_at for issue in fresh if issue.number not in keys}
    rows = Issue.objects.filter(repo=repo, number__in=unsure).values_list("number", "pk", "updated_at")
    sure = {issue.number: keys[issue.number] for issue in fresh if issue.number in keys}
    return sure | {number: key for number, key, at in rows if at <= unsure[number]}


def _labels(repo: str, page: Iterable[Told]) -> Known:
    """The labels that we know, and those that have been made since the list was last read."""
    known = Known.of(repo)
    new = {label.id: label for issue in page for label in issue.labels if label.id not in known.keys}
    if not new:
        return known
    Repository.objects.select_for_update().filter(pk=repo).first()  # as who applies the whole list does
    Label.objects.bulk_create([label_row(repo, label) for label in new.values()], ignore_conflicts=True)
    return Known.of(repo)


def label_row(repo: str, told: ToldLabel) -> Label:
    return Label(
        repo=repo,
        github_id=told.id,
        name=told.name[:100],
        description=plain(told.description)[:200],
        color=told.color[:6],
    )


def _keys(issue: Told, labels: Known) -> list[int]:
    return [labels.keys[label.id] for label in issue.labels if label.id in labels.keys]


class Row(NamedTuple):
    """An issue as we have it, locked."""

    pk: int
    repo: str
    number: int
    github_id: int | None
    updated_at: datetime
    gone_at: datetime | None


def _known(repo: str, page: dict[int, Told]) -> list[Row]:
    """What we have of a page, by its place and by its id: it may have been somewhere else when it was read last."""
    keys = Issue.objects.order_by().values("pk")
    by_id = keys.filter(github_id__in=[issue.id for issue in page.values()])
    same = keys.filter(repo=repo, number__in=page).union(by_id, all=True)
    kept = Issue.objects.select_for_update().filter(pk__in=same).order_by("repo", "number")
    return [Row(*row) for row in kept.values_list(*Row._fields)]


def _is_wanted(issue: Told, known: Row | None, labels: Known, *, whatever: bool) -> bool:
    """Whether it is newer than what we have, or new and with a label of ours."""
    if known is None:
        return whatever or bool(labels.ours.intersection(_keys(issue, labels)))
    return known.gone_at is not None or issue.updated_at >= known.updated_at


def _move(repo: str, fresh: Sequence[Told], known: Sequence[Row]) -> None:
    """An issue that has kept its id and has another place: the row goes there, with everything that hangs on it."""
    numbers = {issue.id: issue.number for issue in fresh}
    for row in known:
        number = numbers.get(row.github_id or 0)
        if number and (row.repo, row.number) != (repo, number):
            Issue.objects.filter(repo=repo, number=number).update(github_id=None)
            Issue.objects.filter(pk=row.pk).update(repo=repo, number=number)
            # it stays said, even where the label was lost on the way
            IssueLink.objects.filter(issue=row.pk).update(by_label=False)


def _keep(repo: str, fresh: Sequence[Told]) -> dict[int, int]:
    """Write them down; the keys of those by number that are otherwise now."""
    parts = {
        "columns": ", ".join(COLUMNS),
        "changes": ", ".join(f"{name} = EXCLUDED.{name}" for name in COLUMNS),
        "kept": ", ".join(f"kept.{name}" for name in COLUMNS),
        "told": ", ".join(f"EXCLUDED.{name}" for name in COLUMNS),
    }
    rows = json.dumps([_row(issue) for issue in fresh])
    with connection.cursor() as cursor:
        cursor.execute(KEEP.format(**parts), {"repo": repo, "now": clock.now(), "rows": rows})
        return dict(cursor.fetchall())


def _row(issue: Told) -> dict[str, Any]:
    return {
        "number": issue.number,
        "github_id": issue.id,
        "title": plain(issue.title)[:LONGEST_TITLE],
        "body": plain(issue.body),
        "state": issue.state,
        "state_reason": issue.state_reason[:20],
        "author": issue.author.login[:100],
        "assignees": [login for login in issue.assignees if login],
        "comment_count": issue.comments,
        "url": issue.url[:300],
        "created_at": issue.created_at.isoformat(),
        "updated_at": issue.updated_at.isoformat(),
        "closed_at": issue.closed_at.isoformat() if issue.closed_at else None,
    }


def plain(text: str) -> str:
    """Text that the database takes: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "").encode(errors="replace").decode()


def follow(labels: Known, issues: Sequence[int], carried: Sequence[tuple[int, Sequence[int]]]) -> None:
    """Let these issues carry these labels and no others, and everything that follows from labels follow."""
    pairs = [(issue, label) for issue, keys in carried for label in keys]
    told = {"issues": list(issues), "of": [issue for issue, _ in pairs], "carry": [label for _, label in pairs]}
    with connection.cursor() as cursor:
        cursor.execute(CARRY, told)
    follow_labels(labels, issues)


def follow_labels(labels: Known, issues: Sequence[int]) -> None:
    """What an issue waits for and whom it concerns, by the labels it carries now."""
    told = {"issues": list(issues), "plus": labels.by_meaning[Meaning.WAITING]}
    with connection.cursor() as cursor:
        cursor.execute(WAITING, told)
    follow_codenames(issues, labels.by_meaning)
    count_replies(issues)
