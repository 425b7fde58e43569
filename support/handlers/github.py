"""GitHub's events: hints that something there may be otherwise than we know (REQ-02).

None is believed: each makes us read the present state, so that replays, forgotten ones and disorder change nothing.
"""

import json
from typing import Any

from fleetcs.inbox import Bad, Ignored
from fleetcs.models import Delivery
from support.github import hints
from support.models import Repository
from support.models.repository import name_of

KNOWN = {"issues", "issue_comment", "label"}
MOST = 2**31


def github_event(delivery: Delivery) -> str:
    """Have the list of labels, or the issue, read again. Raises Ignored for what is none of ours, or Bad."""
    event = delivery.event.partition(".")[0]
    if event not in KNOWN:
        raise Ignored("no event we know")
    payload = payload_of(bytes(delivery.raw))
    repo = ours().get(repository_of(payload))
    if repo is None:
        raise Ignored("no repository of ours")
    if event == "label":
        hints.read_labels(repo, cause=delivery)
        return "labels are read again"
    number = number_of(payload)
    hints.read_issue(repo, number, cause=delivery)
    return f"issue {number} is read again"


def payload_of(raw: bytes) -> dict[str, Any]:
    """What the payload says. Raises Bad."""
    try:
        payload: Any = json.loads(raw)
    except (ValueError, RecursionError):
        payload = None
    if not isinstance(payload, dict):
        raise Bad("it holds no payload")
    return payload


def part(payload: dict[str, Any], name: str) -> dict[str, Any]:
    """An object in it; real payloads lack keys, and have null for them (trap 58)."""
    found = payload.get(name)
    return found if isinstance(found, dict) else {}


def repository_of(payload: dict[str, Any]) -> str:
    """The "owner/name" in a payload, in lower case; "" without."""
    return str(part(payload, "repository").get("full_name") or "").lower()


def number_of(payload: dict[str, Any]) -> int:
    """The issue it is about. Raises Ignored for a pull request, and for what names none."""
    issue = part(payload, "issue")
    number = issue.get("number")
    if not isinstance(number, int) or not 0 < number < MOST:
        raise Ignored("no issue named")
    if "pull_request" in issue:
        raise Ignored("a pull request")
    return number


def ours() -> dict[str, str]:
    """The two repositories by name in lower case, as they were and as they are called today."""
    rows = Repository.objects.values_list("code", "name")
    known = [(code.value, name_of(code)) for code in Repository.Code] + list(rows)
    return {name.lower(): code for code, name in known if name}
