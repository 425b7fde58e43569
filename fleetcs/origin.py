"""The page that a request of htmx comes from, as far as its header can be read."""

from urllib.parse import SplitResult, urlsplit

from django.http import HttpRequest

NOWHERE = SplitResult("", "", "", "", "")


def page_behind(request: HttpRequest) -> SplitResult:
    """Its address in parts; empty ones without htmx, or where somebody has sent what is no address."""
    try:
        return urlsplit(request.htmx.current_url or "")  # type: ignore[attr-defined]
    except ValueError:
        return NOWHERE
