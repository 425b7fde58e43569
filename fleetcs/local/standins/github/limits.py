"""GitHub's two kinds of limits: so much an hour, and not too much at once. Counted since the start, in memory."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
REFUSED = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"
PRIMARY = "API rate limit exceeded for user ID 1."
SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "If you reach out to GitHub Support for help, please include the request ID."
)


@dataclass
class Limits:
    """How much is allowed: `core` reads and writes an hour, `search` a minute, `content` new things a minute."""

    core: int = 5000
    search: int = 30
    content: int = 80
    used: dict[str, int] = field(default_factory=dict)
    begun: dict[str, datetime] = field(default_factory=dict)
    made: deque[datetime] = field(default_factory=deque)

    def shown(self, now: datetime) -> dict[str, dict[str, Any]]:
        """What is left of everything, as GitHub tells it to those who ask."""
        resources = {name: self._left(name, now) for name in ("core", "search")}
        return {"resources": resources, "rate": resources["core"]}

    def _left(self, resource: str, now: datetime) -> dict[str, int]:
        said = self.headers(resource, now)
        return {name: int(said[f"X-RateLimit-{name.title()}"]) for name in ("limit", "used", "remaining", "reset")}

    def headers(self, resource: str, now: datetime) -> dict[str, str]:
        """What every answer says of the quota."""
        self._turn(resource, now)
        limit, used = self._allowed(resource), self.used[resource]
        reset = int((self.begun[resource] + self._window(resource)).timestamp())
        said = {"Limit": limit, "Remaining": max(limit - used, 0), "Used": used, "Reset": reset, "Resource": resource}
        return {f"X-RateLimit-{name}": str(value) for name, value in said.items()}

    def exceeded(self, resource: str, now: datetime) -> bool:
        self._turn(resource, now)
        return self.used[resource] >= self._allowed(resource)

    def count(self, resource: str, now: datetime) -> None:
        self._turn(resource, now)
        self.used[resource] += 1

    def too_fast(self, now: datetime) -> bool:
        """Whether one more new thing is one too many this minute; counts it otherwise."""
        while self.made and now - self.made[0] >= MINUTE:
            self.made.popleft()
        if len(self.made) >= self.content:
            return True
        self.made.append(now)
        return False

    def _turn(self, resource: str, now: datetime) -> None:
        begun = self.begun.get(resource)
        if begun is None or not timedelta() <= now - begun < self._window(resource):
            self.begun[resource], self.used[resource] = now, 0

    def _allowed(self, resource: str) -> int:
        return self.search if resource == "search" else self.core

    def _window(self, resource: str) -> timedelta:
        return MINUTE if resource == "search" else HOUR
