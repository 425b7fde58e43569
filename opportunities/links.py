"""Which links may stand on papers: documents of the company's drive, issues of its confidential repository."""

import re
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

DRIVE: Final = frozenset({"drive.google.com", "docs.google.com"})  # SYS-10
_ISSUE = re.compile(r"/([^/]+/[^/]+)/issues/[1-9][0-9]{0,9}/?\Z")


def drive(url: str) -> None:
    """Raises ValidationError unless the link leads to the company's drive or a document in it (SYS-10)."""
    if _host(url) not in DRIVE:
        raise ValidationError("Give a link to Google Drive or a Google document: https://drive.google.com/…")


def confidential_issue(url: str) -> None:
    """Raises ValidationError unless the link leads to an issue of the confidential repository (CON-09)."""
    found = _ISSUE.match(urlsplit(url).path) if _host(url) == "github.com" else None
    ours = settings.GITHUB_CONFIDENTIAL_REPO
    if not found or (ours and found[1].lower() != ours.lower()):
        raise ValidationError("Give the link of an issue in the confidential repository.")


def _host(url: str) -> str:
    """The host a browser would go to, "" when it is not plainly one."""
    try:
        parts = urlsplit(url)
        plain = parts.scheme == "https" and not parts.username and "\\" not in url and parts.port in (None, 443)
    except ValueError:
        return ""
    return (parts.hostname or "") if plain else ""
