"""What happens around every request: size, caching, a database that is away, and who is behind a change."""

from collections.abc import Callable
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from fleetcs import refusals
from fleetcs.audit import behind

type Answer = Callable[[HttpRequest], HttpResponse]

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
CHUNK = 64 * 1024


def body_limit(get_response: Answer) -> Answer:
    """413 for a body above MAX_BODY_BYTES, by what it says and, where it does not say, by what arrives (T16)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or ""
        if length.isdecimal():
            return refusals.answer(request, 413) if is_too_large(length) else get_response(request)
        if "HTTP_TRANSFER_ENCODING" not in request.META:
            return get_response(request)
        with SpooledTemporaryFile(max_size=16 * CHUNK) as body:
            is_whole = gathered(request, cast("BinaryIO", body))
            return get_response(request) if is_whole else refusals.answer(request, 413)

    return middleware


def is_too_large(length: str) -> bool:
    """Whether a Content-Length is above the limit; more digits than a terabyte has are not even read."""
    return len(length) > 12 or int(length) > settings.MAX_BODY_BYTES


def gathered(request: HttpRequest, body: BinaryIO) -> bool:
    """Take in a body that does not say its length, so that views can read it; False as soon as it is too large."""
    stream = request.META["wsgi.input"]
    while piece := stream.read(CHUNK):
        body.write(piece)
        if body.tell() > settings.MAX_BODY_BYTES:
            return False
    request.META.update({"CONTENT_LENGTH": str(body.tell()), "wsgi.input": body})
    body.seek(0)
    request._stream = body  # Django reads nothing without a length
    return True


def private_pages(get_response: Answer) -> Answer:
    """Nothing that a view answers is kept by a cache, and every answer names its request (T39)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Request-Id"] = structlog.contextvars.get_contextvars().get("request_id", "")
        return response

    return middleware


def database_outage(get_response: Answer) -> Answer:
    """503 within two seconds while the database is away, 400 for what it cannot hold (F01).

    Who asks is looked up here and written into every line of the log; where that fails, nothing else asks once more.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        try:
            structlog.contextvars.bind_contextvars(user_id=request.user.pk)
        except (OperationalError, InterfaceError) as error:
            return refusals.to_error(request, error) or refusals.answer(request, 503)
        return get_response(request)

    middleware.process_exception = refusals.to_error  # type: ignore[attr-defined]
    return middleware


def audit_context(get_response: Answer) -> Answer:
    """Field-level history knows who changed a row and at which address; reading pages pay nothing for it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method in SAFE:
            return get_response(request)
        with behind(user=request.user.pk, url=request.path):
            return get_response(request)

    return middleware
