"""Which links may stand on papers: documents of the company's drive, issues of its confidential repository."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

from accounts.links import drive, host_of

__all__ = ["confidential_issue", "drive"]
_ISSUE = re.compile(r"/([^/]+/[^/]+)/issues/[1-9][0-9]{0,9}/?\Z")


def confidential_issue(url: str) -> None:
    """Raises ValidationError unless the link leads to an issue of the confidential repository (CON-09)."""
    found = _ISSUE.match(urlsplit(url).path) if host_of(url) == "github.com" else None
    ours = settings.GITHUB_CONFIDENTIAL_REPO
    if not found or (ours and found[1].lower() != ours.lower()):
        raise ValidationError("Give the link of an issue in the confidential repository.")
