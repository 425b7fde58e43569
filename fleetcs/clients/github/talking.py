"""Issues, what is said under them, and what happened to them."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from fleetcs.clients.github import shapes
from fleetcs.clients.github.line import NOT_MODIFIED, PAGE, call, every, items_of
from fleetcs.clients.github.public import Repo, Words, words
from fleetcs.clients.github.repository import absent, full_name, name_today, place
from fleetcs.clients.github.shapes import Comment, Found, Happening, Issue, Page
from fleetcs.clients.http import Rejected

LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:\[bot\])?")
LONGEST_TITLE, LONGEST_BODY = 256, 65_536  # characters

type State = Literal["open", "closed"]
type Reason = Literal["completed", "not_planned", "duplicate", "reopened"]


def issues(
    repo: Repo,
    *,
    labels: Sequence[str] = (),
    since: datetime | None = None,
    state: Literal["open", "closed", "all"] = "all",
    etag: str = "",
    page: str = "",
) -> Page[Issue]:
    """One page of issues and pull requests that carry all of `labels`, changed at or after `since`, newest first.

    The newest come first so that anything new changes the first page, and with it its `etag`.
    """
    if any("," in name for name in labels):
        raise Rejected("label_name")
    params = _newest(since) | {"state": state} | ({"labels": ",".join(labels)} if labels else {})
    return _page(page or f"{place(repo)}/issues", {} if page else params, etag, shapes.issue)


def issue(repo: Repo, number: int) -> Issue:
    """The issue as it is now; Rejected says "gone" when it was deleted and "transferred" when it is elsewhere now."""
    found = issue_anywhere(repo, number)
    renamed = found.repository.lower() != full_name(repo).lower()
    if found.number != number or (renamed and found.repository != name_today(repo)):
        raise Rejected("transferred", 301)
    return found


def issue_anywhere(repo: Repo, number: int) -> Issue:
    """The issue that was there, wherever it is now: `repository` and `number` say where."""
    try:
        return shapes.issue(call("GET", _issue(repo, number)).body)
    except Rejected as refused:
        if refused.status == 404:
            absent(repo, refused)
        raise


def comments(repo: Repo, number: int, since: datetime | None = None) -> list[Comment]:
    """Every comment under an issue, oldest first; those changed at or after `since`."""
    params = {"since": stamp(since)} if since else {}
    return [shapes.comment(raw) for raw in every(f"{_issue(repo, number)}/comments", **params)]


def recent_comments(repo: Repo, *, since: datetime | None = None, etag: str = "", page: str = "") -> Page[Comment]:
    """One page of the comments under all issues, changed at or after `since`, newest first."""
    return _page(page or f"{place(repo)}/issues/comments", {} if page else _newest(since), etag, shapes.comment)


def timeline(repo: Repo, number: int) -> list[Happening]:
    """What happened to an issue, oldest first."""
    return [shapes.happening(raw) for raw in every(f"{_issue(repo, number)}/timeline")]


def search_issues(query: str, *, limit: int = PAGE) -> Found:
    """The best matches of GitHub's own search: for a person who looks, never for a sync (stale, incomplete, capped)."""
    said = call("GET", "/search/issues", params={"q": query, "per_page": min(limit, PAGE)})
    found = tuple(shapes.issue(raw) for raw in items_of(said, "items"))
    return Found(found, int(said.body.get("total_count") or 0), said.body.get("incomplete_results") is True)


def create_issue(repo: Repo, title: Words, body: Words, labels: Sequence[Words] = ()) -> Issue:
    """A new issue. After an ambiguous Unavailable look for it before sending again: GitHub takes it twice."""
    said = {"title": _short(words(repo, title), LONGEST_TITLE), "body": _short(words(repo, body), LONGEST_BODY)}
    names = [words(repo, name) for name in labels]
    return shapes.issue(call("POST", f"{place(repo)}/issues", body={**said, "labels": names}).body)


def comment(repo: Repo, number: int, body: Words) -> Comment:
    """A new comment. After an ambiguous Unavailable look for it before sending again."""
    text = _short(words(repo, body), LONGEST_BODY)
    return shapes.comment(call("POST", f"{_issue(repo, number)}/comments", body={"body": text}).body)


def set_state(repo: Repo, number: int, state: State, reason: Reason | None = None) -> Issue:
    """Open or close an issue; doing it twice changes nothing."""
    changes = {"state": state} | ({"state_reason": reason} if reason else {})
    return shapes.issue(call("PATCH", _issue(repo, number), body=changes).body)


def assign(repo: Repo, number: int, logins: Sequence[str]) -> Issue:
    """Add assignees. GitHub passes over those who may not be: compare what comes back."""
    return _assignees("POST", repo, number, logins)


def unassign(repo: Repo, number: int, logins: Sequence[str]) -> Issue:
    """Take assignees off; those who are none are fine."""
    return _assignees("DELETE", repo, number, logins)


def _assignees(verb: str, repo: Repo, number: int, logins: Sequence[str]) -> Issue:
    if not all(LOGIN.fullmatch(login) for login in logins):
        raise Rejected("login")
    said = call(verb, f"{_issue(repo, number)}/assignees", body={"assignees": list(logins)})
    return shapes.issue(said.body)


def _issue(repo: Repo, number: int) -> str:
    return f"{place(repo)}/issues/{number:d}"


def _newest(since: datetime | None) -> dict[str, Any]:
    order = {"sort": "updated", "direction": "desc", "per_page": PAGE}
    return order | ({"since": stamp(since)} if since else {})


def _page[T](path: str, params: dict[str, Any], etag: str, shape: Callable[[dict[str, Any]], T]) -> Page[T]:
    said = call("GET", path, params=params, headers={"If-None-Match": etag} if etag else {})
    if said.status == NOT_MODIFIED:
        return Page((), etag, unchanged=True)
    return Page(tuple(shape(raw) for raw in items_of(said)), said.etag, next=said.next)


def stamp(moment: datetime) -> str:
    """A moment as GitHub writes it, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _short(text: str, longest: int) -> str:
    if not text.strip() or len(text) > longest:
        raise Rejected("too_long" if text.strip() else "empty")
    return text
