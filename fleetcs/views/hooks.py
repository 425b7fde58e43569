"""The door for webhooks: size, signature over the raw bytes, one row, an answer. The broker is never touched.

    @SignedHook("slack", verify=genuine, limit=1_000_000)
    def slack_events(headers: Headers, raw: bytes) -> tuple[str, str] | HttpResponse:
        body = json.loads(raw)
        return body["event_id"], body["event"]["type"]

The decorated function is the view. It only names what came: delivery id and event, or an answer of its own that
stores nothing. What it cannot read (ValueError and the like) is stored as unreadable and answered all the same:
a sender that is told 4xx would never send it again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from fleetcs import refusals
from fleetcs.clients.http import Rejected
from fleetcs.inbox import fingerprint, receive
from fleetcs.logs import SECRET_NAMES

UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)

type Headers = Mapping[str, str]
type Name = Callable[[Headers, bytes], tuple[str, str] | HttpResponse]
type View = Callable[[HttpRequest], HttpResponse]


@dataclass(frozen=True)
class SignedHook:
    """Who may knock: `verify` gets headers and raw bytes and raises Rejected (or ValueError) unless they are genuine.

    Answers: `status` once a row stands, 401 unsigned, 405 for other methods, 413 above `limit` bytes, 503 with
    Retry-After while the database is away. Never 403 and 406: they would stop some senders for good.
    """

    source: str
    verify: Callable[[Headers, bytes], None]
    limit: int = 1_000_000
    status: int = 200

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
        if not self._genuine(request.headers, raw):
            return HttpResponse("Unsigned.\n", status=401, content_type="text/plain")
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

    def _genuine(self, headers: Headers, raw: bytes) -> bool:
        try:
            self.verify(headers, raw)
        except (Rejected, ValueError):
            return False
        return True

    def _store(self, named: tuple[str, str] | None, headers: Headers, raw: bytes) -> HttpResponse:
        kept = {header: value for header, value in headers.items() if not SECRET_NAMES.search(header)}
        if named is None:
            receive(self.source, fingerprint(raw), raw, kept, bad="unreadable")
        else:
            receive(self.source, named[0], raw, kept, named[1])
        return HttpResponse(status=self.status)


def _named(name: Name, headers: Headers, raw: bytes) -> tuple[str, str] | HttpResponse | None:
    """What the view said of it; None where it could not, or where it named no proper id."""
    try:
        named = name(headers, raw)
        fits = isinstance(named, HttpResponse) or (named[0] and all(isinstance(part, str) for part in named))
        return named if fits else None
    except UNREADABLE:
        return None
