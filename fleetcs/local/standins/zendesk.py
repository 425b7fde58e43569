"""Zendesk's ticketing API as far as an import reads it: the incremental cursor export and a ticket's comments.

Rows come by `POST /zendesk` of the desk (users, organizations, tickets, comments as the real rows look), or from
`demo`. Forms, limits and refusals keep to the published description.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from re import compile as pattern
from typing import Any, Final
from urllib.parse import urlencode

from fleetcs.local.standins.wire import Answer, Call, Fact, answer

PREFIX: Final = "/zendesk/"
EXPORT: Final = f"{PREFIX}api/v2/incremental/tickets/cursor.json"
COMMENTS: Final = pattern(PREFIX + r"api/v2/tickets/(?P<ticket>\d+)/comments\.json")
KINDS: Final = ("users", "organizations", "tickets", "comments", "metric_sets")
PER_PAGE: Final = 1000
EXPORTS_A_MINUTE: Final = 10
CALLS_A_MINUTE: Final = 700
SETTLING: Final = 60  # seconds: what changed within the last minute is not exported yet


class Zendesk:
    """One account, its rows by kind and id, and how much of this minute's calls is used."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[int, Fact]] = {kind: {} for kind in KINDS}
        self.minute = 0
        self.used = {"export": 0, "all": 0}

    def answer(self, call: Call, now: datetime) -> Answer:
        """The answer to one API call; nothing here is ever changed by one."""
        user, token = call.basic()
        if not (user.endswith("/token") and "@" in user and token):
            return answer({"error": "Couldn't authenticate you"}, 401, www_authenticate='Basic realm="Web Password"')
        comments = COMMENTS.fullmatch(call.path)
        if call.method != "GET" or not (comments or call.path == EXPORT):
            return answer({"error": "InvalidEndpoint", "description": "Not found"}, 404)
        if wait := self._over(call.path == EXPORT, now):
            return self._too_many(wait)
        return self._comments(call, int(comments["ticket"])) if comments else self._export(call, now)

    def word(self, error: str) -> Answer:
        """A refusal by its name."""
        return answer({"error": error, "description": "refused"}, 422)

    def failure(self, status: int) -> Answer:
        """An error of their web server; too many requests are told in the words of theirs."""
        return self._too_many(None) if status == 429 else answer({"error": "InternalError"}, status)

    def apply(self, fact: Fact) -> None:
        """Let a row be as a fact says; facts of other services are none of ours."""
        if fact["kind"] == "zendesk.row":
            self.rows[fact["of"]][fact["row"]["id"]] = fact["row"]

    # --- limits ------------------------------------------------------------------------------------------------------
    def _over(self, is_export: bool, now: datetime) -> int:
        """Seconds until the next call is allowed, 0 when this one is; a minute has its own count."""
        if (minute := int(now.timestamp()) // 60) != self.minute:
            self.minute, self.used = minute, {"export": 0, "all": 0}
        self.used["all"] += 1
        self.used["export"] += is_export
        over = self.used["all"] > CALLS_A_MINUTE or self.used["export"] > EXPORTS_A_MINUTE
        return 60 - int(now.timestamp()) % 60 if over else 0

    def _too_many(self, wait: int | None) -> Answer:
        said = {"error": "TooManyRequests", "description": "Number of allowed API requests per minute exceeded"}
        return answer(said, 429) if wait is None else answer(said, 429, retry_after=str(wait))

    # --- what is read ------------------------------------------------------------------------------------------------
    def _export(self, call: Call, now: datetime) -> Answer:
        """Tickets by the moment of their last change, deleted ones too."""
        after = self._place(call.values)
        if after is None:
            return answer({"error": "InvalidValue", "description": "cursor or start_time is missing or invalid"}, 400)
        size = min(int(call.values.get("per_page") or PER_PAGE), PER_PAGE)
        changed = sorted((self._changed(row), row["id"]) for row in self.rows["tickets"].values())
        later = [key for key in changed if key > after and key[0] <= now.timestamp() - SETTLING]
        page = later[:size]
        cursor = _written(*(page[-1] if page else after))
        url = (
            f"https://{call.headers.get('host', 'localhost')}{EXPORT}?{urlencode({'cursor': cursor, 'per_page': size})}"
        )
        tickets = [self.rows["tickets"][pk] for _, pk in page]
        told = {"tickets": tickets, "after_url": url, "after_cursor": cursor, "end_of_stream": len(later) <= size}
        before = {"before_url": None, "before_cursor": None}
        return answer({**told, **before, **self._beside(call, tickets)})

    def _beside(self, call: Call, tickets: list[Fact]) -> dict[str, list[Fact]]:
        """What is sideloaded, as it was asked for."""
        wanted = str(call.values.get("include") or "").split(",")
        ids = {ticket["id"] for ticket in tickets}
        named = {ticket.get(name) for ticket in tickets for name in ("requester_id", "submitter_id", "assignee_id")}
        found = {
            "users": self._with_ids("users", named),
            "organizations": self._with_ids("organizations", {ticket.get("organization_id") for ticket in tickets}),
            "metric_sets": [row for row in self.rows["metric_sets"].values() if row["ticket_id"] in ids],
        }
        return {name: rows for name, rows in found.items() if name in wanted}

    def _with_ids(self, kind: str, ids: Iterable[Any]) -> list[Fact]:
        return [self.rows[kind][pk] for pk in sorted(pk for pk in ids if pk in self.rows[kind])]

    def _comments(self, call: Call, ticket: int) -> Answer:
        """A ticket's comments, oldest first, by cursor where a page size was asked for."""
        row = self.rows["tickets"].get(ticket)
        if row is None or row.get("status") == "deleted":
            return answer({"error": "RecordNotFound", "description": "Not found"}, 404)
        mine = [one for pk, one in sorted(self.rows["comments"].items()) if one["ticket_id"] == ticket]
        size = min(int(call.values.get("page[size]") or 100), 100)
        after = _read(str(call.values.get("page[after]") or "")) or (0.0, 0)
        later = [one for one in mine if one["id"] > after[1]]
        page = [{name: value for name, value in one.items() if name != "ticket_id"} for one in later[:size]]
        cursor = _written(0.0, page[-1]["id"]) if page else None
        users = self._with_ids("users", {one.get("author_id") for one in page})
        told: dict[str, Any] = {"comments": page, "meta": {"has_more": len(later) > size, "after_cursor": cursor}}
        told["links"] = {"next": None, "prev": None}
        return answer({**told, "users": users} if "users" in str(call.values.get("include")) else told)

    def _place(self, asked: dict[str, Any]) -> tuple[float, int] | None:
        """After which change the export goes on; None for a cursor that was never given out."""
        if asked.get("cursor"):
            return _read(str(asked["cursor"]))
        start = str(asked.get("start_time") or "")
        return (float(start), -1) if start.isdecimal() else None

    def _changed(self, ticket: Fact) -> float:
        return datetime.fromisoformat(ticket["updated_at"]).astimezone(UTC).timestamp()


def rows(given: dict[str, Any]) -> list[Fact]:
    """Facts of rows as people give them: {"tickets": [...], "users": [...]}. Raises ValueError for another kind."""
    if unknown := set(given) - set(KINDS):
        raise ValueError(f"no such rows: {', '.join(sorted(unknown))}")
    return [
        {"kind": "zendesk.row", "of": of, "row": {**row, "id": int(row["id"])}} for of in given for row in given[of]
    ]


def _written(changed: float, pk: int) -> str:
    return urlsafe_b64encode(f"{changed!r}||{pk}".encode()).decode()


def _read(cursor: str) -> tuple[float, int] | None:
    try:
        changed, _, pk = urlsafe_b64decode(cursor).decode().partition("||")
        return float(changed), int(pk)
    except ValueError:
        return None
