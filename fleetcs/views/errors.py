"""Answers when there is no page: each says what happened, the way back and the number of the request."""

import sys

from django.http import HttpRequest, HttpResponse

from fleetcs import refusals


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return refusals.answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return refusals.answer(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return refusals.answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """What no middleware answered: a database that was away before a view was reached, or a mistake of ours."""
    return refusals.to_error(request, sys.exception()) or refusals.answer(request, 500)
