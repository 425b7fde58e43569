"""Answers to requests that cannot be served, for people and for programs; none of them needs the database."""

import structlog
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from fleetcs.context import looks

AGAIN_AFTER = 5  # seconds; the database of one machine is back within them, and nobody hammers it

WORDS = {
    400: "The request could not be read.",
    403: "This is not yours to see or do.",
    404: "Nothing is at this address.",
    413: "The request is too large.",
    500: "Something went wrong.",
    503: "The database does not answer. Please try again in a moment.",
}

log = structlog.get_logger(__name__)


def status_of(error: BaseException | None) -> int | None:
    """503 for a database that is away, 400 for values that no column can hold, None for a mistake of ours."""
    if isinstance(error, OperationalError | InterfaceError):
        return 503
    if isinstance(error, DataError | UnicodeError):
        return 400
    return 400 if isinstance(error, ValueError) and "NUL" in str(error) else None


def answer(request: HttpRequest, status: int) -> HttpResponse:
    """The page for a status, or one line for a program; 503 says when to come back."""
    response = _words(request, status)
    response.headers["Cache-Control"] = "no-store"
    if status == 503:
        response.headers["Retry-After"] = str(AGAIN_AFTER)
    return response


def _words(request: HttpRequest, status: int) -> HttpResponse:
    if "text/html" not in request.headers.get("Accept", ""):
        return HttpResponse(f"{WORDS[status]}\n", status=status, content_type="text/plain; charset=utf-8")
    return HttpResponse(render_to_string(f"{status}.html", looks(request)), status=status)


def to_error(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """The answer to an exception that is the caller's or the database's; None for a mistake of ours."""
    status = status_of(error)
    if status is None:
        return None
    log.warning("refused", status=status, error=type(error).__name__, path=request.path)
    return answer(request, status)
