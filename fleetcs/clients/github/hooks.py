"""What GitHub sends us: its signature, and the list of what did not arrive (there is no automatic second try)."""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from github.Requester import Requester

from fleetcs import clock
from fleetcs.addresses import absolute_url
from fleetcs.clients.github import shapes
from fleetcs.clients.github.line import PAGE, ask, every, items_of, through
from fleetcs.clients.github.public import Repo
from fleetcs.clients.github.repository import place
from fleetcs.clients.github.shapes import HookDelivery
from fleetcs.clients.http import Rejected

DOOR = "/github/webhook"
KEPT_BY_GITHUB = timedelta(days=3)
SIGNATURE = "x-hub-signature-256"


def verify(headers: Mapping[str, str], raw: bytes) -> None:
    """Raise Rejected unless these very bytes were signed with one of our secrets (T33).

    The signature has no time in it: what is replayed is told by its delivery id, and by reading the present state.
    """
    given = {name.lower(): value for name, value in headers.items()}.get(SIGNATURE, "")
    if not given:
        raise Rejected("unsigned", 401)
    own = [sign(raw, secret) for secret in settings.GITHUB_WEBHOOK_SECRETS if secret]
    matches = [hmac.compare_digest(one.encode(), given.encode(errors="replace")) for one in own]
    if not any(matches):
        raise Rejected("signature", 401)


def sign(raw: bytes, secret: str) -> str:
    """GitHub's signature of the bytes `raw`."""
    return f"sha256={hmac.digest(secret.encode(), raw, 'sha256').hex()}"


def hook_deliveries(repo: Repo, since: datetime | None = None) -> list[HookDelivery]:
    """What GitHub has tried to tell us since then (three days at most), newest first; an App has one hook for all."""
    oldest = max(since or clock.now() - KEPT_BY_GITHUB, clock.now() - KEPT_BY_GITHUB)
    hook = _hook(repo)

    def read(requester: Requester) -> list[HookDelivery]:
        answer = ask(requester, "GET", f"{hook}/deliveries", {"per_page": PAGE})
        found = [shapes.delivery(raw) for raw in items_of(answer)]
        while answer.next and found[-1].delivered_at >= oldest:
            answer = ask(requester, "GET", answer.next)
            found += [shapes.delivery(raw) for raw in items_of(answer)]
        return [each for each in found if each.delivered_at >= oldest]

    return through(read, as_app=bool(settings.GITHUB_APP_ID))


def redeliver(repo: Repo, delivery_id: int) -> None:
    """Have GitHub send it again, with the same X-GitHub-Delivery."""
    path = f"{_hook(repo)}/deliveries/{delivery_id:d}/attempts"
    through(lambda requester: ask(requester, "POST", path), as_app=bool(settings.GITHUB_APP_ID))


def _hook(repo: Repo) -> str:
    """The App's own hook, or the one of the repository that leads to our door; Rejected("no_hook") without."""
    if settings.GITHUB_APP_ID:
        return "/app/hook"
    wanted = absolute_url(DOOR)
    for raw in every(f"{place(repo)}/hooks"):
        if shapes.text(raw.get("config") or {}, "url") == wanted:
            return f"{place(repo)}/hooks/{shapes.number(raw, 'id')}"
    raise Rejected("no_hook")
