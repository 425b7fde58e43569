"""The two repositories, and what "not found" means in them."""

import re
from base64 import b64decode
from urllib.parse import quote

from django.conf import settings

from fleetcs.clients import http
from fleetcs.clients.github import shapes
from fleetcs.clients.github.line import call
from fleetcs.clients.github.public import Repo
from fleetcs.clients.http import Rejected, Unavailable

FULL_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")


def full_name(repo: Repo) -> str:
    """The configured "owner/name"; raises Rejected when there is none."""
    names: dict[str, str] = {"public": settings.GITHUB_PUBLIC_REPO, "confidential": settings.GITHUB_CONFIDENTIAL_REPO}
    if not FULL_NAME.fullmatch(http.configured(names[repo])):
        raise Rejected("not_configured")
    return names[repo]


def place(repo: Repo) -> str:
    """The path of everything in it."""
    return f"/repos/{full_name(repo)}"


def name_today(repo: Repo) -> str:
    """What the repository is called now; raises Rejected("repository_hidden") when we cannot see it."""
    try:
        return shapes.named(call("GET", place(repo)).body, "full_name")
    except Rejected as refused:
        raise Rejected("repository_hidden" if refused.status == 404 else refused.code, refused.status) from None


def absent(repo: Repo, refused: Rejected) -> None:
    """Return if `refused` says that something in a repository that we do see is not there; raises otherwise.

    A private repository that we may not see answers 404 for everything in it: that is not "deleted".
    """
    if refused.status != 404:
        raise refused
    name_today(repo)


def issue_template(repo: Repo, path: str) -> str:
    """The text of a file such as ".github/ISSUE_TEMPLATE/bug.md" on the default branch."""
    said = call("GET", f"{place(repo)}/contents/{quote(path)}").body
    if not isinstance(said, dict) or said.get("encoding") != "base64":
        raise Rejected("no_file")
    try:
        return b64decode(shapes.text(said, "content")).decode()
    except ValueError:
        raise Unavailable(code="not_understood") from None
