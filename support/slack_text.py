"""What Slack sends us as plain values, and our text as Slack may show it. Pure; a missing key is never an error."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

TEXT_LIMIT = 100_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SKEW = timedelta(minutes=5)  # by which the clock of whoever tells us of a message may be ahead of ours
_WRITTEN_BY_SLACK = """
assistant_app_thread bot_add bot_disable bot_remove channel_archive channel_convert_to_private
channel_convert_to_public channel_name channel_posting_permissions channel_purpose channel_topic channel_unarchive
document_mention ekm_access_denied group_archive group_name group_purpose group_topic group_unarchive huddle_thread
pinned_item reminder_add reply_broadcast sh_room_created tombstone unpinned_item
"""
# What says nothing to a colleague. Every other subtype (thread_broadcast, file_share, me_message, …) is a message.
IGNORED = {
    "message_replied": "the reply itself comes as an event of its own",
    "channel_join": "somebody joined",
    "channel_leave": "somebody left",
    "group_join": "somebody joined",
    "group_leave": "somebody left",
} | dict.fromkeys(_WRITTEN_BY_SLACK.split(), "a line that Slack writes itself")

_TS = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,6})?")
_ENTITY = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_BROADCAST = re.compile(r"@(here|channel|everyone)\b", re.IGNORECASE)
_ARCHIVE = re.compile(r"/archives/([CDG][A-Z0-9]{2,20})/p([0-9]{7,16})/?")
WORD_JOINER = "\u2060"


def is_timestamp(ts: str) -> bool:
    """Whether it is Slack's id and moment of a message."""
    return bool(_TS.fullmatch(ts))


def moment(ts: str) -> datetime:
    """A Slack timestamp as a UTC moment, exact to the microsecond. Raises ValueError for anything else."""
    if not _TS.fullmatch(ts):
        raise ValueError("not a Slack timestamp")
    seconds, _, fraction = ts.partition(".")
    return EPOCH + timedelta(seconds=int(seconds), microseconds=int(fraction.ljust(6, "0")))


def readable(text: str, people: Mapping[str, str], channels: Mapping[str, str]) -> str:
    """Slack's markup as a person reads it: `<@U1>` by name, `<https://x|y>` as "y (https://x)", "&" for `&amp;`."""

    def in_words(entity: re.Match[str]) -> str:
        kind, body, label = entity[1], entity[2], entity[3] or ""
        if kind == "@":
            return f"@{people.get(body) or label or body}"
        if kind == "#":
            return f"#{channels.get(body) or label or body}"
        return _notice(body, label) if kind == "!" else _link(body, label)

    plain = _ENTITY.sub(in_words, text[:TEXT_LIMIT].replace("\0", ""))
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _notice(body: str, label: str) -> str:
    """`<!here>`, `<!subteam^S1|@team>`, `<!date^…^…|tomorrow>`."""
    return label or f"@{body.partition('^')[0]}"


def _link(address: str, label: str) -> str:
    bare = address.removeprefix("mailto:").removeprefix("tel:")
    return f"{label} ({bare})" if label and label not in (bare, address) and not bare.endswith(f"//{label}") else bare


def outgoing(text: str) -> str:
    """Our text for Slack: its three signs escaped, and nobody woken by an @here that a customer or a template wrote."""
    escaped = text.replace("\0", "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _BROADCAST.sub(rf"@{WORD_JOINER}\1", escaped)


def thread_of_link(url: str) -> tuple[str, str] | None:
    """(channel id, thread timestamp) of a link to a Slack message; a link to a reply gives its thread. Else None."""
    try:
        parts = urlsplit(url.strip()[:2_000])
        host = parts.hostname or ""
    except ValueError:
        return None
    found = _ARCHIVE.fullmatch(parts.path)
    if not found or parts.scheme != "https" or not host.endswith(".slack.com"):
        return None
    thread = parse_qs(parts.query).get("thread_ts", [""])[0]
    return found[1], thread if _TS.fullmatch(thread) else f"{found[2][:-6]}.{found[2][-6:]}"


@dataclass(frozen=True, slots=True)
class SlackEvent:
    """One message event. `ts` names the message meant, also where the event is about its edit or deletion.

    `team` is the workspace that told us, `user_team` the sender's own, which differs in a shared channel; `ignored`
    says why there is nothing to keep, or is empty.
    """

    kind: str  # "message", "changed" or "deleted"
    event_id: str
    team: str
    channel: str
    ts: str
    thread_ts: str
    user: str
    user_team: str
    text: str
    subtype: str
    bot: bool
    is_dm: bool
    broadcast: bool
    files_count: int
    file_names: tuple[str, ...]
    edited_ts: str
    previous_ts: str
    deleted_ts: str
    ignored: str

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread that another message began."""
        return self.thread_ts != self.ts

    @property
    def sent_at(self) -> datetime:
        """When the message was written (UTC)."""
        return moment(self.ts)


def plain_event(
    team: str, channel: str, ts: str, thread_ts: str, user: str, text: str, *, bot: bool = False, files: int = 0
) -> SlackEvent:
    """A message of a thread that somebody else than Slack tells of."""
    place: dict[str, Any] = {
        "team": team,
        "channel": channel,
        "ts": ts,
        "thread_ts": thread_ts,
        "is_dm": channel.startswith("D"),
    }
    empty = ("event_id", "user_team", "subtype", "edited_ts", "previous_ts", "deleted_ts", "ignored")
    blank: dict[str, Any] = dict.fromkeys(empty, "")
    said: Any = {"kind": "message", "user": user, "text": text, "bot": bot, "files_count": files, "file_names": ()}
    return SlackEvent(**place, **blank, **said, broadcast=False)


def read(payload: object) -> SlackEvent | None:
    """The message event in a body of the Events API; None for other events and without channel or timestamp."""
    event = _part(payload, "event")
    if _word(event, "type") != "message":
        return None
    message = _message(event)
    ts = _word(message, "ts") or _word(event, "deleted_ts")
    if not _TS.fullmatch(ts) or not _word(event, "channel"):
        return None
    return _event(payload, event, message, ts)


def _message(event: dict[str, Any]) -> dict[str, Any]:
    """The message that an event is about: the new one of an edit, the old one of a deletion."""
    subtype = _word(event, "subtype")
    if subtype == "message_changed":
        return _part(event, "message")
    if subtype == "message_deleted":
        return {**_part(event, "previous_message"), "ts": _word(event, "deleted_ts") or event.get("ts")}
    return event


def _event(payload: object, event: dict[str, Any], message: dict[str, Any], ts: str) -> SlackEvent:
    team = _word(payload, "team_id") or _word(event, "team")
    kind = _kind(event, message)
    files = _files(message)
    return SlackEvent(
        kind=kind,
        event_id=_word(payload, "event_id"),
        team=team,
        channel=_word(event, "channel"),
        ts=ts,
        thread_ts=_word(message, "thread_ts") or ts,
        user=_word(message, "user"),
        user_team=_word(message, "user_team") or _word(message, "source_team") or _word(message, "team") or team,
        text=_word(message, "text", TEXT_LIMIT),
        subtype=_word(event, "subtype"),
        bot=_is_bot(message),
        is_dm=_word(event, "channel_type") in {"im", "mpim"} or _word(event, "channel").startswith("D"),
        broadcast=_word(message, "subtype") == "thread_broadcast",
        files_count=len(files),
        file_names=tuple(_word(file, "name") or _word(file, "title") or "file" for file in files),
        edited_ts=_word(_part(message, "edited"), "ts"),
        previous_ts=_word(_part(event, "previous_message"), "ts"),
        deleted_ts=ts if kind == "deleted" else "",
        ignored=_why_ignored(event, message, kind),
    )


def _kind(event: dict[str, Any], message: dict[str, Any]) -> str:
    """Deleting the first message of a thread arrives as a change into a "tombstone"."""
    subtype = _word(event, "subtype")
    if subtype == "message_deleted" or (subtype == "message_changed" and _word(message, "subtype") == "tombstone"):
        return "deleted"
    return "changed" if subtype == "message_changed" else "message"


def _why_ignored(event: dict[str, Any], message: dict[str, Any], kind: str) -> str:
    if kind == "deleted":
        return ""
    if _word(message, "subtype") in IGNORED:
        return IGNORED[_word(message, "subtype")]
    before = _part(event, "previous_message")
    if kind == "changed" and _same(message, before):
        return "only Slack's own marks on the message changed"
    return "" if kind == "changed" or _says_something(message) else "it has neither words nor files"


def _same(message: dict[str, Any], before: dict[str, Any]) -> bool:
    """Slack reports each new reply and each link preview as a change of the message."""
    known = bool(before) and _word(message, "text", TEXT_LIMIT) == _word(before, "text", TEXT_LIMIT)
    return known and len(_files(message)) == len(_files(before))


def _says_something(message: dict[str, Any]) -> bool:
    return bool(
        _word(message, "text", TEXT_LIMIT).strip()
        or _files(message)
        or message.get("attachments")
        or message.get("blocks")
    )


def _is_bot(message: dict[str, Any]) -> bool:
    marks = _word(message, "bot_id"), _part(message, "bot_profile"), _word(message, "subtype") == "bot_message"
    return any(marks) or _word(message, "user") == "USLACKBOT"


def _files(message: dict[str, Any]) -> list[dict[str, Any]]:
    found = message.get("files")
    files = found if isinstance(found, list) else [message.get("file")]
    return [file for file in files if isinstance(file, dict)][:100]


@dataclass(frozen=True, slots=True)
class Click:
    """One press of a button under a message of ours."""

    user: str
    team: str
    channel: str
    message_ts: str
    thread_ts: str
    action_id: str
    value: str
    trigger_id: str
    action_ts: str
    response_url: str


def read_click(payload: object) -> Click | None:
    """The first action of a body of `/slack/interactions` (its JSON, already read); None if no button was pressed."""
    actions = payload.get("actions") if isinstance(payload, dict) else None
    action = actions[0] if isinstance(actions, list) and actions else None
    if _word(payload, "type") != "block_actions" or not isinstance(action, dict):
        return None
    user, place, message = _part(payload, "user"), _part(payload, "container"), _part(payload, "message")
    message_ts = _word(message, "ts") or _word(place, "message_ts")
    return Click(
        user=_word(user, "id"),
        team=_word(_part(payload, "team"), "id") or _word(user, "team_id"),
        channel=_word(_part(payload, "channel"), "id") or _word(place, "channel_id"),
        message_ts=message_ts,
        thread_ts=_word(message, "thread_ts") or _word(place, "thread_ts") or message_ts,
        action_id=_word(action, "action_id"),
        value=_word(action, "value", 2_000),
        trigger_id=_word(payload, "trigger_id"),
        action_ts=_word(action, "action_ts"),
        response_url=_word(payload, "response_url", 1_000),
    )


def _part(values: object, key: str) -> dict[str, Any]:
    """The object under a key, or an empty one."""
    found = values.get(key) if isinstance(values, dict) else None
    return found if isinstance(found, dict) else {}


def _word(values: object, key: str, limit: int = 255) -> str:
    """The text under a key without NULs or half characters, or an empty one."""
    found = values.get(key) if isinstance(values, dict) else None
    if not isinstance(found, str):
        return ""
    return found[:limit].replace("\0", "").encode("utf-8", "replace").decode()
