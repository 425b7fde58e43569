"""Whom issues concern, by the labels of codenames they carry: found by the label's id before its name (COD-05).

A codename that is given later to a label which has long been on issues finds them too: links are made from what stands,
not from what happens.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import connection

from fleetcs import clock
from support.github_labels import Meaning
from support.models import Issue, Label

# Both prefixes, "customer-" and "prospect-", are nine letters long; a name counts only where no id is known.
WHOSE: Final = """
        LEFT JOIN accounts_codenamepart AS part
            ON part.place = label.repo AND part.external_id = label.github_id::text AND part.external_id <> ''
        JOIN accounts_codename AS codename ON codename.id = part.codename_id
            OR (part.id IS NULL AND codename.word = substr(lower(label.name), 10))
"""
LABELS: Final = "SELECT label.id, codename.id FROM support_label AS label"
CARRIED: Final = """
    WITH told AS (
        SELECT DISTINCT carried.issue_id, codename.account_id, CASE
            WHEN EXISTS (SELECT FROM support_issue_labels AS other
                WHERE other.issue_id = carried.issue_id AND other.label_id = ANY(%(bugs)s)) THEN 'bug'
            WHEN EXISTS (SELECT FROM support_issue_labels AS other
                WHERE other.issue_id = carried.issue_id AND other.label_id = ANY(%(requests)s)) THEN 'request'
            ELSE 'other' END AS kind
        FROM support_issue_labels AS carried
        JOIN support_label AS label ON label.id = carried.label_id AND label.id = ANY(%(codenames)s)
"""
TOLD: Final = CARRIED + WHOSE + " WHERE carried.issue_id = ANY(%(issues)s))"
# What a person has made, or told the customer of, stays when the label goes.
LINK: Final = """
    , linked AS (
        INSERT INTO support_issuelink AS kept (issue_id, account_id, kind, by_label, at, shared_where)
        SELECT issue_id, account_id, kind, TRUE, %(now)s, '' FROM told
        ON CONFLICT ON CONSTRAINT issue_link_once DO UPDATE
        SET by_label = TRUE, kind = CASE WHEN kept.by_id IS NULL THEN EXCLUDED.kind ELSE kept.kind END
        WHERE NOT kept.by_label OR (kept.by_id IS NULL AND kept.kind <> EXCLUDED.kind)
    ), loose AS (
        SELECT id, by_id IS NULL AND shared_at IS NULL AND ticket_id IS NULL AS bare FROM support_issuelink AS kept
        WHERE by_label AND issue_id = ANY(%(issues)s) AND NOT EXISTS (
            SELECT FROM told WHERE told.issue_id = kept.issue_id AND told.account_id = kept.account_id
        )
    ), gone AS (DELETE FROM support_issuelink WHERE id IN (SELECT id FROM loose WHERE bare))
    UPDATE support_issuelink SET by_label = FALSE WHERE id IN (SELECT id FROM loose WHERE NOT bare)
"""


def whose_labels() -> dict[int, int]:
    """The codename of each label that is called like one, both by their keys; a label of nobody is left out."""
    with connection.cursor() as cursor:
        cursor.execute(LABELS + WHOSE)
        return dict(cursor.fetchall())


def follow_codenames(issues: Sequence[int], labels: Mapping[Meaning, Sequence[int]]) -> None:
    """Have the links that labels make follow the labels that these issues of one repository carry; `labels`: keys of
    those that the repository has, by what they mean."""
    told: dict[str, Any] = {
        "issues": list(issues),
        "now": clock.now(),
        "codenames": labels[Meaning.CODENAME],
        "bugs": labels[Meaning.BUG],
        "requests": [*labels[Meaning.REQUEST], *labels[Meaning.PRIORITIZED]],
    }
    with connection.cursor() as cursor:
        cursor.execute(TOLD + LINK, told)


def follow_codenames_of(repo: str, issues: Sequence[int]) -> None:
    """The same for issues of a repository whose labels have not been read."""
    follow_codenames(issues, Label.objects.there().filter(repo=repo).by_meaning())


def follow_all_codenames(repo: str) -> None:
    """The same for every issue of a repository: for codenames that were given, and labels that were renamed."""
    follow_codenames_of(repo, list(Issue.objects.filter(repo=repo).values_list("pk", flat=True)))
