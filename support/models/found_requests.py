"""Requests as issues tell of them, written in one statement for a page of however many (REQ-01, REQ-07, REQ-08)."""

from collections.abc import Mapping
from typing import Any, Final

from django.db import connection

from fleetcs import clock
from support.customer_requests import Signs
from support.models.customer_request import CustomerRequest

# What a person has said stays said: a request whose label went is one still. The two moments are since when it is seen
# that it is prioritized and that feedback is asked for; unset again when it is not.
FOUND: Final = """
    WITH fresh AS (
        INSERT INTO support_customerrequest AS kept (issue_id, found_at, prioritized_at, feedback_asked_at,
            has_no_date, posted_url, post_refused, posts, not_public_because)
        SELECT told.issue, %(now)s, CASE WHEN told.issue = ANY(%(prioritized)s) THEN %(now)s END,
            CASE WHEN told.issue = ANY(%(asked)s) THEN %(now)s END, FALSE, '', '', 0, ''
        FROM unnest(%(labelled)s::bigint[]) AS told(issue)
        WHERE NOT EXISTS (SELECT FROM support_customerrequest AS had WHERE had.issue_id = told.issue)
        ON CONFLICT (issue_id) DO UPDATE SET {moments} WHERE {changed}
    ), known AS (
        UPDATE support_customerrequest AS kept SET {moments} WHERE issue_id = ANY(%(issues)s) AND {changed}
    )
    UPDATE support_issuelink AS link SET kind = 'request'
    WHERE link.issue_id = ANY(%(issues)s) AND link.kind = 'other' AND (link.issue_id = ANY(%(labelled)s)
        OR EXISTS (SELECT FROM support_customerrequest AS had WHERE had.issue_id = link.issue_id))
"""
PRIORITIZED: Final = "CASE WHEN kept.issue_id = ANY(%(prioritized)s) THEN coalesce(kept.prioritized_at, %(now)s) END"
ASKED: Final = "CASE WHEN kept.issue_id = ANY(%(asked)s) THEN coalesce(kept.feedback_asked_at, %(now)s) END"
MOMENTS: Final = f"prioritized_at = {PRIORITIZED}, feedback_asked_at = {ASKED}"
CHANGED: Final = f"(kept.prioritized_at, kept.feedback_asked_at) IS DISTINCT FROM ({PRIORITIZED}, {ASKED})"


def requests_told_by(signs: Mapping[int, Signs]) -> dict[int, CustomerRequest]:
    """The requests among these issues as they stand now, by the issue's key; `signs`: what each issue says, by its key.

    They are locked in the order of their keys, so that two followers take turns.
    """
    told: dict[str, Any] = {
        "now": clock.now(),
        "issues": list(signs),
        "labelled": [pk for pk, said in signs.items() if said.is_request],
        "prioritized": [pk for pk, said in signs.items() if said.is_prioritized],
        "asked": [pk for pk, said in signs.items() if said.wants_feedback],
    }
    with connection.cursor() as cursor:
        cursor.execute(FOUND.format(moments=MOMENTS, changed=CHANGED), told)
    rows = CustomerRequest.objects.select_for_update(no_key=True).filter(issue__in=signs).order_by("pk")
    return {one.issue_id: one for one in rows}
