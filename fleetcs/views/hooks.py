"""The door for webhooks: size, signature over the raw bytes, one row, an answer. The broker is never touched.

    @SignedHook("slack", verify=by_slack, limit=1_000_000, keeps=("X-Slack-Retry-Num",))
    def slack_events(headers: Headers, raw: bytes) -> Arrived | HttpResponse:
        body = json.loads(raw)
        return Arrived(body["event_id"], body["event"]["type"])

The decorated function is the view. It only names what came, or gives an answer of its own that stores nothing. What
it cannot read (ValueError and the like) is stored as unreadable and answered all the same: a sender that is told 4xx
would never send it again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from fleetcs import refusals
from fleetcs.clients.http import Rejected
from fleetcs.inbox import Arrived, fingerprint, receive

KEPT = ("Content-Type", "User-Agent")
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)

type Headers = Mapping[str, str]
type Name = Callable[[Headers, bytes], Arrived | HttpResponse]
type View = Callable[[HttpRequest], HttpResponse]


@dataclass(frozen=True)
class SignedHook:
    """Who may knock: `verify` gets headers and raw bytes and raises Rejected (or ValueError) unless they are genuine.

    Answers 200 once a row stands, 401 unsigned, 405 for other methods, 413 above `limit` bytes (or what every page
    takes), 503 with Retry-After while the database is away. Never 403 and 406: they would stop some senders for good;
    a caller for whom that is right is told `refused`. Of the headers only two and those in `keeps` are stored.
    """

    source: str
    verify: Callable[[Headers, bytes], None]
    limit: int = settings.MAX_BODY_BYTES
    keeps: tuple[str, ...] = ()
    refused: int = 401

    def __call__(self, name: Name) -> View:
        @csrf_exempt
        @login_not_required
        @require_POST
        @wraps(name)
        def view(request: HttpRequest) -> HttpResponse:
            try:
                return self.answer(request, name)
            except (OperationalError, InterfaceError):
                return refusals.answer(request, 503)

        return view

    def answer(self, request: HttpRequest, name: Name) -> HttpResponse:
        """Let it in, or say why not."""
        raw = self._body(request)
        if raw is None:
            return refusals.answer(request, 413)
        if problem := self._problem(request.headers, raw):
            return HttpResponse(f"{problem}\n", status=self.refused, content_type="text/plain")
        named = _named(name, request.headers, raw)
        return named if isinstance(named, HttpResponse) else self._store(named, request.headers, raw)

    def _body(self, request: HttpRequest) -> bytes | None:
        said = request.META.get("CONTENT_LENGTH") or ""
        if said.isdecimal() and int(said) > self.limit:
            return None
        try:
            return request.body if len(request.body) <= self.limit else None
        except UnreadablePostError:
            return b""  # hung up in the middle: no signature fits that

    def _problem(self, headers: Headers, raw: bytes) -> str:
        """Why it is not let in, as a code, or ""."""
        try:
            self.verify(headers, raw)
        except Rejected as error:
            return error.code
        except ValueError:
            return "unsigned"
        return ""

    def _store(self, named: Arrived | None, headers: Headers, raw: bytes) -> HttpResponse:
        kept = {header: headers[header] for header in (*KEPT, *self.keeps) if header in headers}
        if named is None:
            receive(self.source, fingerprint(raw), raw, kept, bad="unreadable")
        else:
            receive(self.source, named.id, raw if named.raw is None else named.raw, kept, named.event)
        return HttpResponse("stored\n", content_type="text/plain")


def _named(name: Name, headers: Headers, raw: bytes) -> Arrived | HttpResponse | None:
    """What the view said of it; None where it could not, or where it named no proper id."""
    try:
        named = name(headers, raw)
    except UNREADABLE:
        return None
    if isinstance(named, HttpResponse):
        return named
    return named if named.id and isinstance(named.id, str) and isinstance(named.event, str) else None
