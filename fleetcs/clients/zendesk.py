"""Zendesk's REST API, read only: tickets by the incremental cursor export, and a ticket's comments.

Both may be asked again without harm. Limits are obeyed by what http makes of 429 and Retry-After.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings

from fleetcs.clients import http
from fleetcs.clients.http import Rejected, Unavailable

START: Final = 0  # the epoch: everything
MOST_A_PAGE: Final = 100  # comments
MOST_PAGES: Final = 50  # of one ticket's comments

type Row = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """Tickets with the people and organizations they name, and where to go on; `is_last` when there is no more now."""

    tickets: list[Row]
    cursor: str
    is_last: bool


def tickets(cursor: str = "") -> Page:
    """The tickets after `cursor`, oldest change first; "" begins at the beginning. Raises Unavailable or Rejected."""
    where: Row = {"cursor": cursor} if cursor else {"start_time": START}
    asked = {**where, "per_page": settings.ZENDESK_PAGE_SIZE, "include": "users,organizations,metric_sets"}
    said = _get("incremental/tickets/cursor.json", asked)
    if not isinstance(said.get("end_of_stream"), bool):
        raise Unavailable(code="not_understood")
    people, firms, metrics = (_by_id(said, name) for name in ("users", "organizations", "metric_sets"))
    measured = {each.get("ticket_id"): each for each in metrics.values()}
    found = [
        {
            **each,
            "requester": people.get(each.get("requester_id"), {}),
            "organization": firms.get(each.get("organization_id"), {}),
            "metric_set": measured.get(each.get("id"), {}),
        }
        for each in _rows(said, "tickets")
    ]
    return Page(found, str(said.get("after_cursor") or ""), said["end_of_stream"])


def comments(ticket: str) -> tuple[list[Row], list[Row]]:
    """Every comment of a ticket, oldest first, and the people who wrote them. Raises Unavailable or
    Rejected, also for more of them than anybody reads: half a ticket is none."""
    found: list[Row] = []
    people: dict[Any, Row] = {}
    asked: Row = {"include": "users", "page[size]": min(settings.ZENDESK_PAGE_SIZE, MOST_A_PAGE)}
    for _ in range(MOST_PAGES):
        said = _get(f"tickets/{quote(ticket, safe='')}/comments.json", asked)
        found += _rows(said, "comments")
        people |= _by_id(said, "users")
        meta = said.get("meta")
        if not isinstance(meta, Mapping) or not meta.get("has_more"):
            return found, list(people.values())
        asked = {**asked, "page[after]": str(meta.get("after_cursor") or "")}
    raise Rejected("too_many_comments")


def _get(path: str, asked: Row) -> Row:
    """One answer. Signed in with an API token: the agent's address and /token as the user."""
    url = f"{http.configured(settings.ZENDESK_URL).rstrip('/')}/api/v2/{path}"
    who = (f"{http.configured(settings.ZENDESK_EMAIL)}/token", settings.ZENDESK_API_TOKEN)
    with http.session() as outside:
        return http.json_of(outside.get(url, params=asked, auth=who, headers={"Accept": "application/json"}))


def _rows(said: Row, name: str) -> list[Row]:
    found = said.get(name)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Unavailable(code="not_understood")
    return found


def _by_id(said: Row, name: str) -> dict[Any, Row]:
    return {each.get("id"): each for each in _rows({name: [], **said}, name)}
