"""The Minor Planet Center's list of names, read from its one configured address."""

from django.conf import settings

from fleetcs.clients import http
from fleetcs.clients.http import Rejected

LARGEST = 20 * 1024 * 1024  # bytes; the whole page has fewer than two million
PIECE = 64 * 1024


def page(url: str = "") -> str:
    """The list at `url`, which must be on the configured host. Raises Unavailable or Rejected."""
    with http.session() as outside, outside.get(url or settings.MINOR_PLANETS_URL, stream=True) as answer:
        raw = b""
        for piece in answer.iter_content(PIECE):
            raw += piece
            if len(raw) > LARGEST:
                raise Rejected("too_large")
    return text(raw)


def text(raw: bytes) -> str:
    """Bytes as text: UTF-8, or Latin-1, in which older copies of the list are kept."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
