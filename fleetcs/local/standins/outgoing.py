"""What the stand-ins send to the product: Slack's events and clicks, mail, GitHub's hooks, each signed as the real
ones are."""

import hmac
import json
import os
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import requests

from fleetcs import clock
from fleetcs.clients import github
from fleetcs.clients.slack import sign
from fleetcs.local.standins import slack
from fleetcs.local.standins.wire import Call, Fact

TIMEOUT = (3.0, 10.0)


@dataclass(frozen=True)
class Target:
    """The product to speak to, and the secrets it shares with us."""

    base_url: str
    slack_secret: str = ""
    mail_secret: str = ""
    team: str = slack.TEAM

    @classmethod
    def from_environment(cls) -> "Target":
        """BASE_URL, SLACK_SIGNING_SECRET, MAIL_SIGNING_SECRET and SLACK_TEAM_ID, as the product reads them."""
        given = os.environ.get
        return cls(
            base_url=given("BASE_URL", "http://localhost:8000"),
            slack_secret=given("SLACK_SIGNING_SECRET", ""),
            mail_secret=given("MAIL_SIGNING_SECRET", ""),
            team=given("SLACK_TEAM_ID", "") or slack.TEAM,
        )


def event(target: Target, said: Fact) -> int:
    """Tell the product of a message; the status it answered, 0 for none. The event's id follows from the message."""
    number = "".join(digit for digit in said["ts"] if digit.isdecimal())
    envelope = {
        "type": "event_callback",
        "team_id": target.team,
        "api_app_id": slack.APP,
        "event_id": f"Ev{said['channel']}{number}",
        "event_time": int(float(said["ts"])),
        "event": _message(said),
    }
    return _slack(target, "/slack/events", json.dumps(envelope).encode(), "application/json")


def click(target: Target, *, channel: str, user: str, ts: str, action: str, value: str) -> int:
    """Tell the product that somebody pressed a button under the message `ts`; the status it answered, 0 for none."""
    now = f"{clock.now().timestamp():.6f}"
    payload = {
        "type": "block_actions",
        "team": {"id": target.team},
        "user": {"id": user, "team_id": target.team},
        "api_app_id": slack.APP,
        "trigger_id": now,
        "channel": {"id": channel},
        "message": {"ts": ts},
        "container": {"type": "message", "message_ts": ts, "channel_id": channel},
        "actions": [{"type": "button", "action_id": action, "block_id": action, "value": value, "action_ts": now}],
    }
    form = urlencode({"payload": json.dumps(payload)}).encode()
    return _slack(target, "/slack/interactions", form, "application/x-www-form-urlencoded")


def mail(target: Target, raw: bytes) -> int:
    """Hand the product one mail as it came (RFC 5322); the status it answered, 0 for none."""
    sent_at = str(int(clock.now().timestamp()))
    signature = hmac.digest(target.mail_secret.encode(), sent_at.encode() + b"." + raw, "sha256").hex()
    signed = {"X-Fleetcs-Timestamp": sent_at, "X-Fleetcs-Signature": f"v1={signature}"}
    return _send(target, "/email/inbound", raw, {"Content-Type": "message/rfc822", **signed})


def hook(told: Fact, event: Fact) -> tuple[Call, Fact]:
    """Tell one of GitHub's hooks of one event: what was sent, and what became of it."""
    raw, guid, at = json.dumps(event["payload"]).encode(), event.get("guid") or str(uuid4()), clock.now()
    headers = _hook_headers(told, event, guid, raw)
    begun = monotonic()
    status = _post(told["url"], raw, headers)
    tried: Fact = {"hook": told["id"], "guid": guid, "status_code": status, "delivered_at": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
    tried |= {"duration": round(monotonic() - begun, 2), "redelivery": bool(event.get("redelivery"))}
    tried |= {"status": _outcome(status)}
    kept = {name: event[name] for name in ("repo", "event", "action", "payload")}
    return Call("POST", told["url"], "", headers, raw), tried | kept


def _outcome(status: int) -> str:
    if not status:
        return "failed to connect to host"
    return "OK" if 200 <= status < 300 else f"Invalid HTTP Response: {status}"


def _hook_headers(told: Fact, event: Fact, guid: str, raw: bytes) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/fleetcs",
        "X-GitHub-Event": event["event"],
        "X-GitHub-Delivery": guid,
        "X-GitHub-Hook-ID": str(told["id"]),
        "X-GitHub-Hook-Installation-Target-Type": "repository",
        "X-GitHub-Hook-Installation-Target-ID": str(told["repo"]),
        "X-Hub-Signature": f"sha1={hmac.digest(told['secret'].encode(), raw, 'sha1').hex()}",
        "X-Hub-Signature-256": github.sign(raw, told["secret"]),
    }


def _message(said: Fact) -> dict[str, Any]:
    optional = {"thread_ts": said["thread_ts"]} if said.get("thread_ts") else {}
    kept = {key: said.get(key, "") for key in ("channel", "user", "text", "ts")}
    return {"type": "message", "channel_type": "channel", "event_ts": said["ts"], **kept, **optional}


def _slack(target: Target, path: str, raw: bytes, content_type: str) -> int:
    sent_at = str(int(clock.now().timestamp()))
    signed = {"X-Slack-Request-Timestamp": sent_at, "X-Slack-Signature": sign(raw, sent_at, target.slack_secret)}
    return _send(target, path, raw, {"Content-Type": content_type, **signed})


def _send(target: Target, path: str, raw: bytes, headers: dict[str, str]) -> int:
    return _post(target.base_url.rstrip("/") + path, raw, headers)


def _post(url: str, raw: bytes, headers: dict[str, str]) -> int:
    try:
        return requests.post(url, data=raw, headers=headers, timeout=TIMEOUT, allow_redirects=False).status_code
    except requests.RequestException:
        return 0
