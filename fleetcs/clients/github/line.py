"""How a call to GitHub leaves, and what its answer means.

PyGithub authenticates, encodes and sends. Its objects are not used: they fetch more by themselves, have no ETags for
lists, take "forbidden" for "no member", and its own retries would repeat a POST whose answer was lost.
"""

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from django.conf import settings
from github import Auth, Github
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester
from jwt import PyJWTError
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from fleetcs import clock
from fleetcs.clients import http
from fleetcs.clients.http import Rejected, Unavailable

VERSION = "2022-11-28"
PAGE = 100
READS = {"GET", "HEAD"}
NOT_MODIFIED = 304
MOVED = {301, 307, 308}
LIMITED = {403, 429}
# A limit that names no time: GitHub asks for a minute at least.
UNTOLD, SHORTEST = timedelta(minutes=1), timedelta(seconds=1)
LIMIT_WORDS = re.compile("rate limit|abuse detection|wait a few minutes|retry your request again later", re.IGNORECASE)
REFUSALS = {401: "bad_credentials", 403: "forbidden", 404: "not_found", 410: "gone"}
# Only reads, once, and without waiting for what the server asks: that is the gate's business.
AGAIN = Retry(
    total=1,
    allowed_methods=READS,
    status_forcelist={500, 502, 504},
    backoff_factor=0.1,
    raise_on_status=False,
    respect_retry_after_header=False,
)


class Session(http.Outside):
    """GitHub's answers: 2xx and, for reads, 304 come back; reads follow one redirect on the same host, writes none."""

    def __init__(self) -> None:
        super().__init__()
        self.mount("https://", HTTPAdapter(max_retries=AGAIN))

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send one prepared request; raises Unavailable or Rejected."""
        response = super().send(request, **kwargs)
        if response.status_code in MOVED:
            response = super().send(_elsewhere(request, response), **kwargs)
        if response.status_code in MOVED:
            raise Rejected("moved", response.status_code)
        return response

    def judge(self, response: requests.Response) -> None:
        """Limits come as 403 or 429 and are told from a plain refusal by headers and words, never by the status."""
        status, reading = response.status_code, response.request.method in READS
        if reading and (status == NOT_MODIFIED or status in MOVED):
            return
        if status in LIMITED and (wait := _wait(response)):
            raise Unavailable(wait, "rate_limit")
        if reading and status == 202:
            raise Unavailable(code="not_ready")
        if 300 <= status < 500 and status not in http.LATER:
            raise Rejected(_code(response), status)
        super().judge(response)


_session: ContextVar[Session] = ContextVar("session")


class Connection(HTTPSRequestsConnectionClass):
    """PyGithub's connection over our session: configured hosts only, our time-outs, no proxies of the machine."""

    def __init__(self, host: str, port: int | None = None, **options: Any) -> None:
        self.host, self.port, self.protocol = host, port or 443, "https"
        self.timeout, self.verify = options.get("timeout"), options.get("verify", True)
        self.session = _session.get()

    def close(self) -> None:
        """The session is closed by who has opened it."""


QUIET = logging.getLogger("fleetcs.clients.github.library")
QUIET.setLevel(logging.CRITICAL + 1)  # the library would log bodies, and they hold customers' words
Requester.injectLogger(QUIET)
Requester.injectConnectionClasses(HTTPRequestsConnectionClass, Connection)


@dataclass(frozen=True)
class Answer:
    """A good answer; header names are in lower case, `body` is what its JSON says (None for an empty one)."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def etag(self) -> str:
        return self.headers.get("etag", "")

    @property
    def next(self) -> str:
        """The path and query of the next page, "" on the last one."""
        links = requests.utils.parse_header_links(self.headers.get("link", ""))
        return next((_path(link["url"]) for link in links if link.get("rel") == "next"), "")


def call(
    verb: str,
    path: str,
    *,
    params: Mapping[str, Any] | None = None,
    body: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request. Writes are sent once, whatever comes back; raises Unavailable or Rejected."""
    return through(lambda requester: ask(requester, verb, path, params, body, headers))


def every(path: str, key: str = "", **params: Any) -> list[Any]:
    """The items of all pages, the list itself or under `key`; a page that fails fails the whole."""

    def read(requester: Requester) -> list[Any]:
        answer = ask(requester, "GET", path, {"per_page": PAGE, **params})
        items = items_of(answer, key)
        while answer.next:
            answer = ask(requester, "GET", answer.next)
            items += items_of(answer, key)
        return items

    return through(read)


def items_of(answer: Answer, key: str = "") -> list[Any]:
    """The list that an answer holds. Raises Unavailable when it holds none: a short read is no read."""
    found = answer.body.get(key) if key and isinstance(answer.body, dict) else answer.body
    if not isinstance(found, list):
        raise Unavailable(code="not_understood")
    return list(found)


def ask(
    requester: Requester,
    verb: str,
    path: str,
    params: Mapping[str, Any] | None = None,
    body: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request on an open line."""
    sent = {"Accept": "application/vnd.github+json", **(headers or {})}
    status, received, text = requester.requestJson(verb, path, dict(params or {}), sent, dict(body) if body else None)
    try:
        return Answer(status, received, json.loads(text) if text else None)
    except ValueError:
        raise Unavailable(code="not_understood", ambiguous=True) from None


def through[T](act: Callable[[Requester], T], *, as_app: bool = False) -> T:
    """What `act` makes of an open line; with a new token once more when an App's was taken back (nothing was done)."""
    try:
        return _through(act, as_app)
    except Rejected as refused:
        if refused.status != 401 or not settings.GITHUB_APP_ID or as_app:
            raise
        installation.cache_clear()
        return _through(act, as_app)


def _through[T](act: Callable[[Requester], T], as_app: bool) -> T:
    try:
        with _open(as_app) as requester:
            return act(requester)
    except PyJWTError:
        raise Rejected("app_key") from None
    except ValueError:
        raise Unavailable(code="not_understood") from None


@contextmanager
def _open(as_app: bool) -> Iterator[Requester]:
    if urlsplit(settings.GITHUB_API_URL).scheme != "https":
        raise Rejected("host")
    with Session() as session:
        before = _session.set(session)
        try:
            yield _requester(app() if as_app else _auth())
        finally:
            _session.reset(before)


def _requester(auth: Auth.Auth) -> Requester:
    return Github(
        auth=auth,
        base_url=settings.GITHUB_API_URL.rstrip("/"),
        user_agent="fleetcs",
        verify=settings.OUTSIDE_CA_FILE or True,
        retry=None,
        seconds_between_requests=None,  # the gate of the destination keeps the pace, for all workers at once
        seconds_between_writes=None,
        lazy=True,
        api_version=VERSION,
    ).requester


def _auth() -> Auth.Auth:
    if settings.GITHUB_APP_ID:
        key, number = settings.GITHUB_APP_PRIVATE_KEY, settings.GITHUB_INSTALLATION_ID
        return installation(settings.GITHUB_API_URL, settings.GITHUB_APP_ID, key, number)
    return Auth.Token(http.configured(settings.GITHUB_TOKEN))


def app() -> Auth.AppAuth:
    """The App itself, which may do little more than ask for tokens and look after its hook."""
    return Auth.AppAuth(http.configured(settings.GITHUB_APP_ID), http.configured(settings.GITHUB_APP_PRIVATE_KEY))


@cache
def installation(url: str, app_id: str, key: str, number: int) -> Auth.AppInstallationAuth:
    """The App at our repositories; it keeps its token for the hour it is good for."""
    return Auth.AppAuth(app_id, key).get_installation_auth(number)


def _path(url: str) -> str:
    """Page links are whole addresses: only those of the configured one are followed, below its path."""
    base = settings.GITHUB_API_URL
    if http.origin(url) != http.origin(base):
        raise Rejected("host")
    found = urlsplit(url)
    path = found.path.removeprefix(urlsplit(base).path.rstrip("/"))
    if not path.startswith("/"):
        raise Rejected("host")
    return f"{path}?{found.query}" if found.query else path


def _elsewhere(request: requests.PreparedRequest, response: requests.Response) -> requests.PreparedRequest:
    here = request.url or ""
    there, query = urljoin(here, response.headers.get("Location", "")), urlsplit(here).query
    if http.origin(there) != http.origin(here):
        raise Rejected("host")
    again = request.copy()
    again.url = there if urlsplit(there).query or not query else f"{there}?{query}"
    return again


def _wait(response: requests.Response) -> timedelta | None:
    """How long a limit asks us to stay away; None when it is no limit but a refusal."""
    given = http.retry_after(response.headers.get("Retry-After"))
    if given is not None:
        return max(given, SHORTEST)
    if response.headers.get("X-RateLimit-Remaining") == "0":
        return _until(response.headers.get("X-RateLimit-Reset", ""))
    return UNTOLD if response.status_code == 429 or LIMIT_WORDS.search(_message(response)) else None


def _until(reset: str) -> timedelta:
    """`reset` is a Unix second; nobody knows when in that second the new hour begins."""
    if not (reset.isascii() and reset.isdecimal() and len(reset) <= 11):
        return UNTOLD
    wait = datetime.fromtimestamp(int(reset) + 1, UTC) - clock.now()
    return min(max(wait, SHORTEST), http.LONGEST_WAIT)


def _code(response: requests.Response) -> str:
    """A word for a person; never GitHub's own text, which may repeat ours."""
    status, errors = response.status_code, _said(response).get("errors")
    if status == 403 and "locked" in _message(response).lower():
        return "locked"
    if status in MOVED:
        return "moved"
    first = errors[0] if isinstance(errors, list) and errors else None
    code = str(first.get("code", "")) if isinstance(first, dict) else ""
    return code if http.CODE.fullmatch(code) else REFUSALS.get(status, f"http_{status}")


def _message(response: requests.Response) -> str:
    return str(_said(response).get("message", ""))


def _said(response: requests.Response) -> dict[str, Any]:
    try:
        said = response.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
