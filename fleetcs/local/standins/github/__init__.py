"""GitHub's REST API as far as the product speaks it, and its hooks.

`Authorization: token ghp_NAME` is the person NAME: whoever plays the outside world uses the same API under their own
name. Two repositories and one organisation are there from the start; every login that looks like one exists.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jwt

from fleetcs import clock
from fleetcs.local.standins.github import around, issues, labels
from fleetcs.local.standins.github.asking import Asking, Refused
from fleetcs.local.standins.github.limits import PRIMARY, REFUSED, SECONDARY, Limits
from fleetcs.local.standins.github.made_up import first_day
from fleetcs.local.standins.github.state import CONFIDENTIAL, DESK, FIRST, ORG, PUBLIC, State
from fleetcs.local.standins.wire import Answer, Call, Fact, answer

PREFIX = "/github/"
BASE = PREFIX + "api/v3"
__all__ = [
    "BASE",
    "CONFIDENTIAL",
    "DESK",
    "ORG",
    "PREFIX",
    "PUBLIC",
    "TOKEN",
    "GitHub",
    "first_day",
    "hooks_to",
    "templates",
]

LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}")
TOKEN = f"ghp_{DESK}"
DOOR = "/github/webhook"
TEMPLATE = ".github/ISSUE_TEMPLATE/bug-report.md"
# Words of a script: what GitHub says when it does not want to, with the headers that go with it.
WORDS: dict[str, tuple[int, str, dict[str, str]]] = {
    "primary": (403, PRIMARY, {}),
    "secondary": (403, SECONDARY, {"Retry-After": "60"}),
    "secondary_untold": (403, SECONDARY, {}),
    "secondary_429": (429, SECONDARY, {"Retry-After": "60"}),
    "429": (429, "Too many requests", {}),
    "forbidden": (403, "Resource not accessible by integration", {}),
}
REPO = [
    ("GET", r"", around.repository),
    ("PATCH", r"", around.rename),
    ("GET", r"/labels", labels.listed),
    ("POST", r"/labels", labels.create),
    ("GET", r"/labels/([^/]+)", labels.one),
    ("PATCH", r"/labels/([^/]+)", labels.edit),
    ("DELETE", r"/labels/([^/]+)", labels.delete),
    ("GET", r"/issues", issues.listed),
    ("POST", r"/issues", issues.create),
    ("GET", r"/issues/comments", issues.all_comments),
    ("GET", r"/issues/comments/(\d+)", issues.comment),
    ("PATCH", r"/issues/comments/(\d+)", issues.edit_comment),
    ("GET", r"/collaborators/([^/]+)/permission", around.permission),
    ("GET", r"/contents/(.+)", around.content),
    ("PUT", r"/contents/(.+)", around.write_content),
    ("GET", r"/hooks", around.hooks),
    ("POST", r"/hooks", around.create_hook),
    ("GET", r"/hooks/(\d+)/deliveries", around.deliveries),
    ("POST", r"/hooks/\d+/deliveries/(\d+)/attempts", around.redeliver),
]
ISSUE = [
    ("GET", r"", issues.one),
    ("PATCH", r"", issues.edit),
    ("GET", r"/comments", issues.comments),
    ("POST", r"/comments", issues.say),
    ("GET", r"/labels", labels.on_issue),
    ("POST", r"/labels", labels.add),
    ("PUT", r"/labels", labels.replace),
    ("DELETE", r"/labels/([^/]+)", labels.take_off),
    ("POST", r"/assignees", issues.assign),
    ("DELETE", r"/assignees", issues.unassign),
    ("PUT", r"/lock", issues.lock),
    ("DELETE", r"/lock", issues.lock),
    ("GET", r"/timeline", issues.timeline),
]
OUTSIDE: list[tuple[str, str, Callable[..., Answer]]] = [
    ("GET", r"/search/issues", around.search),
    ("GET", r"/user", around.oneself),
    ("GET", r"/users/([^/]+)", around.user),
    ("GET", r"/orgs/([^/]+)", around.organization),
    ("GET", r"/orgs/([^/]+)/members/([^/]+)", around.membership),
]
AS_APP: list[tuple[str, str, Callable[..., Answer]]] = [
    ("POST", r"/app/installations/(\d+)/access_tokens", around.access_token),
    ("GET", r"/app/hook/deliveries", around.all_deliveries),
    ("POST", r"/app/hook/deliveries/(\d+)/attempts", lambda asking, number: around.redeliver(asking, None, number)),
]
MAKES = re.compile(r"POST .*/(labels|issues|comments)$")


def hooks_to(product: str, secret: str) -> list[Fact]:
    """The rows that make both repositories tell the product of everything it knows about."""
    url, events = product.rstrip("/") + DOOR, ["issues", "issue_comment", "label"]
    hook = {"url": url, "secret": secret, "events": events, "created_at": "2026-01-05T17:00:00Z"}
    repos = [row for row in FIRST if row["kind"] == "github.repo"]
    return [
        {"kind": "github.hook", "key": str(row["id"] + 500), "id": row["id"] + 500, "repo": row["id"], **hook}
        for row in repos
    ]


def templates() -> list[Fact]:
    """The template for bugs that the public repository of the demo offers."""
    repo = next(row for row in FIRST if row.get("full_name") == PUBLIC)
    content = b64encode(Path(__file__).with_name("bug-report.md").read_bytes()).decode()
    return [{"kind": "github.file", "key": f"{repo['id']}/{TEMPLATE}", "repo": repo["id"], "content": content}]


class TooFast(Exception):
    """The secondary limit is reached."""


class GitHub:
    """The tables, the limits, and an answer to every call."""

    def __init__(self) -> None:
        self.state = State()
        self.limits = Limits()

    def answer(self, call: Call, now: datetime) -> Answer:
        """The answer to one API call, with the facts it makes true. Asking what is left is free."""
        if call.path == f"{BASE}/rate_limit":
            return self._headed(answer(self.limits.shown(now)), str(now), self.limits.headers("core", now))
        resource = "search" if call.path.startswith(f"{BASE}/search/") else "core"
        try:
            self._hold_back(call, resource, now)
            said = self._unchanged(call, self._routed(call, now))
        except TooFast:
            said = self.word("secondary")
        except Refused as refused:
            said = answer(refused.body, refused.status)
            said = replace(said, headers={**said.headers, **refused.headers})
        if said.status != 304:
            self.limits.count(resource, now)
        return self._headed(said, f"{now}{call.path}", self.limits.headers(resource, now))

    def word(self, error: str) -> Answer:
        """A refusal by word, as in WORDS."""
        status, message, headers = WORDS.get(error, (400, error, {}))
        body = {"message": message, "documentation_url": REFUSED, "status": str(status)}
        return self._limited(answer(body, status), headers, nothing_left=error == "primary")

    def failure(self, status: int) -> Answer:
        """An error of the web servers in front of it."""
        return self._limited(answer({"message": "Server Error"}, status), {})

    def apply(self, fact: Fact) -> None:
        """Let a fact be true; facts of other services, and what is only told to hooks, are none of ours."""
        if fact["kind"].startswith("github.") and fact["kind"] != "github.event":
            self.state.apply(fact)

    def shown(self) -> dict[str, Any]:
        """Labels, issues and comments of each repository, for tests and for people."""
        kinds = {"labels": "label", "issues": "issue", "comments": "comment"}
        repos = self.state.rows("repo")
        return {
            repo["full_name"]: {name: self.state.rows(kind, repo=repo["id"]) for name, kind in kinds.items()}
            for repo in repos
        }

    def _limited(self, said: Answer, headers: dict[str, str], *, nothing_left: bool = False) -> Answer:
        quota = self.limits.headers("core", clock.now())
        quota |= {"X-RateLimit-Remaining": "0"} if nothing_left else {}
        return Answer(said.status, said.body, {**said.headers, **quota, **headers})

    def _hold_back(self, call: Call, resource: str, now: datetime) -> None:
        if self.limits.exceeded(resource, now):
            raise Refused(403, PRIMARY)
        if MAKES.match(f"{call.method} {call.path}") and self.limits.too_fast(now):
            raise TooFast

    def _routed(self, call: Call, now: datetime) -> Answer:
        path = call.path.removeprefix(BASE)
        login, app = self._who(call, now)
        api = f"https://{call.headers.get('host', '')}{BASE}"
        asking = Asking(self.state, call, now, login, api, path)
        routes = AS_APP if app else OUTSIDE
        for method, pattern, act in routes:
            if method == call.method and (match := re.fullmatch(pattern, path)):
                return act(asking, *map(unquote, match.groups()))
        return self._in_repository(asking, path)

    def _in_repository(self, asking: Asking, path: str) -> Answer:
        repo, rest = self._repository(asking, path)
        below = re.fullmatch(r"/issues/(\d+)(/.*)?", rest)
        subject: tuple[Any, ...] = (asking, repo)
        routes: list[Any] = REPO
        if below:
            subject, routes, rest = (*subject, issues.found(asking, repo, below[1])), ISSUE, below[2] or ""
        for method, pattern, act in routes:
            if method == asking.call.method and (match := re.fullmatch(pattern, rest)):
                said: Answer = act(*subject, *map(unquote, match.groups()))
                return said
        raise Refused(404, "Not Found")

    def _repository(self, asking: Asking, path: str) -> tuple[Fact, str]:
        """The repository and what is asked of it. One that may not be seen is not there, one renamed is elsewhere."""
        named = re.fullmatch(r"/(repos/([^/]+/[^/]+)|repositories/(\d+))(/.*)?", path)
        if named is None:
            raise Refused(404, "Not Found")
        rest = named[4] or ""
        numbered = self.state.row("repo", named[3])
        repo, moved = (numbered, False) if named[3] else self.state.repo_called(unquote(named[2]))
        if repo is None or not self.state.may(repo, asking.login, "read"):
            raise Refused(404, "Not Found")
        if moved:
            query = f"?{asking.call.query}" if asking.call.query else ""
            there = f"{asking.api}/repositories/{repo['id']}{rest}{query}"
            raise Refused(301 if asking.call.method == "GET" else 307, "Moved Permanently", there=there)
        return repo, rest

    def _who(self, call: Call, now: datetime) -> tuple[str, bool]:
        """Login, or the id of an App that speaks for itself."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() not in {"token", "bearer"}:
            raise Refused(401, "Requires authentication")
        if token.startswith("ghp_") and LOGIN.fullmatch(token[4:]):
            return token[4:], False
        known = self.state.row("token", token)
        if known and known["until"] > now.timestamp():
            return str(known["login"]), False
        return self._app(token), True

    def _app(self, token: str) -> str:
        """The id of the App that has signed this; its public key is a fact that a test or a person has told."""
        if token.count(".") != 2:
            raise Refused(401, "Bad credentials")
        try:
            claimed = jwt.decode(token, options={"verify_signature": False}).get("iss", "")
            app = self.state.row("app", claimed)
            if app is not None:
                jwt.decode(token, app["public_key"], algorithms=["RS256"], issuer=claimed)
                return str(claimed)
        except jwt.PyJWTError:
            pass
        raise Refused(401, "A JSON web token could not be decoded")

    def _unchanged(self, call: Call, said: Answer) -> Answer:
        """An ETag on what is read; 304 for who has it already."""
        if call.method != "GET" or said.status != 200:
            return said
        seen = said.body + said.headers.get("Link", "").encode()
        etag = f'W/"{hashlib.sha256(seen).hexdigest()}"'
        given = {each.strip().removeprefix("W/") for each in call.headers.get("if-none-match", "").split(",")}
        known = etag.removeprefix("W/") in given
        headers = {**said.headers, "ETag": etag}
        return Answer(304, b"", {"ETag": etag}) if known else Answer(200, said.body, headers, said.facts)

    def _headed(self, said: Answer, seed: str, quota: dict[str, str]) -> Answer:
        number = hashlib.sha256(seed.encode()).hexdigest().upper()
        common = {
            "X-GitHub-Request-Id": f"{number[:4]}:{number[4:10]}:{number[10:17]}:{number[17:24]}:{number[24:32]}",
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-GitHub-Api-Version-Selected": "2022-11-28",
        }
        kind = {"Content-Type": "application/json; charset=utf-8"} if said.body else {}
        return Answer(said.status, said.body, {**said.headers, **kind, **common, **quota}, said.facts)
