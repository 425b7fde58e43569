"""What a web address on a record may be: one that opens in a browser, and for LinkedIn and the company's drive one of
theirs (SFD-07, SYS-10, SYS-14)."""

import re
from typing import Final
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

DRIVE: Final = frozenset({"drive.google.com", "docs.google.com"})  # SYS-10
WEB = re.compile(r"https?://", re.I)
LINKEDIN = re.compile(r"https?://(?:[a-z0-9-]+\.)*linkedin\.com(?:[/?#]|\Z)", re.I)


def web(url: str) -> None:
    """Raises ValidationError unless the address is one of the web."""
    if not WEB.match(url):
        raise ValidationError("Give a web address: https://…")


def linkedin(url: str) -> None:
    """Raises ValidationError unless the address is on linkedin.com or below it."""
    if not LINKEDIN.match(url):
        raise ValidationError("This is no LinkedIn address: its host must be linkedin.com.")


def overlaps(text: str) -> None:
    """Words about whom one knows there, or the address of LinkedIn that shows them. Raises ValidationError."""
    if "://" in text:
        linkedin(text)


def drive(url: str) -> None:
    """Raises ValidationError unless the link leads to the company's drive or a document in it (SYS-10)."""
    if host_of(url) not in DRIVE:
        raise ValidationError("Give a link to Google Drive or a Google document: https://drive.google.com/…")


def host_of(url: str) -> str:
    """The host a browser would go to, "" when it is not plainly one."""
    try:
        parts = urlsplit(url)
        plain = parts.scheme == "https" and not parts.username and "\\" not in url and parts.port in (None, 443)
    except ValueError:
        return ""
    return (parts.hostname or "") if plain else ""
