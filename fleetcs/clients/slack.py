"""Slack: read what it signed, write with a mark that lets us look before we write again."""

import hmac
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.request import Request

from django.conf import settings
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from fleetcs.clients import http
from fleetcs.clients.http import Rejected, Unavailable

EFFECT_EVENT = "fleetcs_effect"
MAX_AGE = timedelta(minutes=5)
# Slack's clock and ours may differ; looking too far back costs a page, looking too short costs a duplicate.
SKEW = timedelta(minutes=10)
PAGE = 200
# "Some aspect of the operation succeeded before the error was raised" (Slack on fatal_error).
MAY_BE_DONE = {"fatal_error", "internal_error", "service_unavailable", "request_timeout"}
LATER = MAY_BE_DONE | {"ratelimited", "rate_limited", "accesslimited"}

# The library logs answers it cannot read, with their text: they may hold a customer's words.
QUIET = logging.getLogger("fleetcs.clients.slack.library")
QUIET.setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True)
class SlackMessage:
    """One message of a channel; `ts` is Slack's id and moment in one, `effect_key` is ours if we sent it."""

    ts: str
    text: str
    user: str = ""
    bot_id: str = ""
    thread_ts: str = ""
    subtype: str = ""
    effect_key: str = ""


class _Client(WebClient):
    """Slack's own client over our session: the library's transport follows redirects with the token."""

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        with http.session() as outside:
            response = outside.post(url, data=_bytes(req), headers=dict(req.header_items()))
        return {"status": response.status_code, "headers": response.headers, "body": response.text}


def verify(headers: Mapping[str, str], raw: bytes, now: datetime, secrets: Sequence[str]) -> None:
    """Raise Rejected unless `raw` was signed by Slack within five minutes of `now` with one of `secrets` (T33, T34)."""
    lowered = {name.lower(): value for name, value in headers.items()}
    sent_at, signature = lowered.get("x-slack-request-timestamp", ""), lowered.get("x-slack-signature", "")
    if not (sent_at.isascii() and sent_at.isdecimal() and len(sent_at) <= 11 and signature):
        raise Rejected("unsigned", 401)
    if abs(now.timestamp() - int(sent_at)) > MAX_AGE.total_seconds():
        raise Rejected("stale", 401)
    signed = [sign(raw, sent_at, secret) for secret in secrets if secret]
    if not any(hmac.compare_digest(own.encode(), signature.encode(errors="replace")) for own in signed):
        raise Rejected("signature", 401)


def sign(raw: bytes, sent_at: str, secret: str) -> str:
    """Slack's v0 signature of the bytes `raw` sent at the Unix second `sent_at`."""
    return "v0=" + hmac.digest(secret.encode(), b"v0:%s:%s" % (sent_at.encode(), raw), "sha256").hex()


def post(
    channel: str,
    text: str,
    *,
    thread_ts: str | None = None,
    blocks: Sequence[dict[str, Any]] | None = None,
    effect_key: str,
) -> str:
    """Post one message and return its ts; `effect_key` travels in its metadata so that `find` sees it."""
    said = _call(
        _client().chat_postMessage,
        channel=channel,
        text=text,
        thread_ts=thread_ts or None,
        blocks=blocks,
        metadata={"event_type": EFFECT_EVENT, "event_payload": {"key": effect_key}},
        unfurl_links=False,
        unfurl_media=False,
    )
    return _text(said, "ts")


def find(channel: str, thread_ts: str | None, effect_key: str, since: datetime) -> str | None:
    """The ts of the message that carries `effect_key`, looked for in the thread or channel since `since`; or None."""
    oldest = f"{(since - SKEW).timestamp():.6f}"
    found = (message.ts for message in _messages(channel, thread_ts, oldest) if message.effect_key == effect_key)
    return next(found, None)


def update(channel: str, ts: str, text: str, *, blocks: Sequence[dict[str, Any]] | None = None) -> None:
    """Give the message `ts` another text; doing it twice changes nothing."""
    _call(_client().chat_update, channel=channel, ts=ts, text=text, blocks=blocks)


def open_dm(user_id: str) -> str:
    """The id of the conversation between us and one person; opening it twice gives the same."""
    channel = _call(_client().conversations_open, users=user_id).get("channel")
    return _text(channel if isinstance(channel, dict) else {}, "id")


def permalink(channel: str, ts: str) -> str:
    """The address under which people in the workspace see the message `ts`."""
    return _text(_call(_client().chat_getPermalink, channel=channel, message_ts=ts), "permalink")


def channel_name(channel: str) -> str:
    """What people call the channel, "" where it has no name, as between two people."""
    told = _call(_client().conversations_info, channel=channel).get("channel")
    return str(told.get("name") or "") if isinstance(told, dict) else ""


def person(user_id: str) -> tuple[str, str]:
    """Name and mail address of somebody; "" for what Slack does not let us see."""
    told = _call(_client().users_info, user=user_id).get("user")
    profile = told.get("profile") if isinstance(told, dict) else None
    if not isinstance(profile, dict):
        return "", ""
    return str(profile.get("real_name") or profile.get("display_name") or ""), str(profile.get("email") or "")


def replies(channel: str, thread_ts: str) -> list[SlackMessage]:
    """Every message of a thread, its first one included, oldest first."""
    return list(_messages(channel, thread_ts, "0"))


def _messages(channel: str, thread_ts: str | None, oldest: str) -> Iterator[SlackMessage]:
    cursor: str | None = None
    while True:
        page = _page(channel, thread_ts, oldest, cursor)
        yield from (_message(raw) for raw in page.get("messages") or [])
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return


def _page(channel: str, thread_ts: str | None, oldest: str, cursor: str | None) -> dict[str, Any]:
    window = {"channel": channel, "oldest": oldest, "limit": PAGE, "cursor": cursor, "include_all_metadata": True}
    if thread_ts:
        return _call(_client().conversations_replies, ts=thread_ts, **window)
    return _call(_client().conversations_history, **window)


def _message(raw: dict[str, Any]) -> SlackMessage:
    return SlackMessage(
        ts=str(raw.get("ts", "")),
        text=str(raw.get("text", "")),
        user=str(raw.get("user", "")),
        bot_id=str(raw.get("bot_id", "")),
        thread_ts=str(raw.get("thread_ts", "")),
        subtype=str(raw.get("subtype", "")),
        effect_key=_effect_key(raw.get("metadata") or {}),
    )


def _effect_key(metadata: dict[str, Any]) -> str:
    ours = metadata.get("event_type") == EFFECT_EVENT
    return str((metadata.get("event_payload") or {}).get("key", "")) if ours else ""


def _bytes(req: Request) -> bytes:
    return req.data if isinstance(req.data, bytes) else b""


def _client() -> WebClient:
    return _Client(
        token=http.configured(settings.SLACK_BOT_TOKEN),
        base_url=settings.SLACK_API_URL,
        retry_handlers=[],
        logger=QUIET,
    )


def _call(method: Callable[..., SlackResponse], **given: object) -> dict[str, Any]:
    try:
        answer = method(**given)
    except SlackApiError as error:
        raise _meaning(error.response) from None
    return answer.data if isinstance(answer.data, dict) else {}


def _meaning(response: SlackResponse) -> Unavailable | Rejected:
    code = str(response.get("error", ""))
    if code in LATER:
        after = http.retry_after(response.headers.get("Retry-After"))
        return Unavailable(after, code, ambiguous=code in MAY_BE_DONE)
    if not http.CODE.fullmatch(code):
        return Unavailable(code="not_understood", ambiguous=True)
    return Rejected(code, response.status_code)


def _text(said: dict[str, Any], key: str) -> str:
    if not isinstance(said.get(key), str):
        raise Unavailable(code="not_understood", ambiguous=True)
    return str(said[key])
