"""What the confidential issue about a longer sandbox says, and the link that opens it filled in (LIC-05). Pure."""

from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from fleetcs.wording import absolute
from fleetcs.working_day import ZONE

TITLE: Final = "Extend a sandbox trial"
LABELS: Final = ("g-infra", ":release")  # LIC-05


def body(email: str, ends_at: datetime, marker: str) -> str:
    """Whose sandbox it is and when it ends; the marker is there to find the issue again, and nobody sees it."""
    ends = absolute(ends_at, ZONE)
    said = f"Asked for by: {email}\nThe sandbox ends: {ends}\n\nAfter that moment it cannot be extended."
    return f"{said}\n\n{hidden(marker)}"


def hidden(marker: str) -> str:
    return f"<!-- sandbox {marker} -->"


def prefilled(repo: str, email: str, ends_at: datetime, marker: str) -> str:
    """The address of GitHub's own form, filled in: for an installation that may not file it itself."""
    said = {"title": TITLE, "labels": ",".join(LABELS), "body": body(email, ends_at, marker)}
    return f"https://github.com/{repo}/issues/new?{urlencode(said)}"
