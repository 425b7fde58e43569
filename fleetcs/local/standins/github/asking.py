"""One request as the routes see it: who asks, for which repository, and what comes to be by it."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fleetcs.local.standins.github.shown import Showing, Shown
from fleetcs.local.standins.github.state import ORG, State
from fleetcs.local.standins.wire import Answer, Call, Fact, answer

DOCS = "https://docs.github.com/rest"


class Refused(Exception):
    """An answer that is no success: `status` and the body's message and errors."""

    def __init__(self, status: int, message: str, errors: list[Any] | None = None, there: str = "") -> None:
        super().__init__(message)
        self.status, self.headers = status, {"Location": there} if there else {}
        said: dict[str, Any] = {"message": message, **({"errors": errors} if errors is not None else {})}
        said |= {"url": there} if there else {}
        self.body = said | {"documentation_url": DOCS, "status": str(status)}


def invalid(resource: str, fieldname: str, code: str, message: str = "") -> Refused:
    """422 as GitHub says it."""
    told = {"resource": resource, "code": code, "field": fieldname} | ({"message": message} if message else {})
    return Refused(422, "Validation Failed", [told])


@dataclass
class Asking:
    """A request with the one who makes it. What is written is true at once, and handed back as facts."""

    state: State
    call: Call
    now: datetime
    login: str
    api: str
    path: str  # below `api`
    facts: list[Fact] = field(default_factory=list)

    @cached_property
    def show(self) -> Showing:
        return Showing(self.state, self.api)

    @cached_property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.call.query, keep_blank_values=True))

    @cached_property
    def said(self) -> Any:
        """The JSON of the body: an object, or the bare list that labels may come in."""
        try:
            return json.loads(self.call.body or b"{}")
        except ValueError:
            raise Refused(400, "Problems parsing JSON") from None

    def text(self, name: str) -> str:
        found = self.said.get(name) if isinstance(self.said, dict) else None
        return found if isinstance(found, str) else ""

    @property
    def stamp(self) -> str:
        return f"{self.now:%Y-%m-%dT%H:%M:%SZ}"

    def write(self, kind: str, key: object, **values: Any) -> Fact:
        """Let something be so."""
        fact: Fact = {"kind": f"github.{kind}", "key": str(key), **values}
        self.state.apply(fact)
        self.facts.append(fact)
        return fact

    def need(self, repo: Fact, role: str) -> None:
        """What one may not do looks as if it were not there."""
        if not self.state.may(repo, self.login, role):
            raise Refused(404, "Not Found")

    def happened(self, repo: Fact, number: int, event: str, **more: Any) -> None:
        """Write a line into the timeline of an issue."""
        fresh = self.state.fresh()
        told = {"event": event, "actor": self.login, "created_at": self.stamp, **more}
        self.write("happening", fresh, id=fresh, repo=repo["id"], issue=number, **told)

    def tell(self, repo: Fact, event: str, action: str, **payload: Any) -> None:
        """Have the hooks of the repository told."""
        common = {"repository": self.show.repo(repo), "organization": self.show.organization()}
        whole = {"action": action, **payload, **common, "sender": self.show.user(self.login)}
        self.write("event", "", repo=repo["id"], event=event, action=action, payload=whole)

    def done(self, body: Shown | list[Shown], status: int = 200, headers: dict[str, str] | None = None) -> Answer:
        said = answer(body, status, tuple(self.facts))
        return replace(said, headers={**said.headers, **(headers or {})})

    def empty(self) -> Answer:
        return Answer(204, facts=tuple(self.facts))

    def page(self, rows: Iterable[Fact], show: Callable[[Any, Fact], Shown], repo: Fact | None) -> Answer:
        """The page that is asked for, with links that name the repository by number, as GitHub's do."""
        items = [*rows]
        size, number = self._number("per_page", 30, 100), self._number("page", 1, 10_000)
        last = max((len(items) + size - 1) // size, 1)
        links = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
        useful = {name: at for name, at in links.items() if self._useful(name, number, last)}
        link = ", ".join(f'<{self._url(repo, at, size)}>; rel="{name}"' for name, at in useful.items())
        shown = [show(repo, row) for row in items[(number - 1) * size : number * size]]
        return self.done(shown, headers={"Link": link} if link else None)

    def _useful(self, name: str, number: int, last: int) -> bool:
        return number < last if name in {"next", "last"} else number > 1

    def _url(self, repo: Fact | None, number: int, size: int) -> str:
        where = re.sub("^/repos/[^/]+/[^/]+", f"/repositories/{repo['id']}", self.path) if repo else self.path
        return f"{self.api}{where}?{urlencode({**self.query, 'per_page': size, 'page': number})}"

    def _number(self, name: str, default: int, most: int) -> int:
        given = self.query.get(name, "")
        return min(max(int(given), 1), most) if given.isdecimal() else default


def in_organization(org: str) -> None:
    """404 for any other organisation."""
    if org.lower() != ORG:
        raise Refused(404, "Not Found")
