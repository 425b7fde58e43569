"""One way out for every client: who may be called, how long we wait, and what an answer means.

Nothing raised here carries an address, a body or a token: its text is stored on rows that people read (T27).
"""

import re
from datetime import timedelta
from email.utils import parsedate_to_datetime
from ssl import SSLCertVerificationError
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
from django.conf import settings
from urllib3.exceptions import NewConnectionError

from fleetcs import clock

TIMEOUT = (3.0, 10.0)  # seconds to connect, seconds between two bytes of the answer
LONGEST_WAIT = timedelta(days=1)
LATER = {408, 425, 429, 503}
NEVER_SENT = (NewConnectionError, SSLCertVerificationError)
CODE = re.compile(r"[A-Za-z0-9_.-]{1,60}")


class Unavailable(Exception):
    """Try again, not before `after` if the other side said so.

    `ambiguous` means that the request may have been carried out although no good answer came back.
    """

    def __init__(self, after: timedelta | None = None, code: str = "unavailable", *, ambiguous: bool = False) -> None:
        super().__init__(code)
        self.after = after
        self.code = code
        self.ambiguous = ambiguous


class Rejected(Exception):
    """Trying again will not help; `code` is a short word for a person, `status` the HTTP status if there was one.

    `fields` names what the other side does not take, where it says so.
    """

    def __init__(self, code: str, status: int | None = None, fields: tuple[str, ...] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.fields = fields


class Outside(requests.Session):
    """A session that speaks only to the configured hosts and returns only 2xx answers.

    Everything else is raised as Unavailable or Rejected. The machine's proxies, .netrc and CA variables are
    not read: they could send a token elsewhere. `also` is an address that a configured host has sent us to.
    """

    def __init__(self, *also: str) -> None:
        super().__init__()
        self.also = {origin(url) for url in also}
        self.trust_env = False
        self.verify = settings.OUTSIDE_CA_FILE or True

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send one prepared request; raises Unavailable or Rejected."""
        if origin(request.url or "") not in _allowed() | self.also:
            raise Rejected("host")
        kwargs.update(timeout=TIMEOUT, allow_redirects=False)
        try:
            response = super().send(request, **kwargs)
        except requests.RequestException as error:
            raise Unavailable(code="no_answer", ambiguous=_ambiguous(error)) from None
        self.judge(response)
        return response

    def judge(self, response: requests.Response) -> None:
        """Let a good answer pass and raise what any other means; a far side with ways of its own overrides it."""
        status = response.status_code
        after = retry_after(response.headers.get("Retry-After"))
        if status in LATER or status >= 500:
            # "come back later" says that nothing was done; any other failure of theirs may have come after the deed
            raise Unavailable(after, f"http_{status}", ambiguous=status >= 500 and after is None)
        if status >= 300:
            raise Rejected(_code(response), status)


def session() -> Outside:
    """A fresh session for one call or a few: `with session() as outside: outside.get(...)`."""
    return Outside()


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of `url`, which must match those of a configured address."""
    try:
        parts: SplitResult = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return "", "", None


def configured(value: str) -> str:
    """`value`, or Rejected("not_configured") when this installation has no such line to the outside."""
    if not value:
        raise Rejected("not_configured")
    return value


def json_of(response: requests.Response) -> dict[str, Any]:
    """The JSON object of a 2xx answer; Unavailable (ambiguous: it was applied) when it is none."""
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Unavailable(code="not_understood", ambiguous=True)
    return body


def retry_after(header: str | None) -> timedelta | None:
    """How long a Retry-After header (seconds or a date) asks us to wait, at most a day; None without one."""
    if not header:
        return None
    if header.strip().isdecimal():
        return timedelta(seconds=min(int(header.strip()[:9]), LONGEST_WAIT.total_seconds()))
    try:
        wait = parsedate_to_datetime(header) - clock.now()
    except (ValueError, TypeError):
        return None
    return min(max(wait, timedelta()), LONGEST_WAIT)


def _allowed() -> set[tuple[str, str, int | None]]:
    urls = (
        settings.SLACK_API_URL,
        settings.MAILGUN_API_URL,
        settings.SMS_API_URL,
        settings.GITHUB_API_URL,
        settings.SALESFORCE_LOGIN_URL,
        settings.MINOR_PLANETS_URL,
        settings.ZENDESK_URL,
    )
    return {origin(url) for url in urls if url}


def _code(response: requests.Response) -> str:
    try:
        said = response.json()
    except ValueError:
        said = None
    code = str(said.get("code") or said.get("error") or "") if isinstance(said, dict) else ""
    return code if CODE.fullmatch(code) else f"http_{response.status_code}"


def _ambiguous(error: requests.RequestException) -> bool:
    """False only where the request surely never left: no connection, no trust in the other side."""
    if isinstance(error, requests.ConnectTimeout):
        return False
    cause: object = getattr(error.args[0] if error.args else None, "reason", None)
    return not isinstance(cause, NEVER_SENT) and not isinstance(_first(cause), NEVER_SENT)


def _first(error: object) -> object:
    return error.args[0] if isinstance(error, Exception) and error.args else None
