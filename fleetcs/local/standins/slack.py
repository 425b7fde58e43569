"""Slack's Web API as far as the product speaks it.

Every channel whose id looks like one exists, and so does the first message of every thread: events that a test
makes up need not be told to the stand-in first.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from fleetcs.local.standins.wire import Answer, Call, Fact, answer

PREFIX = "/slack/api/"
TEAM, BOT_USER, BOT, APP = "T0LANTERN", "U0FLEETCS", "B0FLEETCS", "A0FLEETCS"
SITE = "https://lanternfish.slack.example/"
CHANNEL = re.compile(r"[CDG][A-Z0-9]{1,20}")
LONGEST_TEXT = 40_000
Message = dict[str, Any]


class Refused(Exception):
    """Slack's `{"ok": false, "error": ...}`."""


class Slack:
    """Messages by channel and ts, made from facts."""

    def __init__(self) -> None:
        self.messages: dict[str, dict[str, Message]] = {}
        self.last = 0

    def answer(self, call: Call, now: datetime) -> Answer:
        """The answer to one API call, with the facts it makes true."""
        try:
            self._authenticate(call)
            method = METHODS.get(call.path.removeprefix(PREFIX))
            if method is None:
                raise Refused("unknown_method")
            return method(self, call.values, now)
        except Refused as refusal:
            return self.word(str(refusal))

    def word(self, error: str) -> Answer:
        """An error in Slack's own form: 200, ok false; rate limits come as 429."""
        return answer({"ok": False, "error": error}, 429 if error == "ratelimited" else 200)

    def failure(self, status: int) -> Answer:
        """An error of the web server in front of Slack."""
        return answer({"ok": False, "error": "ratelimited" if status == 429 else "internal_error"}, status)

    def apply(self, fact: Fact) -> None:
        """Let a fact be true; facts of other services are none of ours."""
        if fact["kind"] == "slack.message":
            message = {key: value for key, value in fact.items() if key not in {"kind", "channel"} and value}
            self.messages.setdefault(fact["channel"], {})[fact["ts"]] = message
            self.last = max(self.last, _micro(fact["ts"]))
        if fact["kind"] == "slack.edit":
            changes = {key: fact[key] for key in ("text", "blocks", "metadata") if fact.get(key) is not None}
            self.messages[fact["channel"]][fact["ts"]].update(changes, edited={"user": BOT_USER, "ts": fact["at"]})

    def said(self, given: dict[str, Any], now: datetime) -> Fact:
        """The fact that a person wrote a message (not through the API)."""
        keep = {key: str(given.get(key) or "") for key in ("channel", "user", "text", "thread_ts")}
        return {"kind": "slack.message", "type": "message", "team": TEAM, "ts": self._next_ts(now), **keep}

    def _authenticate(self, call: Call) -> None:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not token:
            raise Refused("not_authed")
        if not token.startswith("xox"):
            raise Refused("invalid_auth")

    def _next_ts(self, now: datetime) -> str:
        """A ts that no message has, even if the clock stands still."""
        self.last = max(self.last + 1, int(now.timestamp() * 1_000_000))
        return f"{self.last // 1_000_000}.{self.last % 1_000_000:06d}"

    def _channel(self, given: dict[str, Any]) -> str:
        channel = str(given.get("channel", ""))
        if not CHANNEL.fullmatch(channel):
            raise Refused("channel_not_found")
        if "ARCHIVED" in channel:
            raise Refused("is_archived")
        return channel

    def _message(self, channel: str, ts: str) -> Message:
        try:
            return self.messages[channel][ts]
        except KeyError:
            raise Refused("message_not_found") from None

    def _auth_test(self, given: dict[str, Any], now: datetime) -> Answer:
        who = {"team": "Lanternfish", "user": "fleetcs", "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT}
        return answer({"ok": True, "url": SITE, **who})

    def _post(self, given: dict[str, Any], now: datetime) -> Answer:
        channel, blocks = self._channel(given), _json(given.get("blocks"))
        text = _checked(str(given.get("text") or ""), blocks)
        written: Message = {"type": "message", "user": BOT_USER, "bot_id": BOT, "app_id": APP, "team": TEAM}
        written |= {"text": text, "ts": self._next_ts(now), "metadata": _json(given.get("metadata"))}
        written |= {"thread_ts": str(given.get("thread_ts") or ""), "blocks": blocks}
        fact = {"kind": "slack.message", "channel": channel, **written}
        shown = {key: value for key, value in written.items() if value}
        return answer({"ok": True, "channel": channel, "ts": fact["ts"], "message": shown}, facts=(fact,))

    def _update(self, given: dict[str, Any], now: datetime) -> Answer:
        channel, ts = self._channel(given), str(given.get("ts", ""))
        if self._message(channel, ts).get("bot_id") != BOT:
            raise Refused("cant_update_message")
        blocks, metadata = _json(given.get("blocks")), _json(given.get("metadata"))
        text = _checked(str(given.get("text") or ""), blocks)
        fact: Fact = {"kind": "slack.edit", "channel": channel, "ts": ts, "text": text, "at": self._next_ts(now)}
        fact |= {"blocks": blocks, "metadata": metadata}
        return answer({"ok": True, "channel": channel, "ts": ts, "text": text}, facts=(fact,))

    def _permalink(self, given: dict[str, Any], now: datetime) -> Answer:
        channel, ts = self._channel(given), str(given.get("message_ts", ""))
        self._message(channel, ts)
        link = f"{SITE}archives/{channel}/p{ts.replace('.', '')}"
        return answer({"ok": True, "channel": channel, "permalink": link})

    def _history(self, given: dict[str, Any], now: datetime) -> Answer:
        top = [each for each in self._in(given) if each.get("thread_ts", each["ts"]) == each["ts"]]
        return _page([each for each in reversed(top) if _within(each, given)], given)

    def _replies(self, given: dict[str, Any], now: datetime) -> Answer:
        root = str(given.get("ts", ""))
        thread = [each for each in self._in(given) if root in (each["ts"], each.get("thread_ts"))]
        return _page([each for each in thread if each["ts"] == root or _within(each, given)], given)

    def _in(self, given: dict[str, Any]) -> list[Message]:
        found = self.messages.get(self._channel(given), {})
        return [found[ts] for ts in sorted(found, key=_micro)]

    def _open(self, given: dict[str, Any], now: datetime) -> Answer:
        users = str(given.get("users", ""))
        if not re.fullmatch(r"[UW][A-Z0-9]{1,20}", users):
            raise Refused("user_not_found")
        return answer({"ok": True, "channel": {"id": f"D{users[1:]}"}})

    def _info(self, given: dict[str, Any], now: datetime) -> Answer:
        channel = self._channel(given)
        shown = {"id": channel, "name": channel.lower(), "is_im": channel.startswith("D"), "is_archived": False}
        return answer({"ok": True, "channel": shown})

    def _user(self, given: dict[str, Any], now: datetime) -> Answer:
        user = str(given.get("user", ""))
        if not re.fullmatch(r"[UW][A-Z0-9]{1,20}", user):
            raise Refused("user_not_found")
        profile = {"real_name": f"Person {user}", "email": f"{user.lower()}@people.example"}
        shown = {"id": user, "team_id": TEAM, "name": user.lower(), "is_bot": user == BOT_USER, "profile": profile}
        return answer({"ok": True, "user": shown})


METHODS = {
    "auth.test": Slack._auth_test,
    "chat.postMessage": Slack._post,
    "chat.update": Slack._update,
    "chat.getPermalink": Slack._permalink,
    "conversations.history": Slack._history,
    "conversations.replies": Slack._replies,
    "conversations.open": Slack._open,
    "conversations.info": Slack._info,
    "users.info": Slack._user,
}


def _micro(ts: str) -> int:
    seconds, _, micro = ts.partition(".")
    return int(seconds or 0) * 1_000_000 + int(micro[:6].ljust(6, "0"))


def _json(value: object) -> object:
    """Blocks and metadata come as JSON inside a form, or plain inside JSON."""
    try:
        return json.loads(value) if isinstance(value, str) and value else value
    except ValueError:
        raise Refused("invalid_arguments") from None


def _checked(text: str, blocks: object) -> str:
    if not text and not blocks:
        raise Refused("no_text")
    if len(text) > LONGEST_TEXT:
        raise Refused("msg_too_long")
    return text


def _within(message: Message, given: dict[str, Any]) -> bool:
    at, oldest, latest = _micro(message["ts"]), given.get("oldest"), given.get("latest")
    edge = 1 if _true(given.get("inclusive")) else 0
    return (not oldest or at > _micro(str(oldest)) - edge) and (not latest or at < _micro(str(latest)) + edge)


def _true(value: object) -> bool:
    return value in (True, 1, "1", "true", "True")


def _page(messages: list[Message], given: dict[str, Any]) -> Answer:
    start, limit = int(given.get("cursor") or 0), int(given.get("limit") or 100)
    shown = list(_shown(messages[start : start + limit], _true(given.get("include_all_metadata"))))
    more = start + limit < len(messages)
    cursor = {"next_cursor": str(start + limit) if more else ""}
    return answer({"ok": True, "messages": shown, "has_more": more, "response_metadata": cursor})


def _shown(messages: list[Message], metadata: bool) -> Iterator[Message]:
    for message in messages:
        yield message if metadata else {key: value for key, value in message.items() if key != "metadata"}
