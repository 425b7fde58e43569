"""What comes in, for tests: raw mails, Slack's events and clicks, forms; stored and handled as in the product."""

import json
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import urlencode

from fleetcs import inbox
from fleetcs.models import Delivery
from support import mail_gate
from support.models import Message

NUMBER = count(1)
TEAM, APP = "T0LANTERN", "A0FLEETCS"


def letter(sender: str = "Ada <ada@brook.example>", text: str = "It is broken.", **headers: str) -> bytes:
    """A raw mail to the support address; `headers` with underscores, an empty one leaves it out."""
    fields = {
        "From": sender,
        "To": "support@mail.localhost",
        "Subject": "Hosts are offline",
        "Message-ID": f"<{next(NUMBER)}@brook.example>",
        "Content-Type": "text/plain; charset=utf-8",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in fields.items() if value]
    return "\r\n".join([*lines, "", text, ""]).encode()


def mail(raw: bytes) -> Delivery:
    """The mail arrived and was handled."""
    return inbox.take_now(mail_gate.receive(raw, {})[0])


def message_of(delivery: Delivery) -> Message:
    return Message.objects.get(delivery=delivery)


def ts(moment: str, micro: int = 100) -> str:
    """Slack's timestamp of a moment."""
    at = datetime.fromisoformat(moment)
    return f"{int(at.timestamp())}.{at.microsecond + micro:06d}"


def event(channel: str, user: str, text: str, at: str, **fields: Any) -> dict[str, Any]:
    """One message event in its envelope; `thread` names the thread's first message."""
    envelope = {name: fields.pop(name) for name in ("event_id", "is_ext_shared_channel") if name in fields}
    thread = {"thread_ts": fields.pop("thread")} if fields.get("thread") else {}
    message = {"type": "message", "channel": channel, "user": user, "text": text, "ts": at, "event_ts": at}
    return {
        "type": "event_callback",
        "team_id": TEAM,
        "api_app_id": APP,
        "event_id": f"Ev{next(NUMBER)}",
        "event": {**message, "channel_type": "channel", **thread, **fields},
        **envelope,
    }


def stored(payload: dict[str, Any]) -> Delivery:
    return inbox.receive("slack", payload["event_id"], json.dumps(payload).encode(), {}, "event_callback")[0]


def slack(*args: Any, **fields: Any) -> Delivery:
    """A message event arrived and was handled."""
    return inbox.take_now(stored(event(*args, **fields)))


def change(channel: str, before: dict[str, Any], text: str, at: str, **fields: Any) -> Delivery:
    """The message of an event was edited."""
    said = {**before["event"], "text": text, "edited": {"user": before["event"]["user"], "ts": at}, **fields}
    inner = {"subtype": "message_changed", "message": said, "previous_message": before["event"], "user": ""}
    return slack(channel, "", "", at, **{key: value for key, value in inner.items() if key != "user"})


def click(ticket: int, user: str, channel: str, action: str = "escalate_p0") -> Delivery:
    """A button under the notice was pressed."""
    number = str(next(NUMBER))
    payload = {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": user, "team_id": TEAM},
        "trigger_id": number,
        "channel": {"id": channel},
        "message": {"ts": "1700000000.000900", "thread_ts": "1700000000.000100"},
        "container": {"type": "message", "message_ts": "1700000000.000900", "channel_id": channel},
        "actions": [{"type": "button", "action_id": action, "value": str(ticket), "action_ts": number}],
    }
    raw = urlencode({"payload": json.dumps(payload)}).encode()
    return inbox.take_now(inbox.receive("slack_click", inbox.fingerprint(raw), raw, {})[0])


def form(**fields: Any) -> Delivery:
    """The contact form was sent."""
    raw = json.dumps({"n": next(NUMBER), **fields}).encode()
    return inbox.take_now(inbox.receive("contact", inbox.fingerprint(raw), raw, {})[0])


def utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(UTC)
