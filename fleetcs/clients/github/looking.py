"""Issues of ours, looked for by a text that is in them: before a second try, or the first where people file them too.

One that has not changed for so long that more others have than are looked through is overlooked.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from fleetcs.clients.github.public import Repo
from fleetcs.clients.github.shapes import Issue
from fleetcs.clients.github.talking import issues

MARGIN: Final = timedelta(minutes=10)  # between their clock and ours
NEWEST_PAGES: Final = 5  # of a hundred issues each, in which an issue of ours is looked for


def changed(repo: Repo, since: datetime) -> Iterator[Issue]:
    """Issues changed since then, the one changed last first, as far as one looks; pull requests are none."""
    page = issues(repo, since=since)
    for _ in range(NEWEST_PAGES):
        yield from (issue for issue in page.items if not issue.is_pull_request)
        if not page.next:
            return
        page = issues(repo, page=page.next)


def marked(repo: Repo, text: str, since: datetime) -> Issue | None:
    """Of the issues with a text in them the one changed last, since then by either clock."""
    return next((issue for issue in changed(repo, since - MARGIN) if text in issue.body), None)
