"""Which links may stand on papers: documents of the company's drive, issues of its confidential repository."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

from accounts.links import drive, host_of

__all__ = ["confidential_issue", "drive", "to_document", "to_issue"]
_ISSUE = re.compile(r"/([^/]+/[^/]+)/issues/[1-9][0-9]{0,9}/?\Z")


def to_document(url: str) -> str:
    """Why a link is none to a document or folder of the drive (SYS-10); "" when it is."""
    return _fault(drive, url)


def to_issue(url: str) -> str:
    """Why a link is none to a confidential issue; "" when it is."""
    return _fault(confidential_issue, url)


def _fault(check: Callable[[str], None], url: str) -> str:
    try:
        check(url)
    except ValidationError as refused:
        return " ".join(refused.messages)
    return ""


def confidential_issue(url: str) -> None:
    """Raises ValidationError unless the link leads to an issue of the confidential repository (CON-09)."""
    found = _ISSUE.match(urlsplit(url).path) if host_of(url) == "github.com" else None
    ours = settings.GITHUB_CONFIDENTIAL_REPO
    if not found or (ours and found[1].lower() != ours.lower()):
        raise ValidationError("Give the link of an issue in the confidential repository.")
