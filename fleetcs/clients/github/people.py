"""Who is inside (REQ-03). "Unknown" is never "no": it is raised, and a person is asked."""

from urllib.parse import quote

from django.conf import settings

from fleetcs.clients import http
from fleetcs.clients.github import shapes
from fleetcs.clients.github.line import call
from fleetcs.clients.github.public import Repo
from fleetcs.clients.github.repository import place
from fleetcs.clients.http import Rejected


def is_member(login: str) -> bool:
    """Whether that login belongs to our organisation, private members included.

    Raises Rejected("members_hidden") where GitHub would tell us of public members only.
    """
    org = quote(http.configured(settings.GITHUB_ORG), safe="")
    try:
        call("GET", f"/orgs/{org}/members/{quote(login, safe='')}")
    except Rejected as refused:
        if refused.status == 404:
            return _sees_members(org)
        raise Rejected("members_hidden" if refused.status == 302 else refused.code, refused.status) from None
    return True


def permission(repo: Repo, login: str) -> str:
    """The role of that login there: none, read, triage, write, maintain, admin; in a public repository all may read."""
    said = call("GET", f"{place(repo)}/collaborators/{quote(login, safe='')}/permission").body
    return shapes.text(said, "role_name") or shapes.named(said, "permission")


def own_login() -> str:
    """Under which login we speak ourselves; "" for an App, whose comments are a bot's."""
    return "" if settings.GITHUB_APP_ID else shapes.named(call("GET", "/user").body, "login")


def _sees_members(org: str) -> bool:
    """False, which is "no member", if we see the organisation at all; raises Rejected if we do not."""
    try:
        call("GET", f"/orgs/{org}")
    except Rejected as refused:
        raise Rejected("organization_hidden", refused.status) from None
    return False
