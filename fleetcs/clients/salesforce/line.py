"""The line itself: the library over our session, what Salesforce's answers mean, how much of the quota is left."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests
from django.conf import settings
from simple_salesforce.api import Salesforce, SFType

from fleetcs import clock
from fleetcs.clients import http
from fleetcs.clients.http import Rejected, Unavailable
from fleetcs.clients.salesforce import login
from fleetcs.clients.salesforce.values import NAME, name_of

LIMIT = "REQUEST_LIMIT_EXCEEDED"
LOCKED = "UNABLE_TO_LOCK_ROW"  # somebody else is writing that row: come back after a short wait, each at his own moment
BUSY = {LOCKED, "QUERY_TIMEOUT"}
# The quota is of the last 24 hours, so it comes back bit by bit, and no header says when.
QUOTA_PAUSE, CROWD_PAUSE = timedelta(hours=1), timedelta(minutes=1)
USAGE = re.compile(r"\bapi-usage=(?P<used>[0-9]{1,12})/(?P<limit>[0-9]{1,12})")
NO_COLUMN = re.compile(r"No such column '(?P<field>[A-Za-z0-9_.]{1,80})'")


@dataclass(frozen=True)
class Quota:
    """Calls of the whole company in the last 24 hours, as an answer of the moment `at` said."""

    used: int
    limit: int
    at: datetime


class SessionEnded(Rejected):
    """Nothing was done, since the session is no more."""


class Line(http.Outside):
    """A session that reads Salesforce's words: errors, the quota, and its clock (`date`, as the header writes it)."""

    def __init__(self, session: login.Session) -> None:
        super().__init__(session.instance_url)
        self.date = ""

    def judge(self, response: requests.Response) -> None:
        self.date = response.headers.get("Date", "")
        _spent["calls"] += 1
        _note_quota(response.headers.get("Sforce-Limit-Info", ""))
        if response.status_code >= 300 and (meaning := _meaning(response)):
            raise meaning
        super().judge(response)


class Conversation:
    """Several calls over one connection."""

    def __init__(self) -> None:
        self._open(login.current())

    def call[T](self, act: Callable[[Salesforce], T]) -> T:
        """What `act` gives; once more from its beginning, with all its headers, when the session has ended."""
        try:
            return self._tried(act)
        except SessionEnded:
            self.line.close()
            self._open(login.renewed(self.session))
            return self._tried(act)

    def close(self) -> None:
        self.line.close()

    def _open(self, session: login.Session) -> None:
        # the library is given no login: its own renewal would repeat a call without the headers of the first try
        self.session, self.line = session, Line(session)
        self.library = Salesforce(
            session_id=session.token,
            instance_url=session.instance_url,
            session=self.line,
            version=settings.SALESFORCE_API_VERSION,
            object_pairs_hook=dict,
        )

    def _tried[T](self, act: Callable[[Salesforce], T]) -> T:
        try:
            return act(self.library)
        except requests.JSONDecodeError:
            raise Unavailable(code="not_understood", ambiguous=True) from None


@contextmanager
def conversation() -> Iterator[Conversation]:
    """A conversation that is closed in the end."""
    talk = Conversation()
    try:
        yield talk
    finally:
        talk.close()


def call[T](act: Callable[[Salesforce], T]) -> T:
    """One call over a connection of its own."""
    with conversation() as talk:
        return talk.call(act)


def of(library: Salesforce, object: str) -> SFType:
    """The library's view of one object's records; not by attribute, where names such as `query` mean something else."""
    return SFType(
        name_of(object),
        library.session_id,
        library.sf_instance,
        library.sf_version,
        session=library.session,
        object_pairs_hook=dict,
    )


def quota() -> Quota | None:
    """What the latest answer to this process said; None before the first one. Other processes spend of it too."""
    return _quota.get("")


def spent() -> int:
    """Calls that this process has made since it was last asked."""
    count, _spent["calls"] = _spent["calls"], 0
    return count


def of_error(said: dict[str, Any], status: int, after: timedelta | None = None) -> Unavailable | Rejected:
    """What one error of Salesforce's means, of a whole call or of one row in it."""
    code = str(said.get("errorCode") or said.get("statusCode") or "")
    code = code if http.CODE.fullmatch(code) else f"http_{status}"
    if code == LIMIT:
        return Unavailable(CROWD_PAUSE if "Concurrent" in str(said.get("message")) else QUOTA_PAUSE, code)
    if code in BUSY:
        return Unavailable(code=code)
    if status in http.LATER or status >= 500:
        return Unavailable(after, code, ambiguous=status >= 500 and after is None)
    if (status, code) == (401, "INVALID_SESSION_ID"):
        return SessionEnded(code, status)
    fields = _fields(said)
    # bulk jobs have one word for every fault of a question
    return Rejected("INVALID_FIELD" if code == "API_ERROR" and fields else code, status, fields)


_quota: dict[str, Quota] = {}
_spent: Counter[str] = Counter()


def _note_quota(header: str) -> None:
    if found := USAGE.search(header):
        _quota[""] = Quota(int(found["used"]), int(found["limit"]), clock.now())


def _meaning(response: requests.Response) -> Unavailable | Rejected | None:
    status = response.status_code
    if status in {300, 412}:
        return Rejected({300: "more_than_one", 412: "precondition"}[status], status)
    try:
        said = response.json()
    except ValueError:
        return None
    first = said[0] if isinstance(said, list) and said else said
    after = http.retry_after(response.headers.get("Retry-After"))
    return of_error(first, status, after) if isinstance(first, dict) else None


def _fields(said: dict[str, Any]) -> tuple[str, ...]:
    """Names only: the text beside them may hold what a customer is called."""
    named = said.get("fields")
    names = [str(each) for each in named] if isinstance(named, list) else []
    column = NO_COLUMN.search(str(said.get("message")))
    found = [*names, column["field"]] if column else names
    return tuple(name for name in found if NAME.fullmatch(name.replace(".", "_")))
