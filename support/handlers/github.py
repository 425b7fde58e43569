"""GitHub's events: hints that something there may be otherwise than we know (REQ-02)."""

import json
from typing import Any, Never

from django.conf import settings

from fleetcs.inbox import Bad, Ignored
from fleetcs.models import Delivery

KNOWN = {"issues", "issue_comment", "label"}


def github_event(delivery: Delivery) -> Never:
    """Raises Ignored, since nothing in the product listens to what it knows yet; Bad for what cannot be read."""
    event = delivery.event.partition(".")[0]
    if event not in KNOWN:
        raise Ignored("no event we know")
    if repository_of(bytes(delivery.raw)) not in ours():
        raise Ignored("no repository of ours")
    raise Ignored("nothing listens yet")


def repository_of(raw: bytes) -> str:
    """The "owner/name" in a payload, in lower case; "" without. Raises Bad."""
    try:
        payload: Any = json.loads(raw)
        return str((payload.get("repository") or {}).get("full_name") or "").lower()
    except (ValueError, AttributeError, RecursionError):
        raise Bad("it holds no payload") from None


def ours() -> set[str]:
    """The two repositories, in lower case."""
    return {name.lower() for name in (settings.GITHUB_PUBLIC_REPO, settings.GITHUB_CONFIDENTIAL_REPO) if name}
