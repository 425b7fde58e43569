"""Unthread's conversations in our own form, since its interface is not public: docs/desks.md describes it. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from support import slack_text
from support.desks.conversation import (
    AUTHORS,
    KINDS,
    Conversation,
    Person,
    Unreadable,
    Words,
    identity,
    in_order,
    listed,
    made_id,
    mail_id,
    optional_moment,
    part,
    priority_of,
    text_of,
    told_at,
    word,
)
from support.desks.files import Payload, Row, rows_of

SYSTEM: Final = "unthread"
STATUSES: Final = ("open", "in_progress", "on_hold", "closed")
PRIORITIES: Final = {"1": "P0", "critical": "P0", "urgent": "P0", "high": "P1", "medium": "P2", "low": "P3"}
# The columns of the CSV form: what is said of the conversation, and what of the message in the same row.
OF_CONVERSATION: Final = ("subject", "status", "priority", "kind", "created_at", "closed_at", "account")
SLACK: Final = ("slack_channel", "slack_thread_ts")
OF_MESSAGE: Final = ("id", "at", "by", "name", "email", "slack_id", "text", "public", "slack_ts", "message_id", "files")


def rows(raw: bytes) -> list[Row]:
    """The conversations of a file: JSON, JSON lines or CSV. Raises Unreadable."""
    return rows_of(raw, ("conversations",), from_table)


def from_table(table: list[Payload]) -> list[Payload]:
    """One message a row becomes one conversation each, in the order in which they appear. Raises Unreadable."""
    if table and "conversation_id" not in table[0]:
        raise Unreadable("the head of the file has no column conversation_id")
    found: dict[str, Payload] = {}
    for number, row in enumerate(table, 1):
        key = str(row.get("conversation_id") or "") or f"\0{number}"  # a row without an id is a bad row of its own
        conversation = found.setdefault(key, _head(row))
        conversation["messages"].append(_message_of(row))
    return list(found.values())


def _head(row: Payload) -> Payload:
    requester = {name: row.get(f"requester_{name}") or "" for name in ("name", "email", "slack_id")}
    said = {name: row.get(name) or "" for name in (*OF_CONVERSATION, *SLACK)}
    return {"id": row.get("conversation_id") or "", **said, "requester": requester, "messages": []}


def _message_of(row: Payload) -> Payload:
    said: Payload = {name: row.get(f"message_{name}") or "" for name in OF_MESSAGE}
    said["message_id"] = row.get("message_message_id") or ""
    said["public"] = str(said["public"]).strip().lower() not in {"false", "no", "0"}
    return said


def conversation(told: Mapping[str, Any], now: datetime) -> Conversation:
    """One conversation. Raises Unreadable with the reason that its row is listed with."""
    kind, closed_at = word(told, "kind") or "support", optional_moment(told, "closed_at", now)
    kind = "support" if kind == "conversation" else kind
    if kind not in KINDS:
        raise Unreadable(f"kind {kind!r} is neither conversation nor contact_form")
    status = word(told, "status") or ("closed" if closed_at else "open")
    if status not in STATUSES:
        raise Unreadable(f"status {status!r} is none of {', '.join(STATUSES)}")
    if status == "closed" and closed_at is None:
        raise Unreadable("it is closed, and closed_at is missing")
    channel, thread_ts = word(told, "slack_channel", 32), _timestamp(told, "slack_thread_ts")
    if bool(channel) != bool(thread_ts):
        raise Unreadable("slack_channel and slack_thread_ts belong together")
    messages = in_order([_words(each, now) for each in listed(told, "messages")], now)
    return Conversation(
        system=SYSTEM,
        id=identity(told, "id"),
        subject=word(told, "subject"),
        kind=kind,
        received_at=_received_at(optional_moment(told, "created_at", now), messages),
        closed_at=closed_at if status == "closed" else None,
        priority=priority_of(word(told, "priority"), PRIORITIES),
        requester=_person(part(told, "requester")),
        account=word(told, "account"),
        channel=channel,
        thread_ts=thread_ts,
        messages=messages,
    )


def _received_at(created_at: datetime | None, messages: tuple[Words, ...]) -> datetime:
    """When the request came: what Slack says of a customer's first message decides, else when the conversation began
    (A13). Raises Unreadable."""
    asked = next((one for one in messages if one.by == "customer"), None)
    if asked and (asked.slack_ts or created_at is None):
        return asked.at
    if created_at is None and not messages:
        raise Unreadable("created_at is missing, and it has no message")
    return created_at or messages[0].at


def _words(told: Mapping[str, Any], now: datetime) -> Words:
    by, slack_ts = word(told, "by"), _timestamp(told, "slack_ts")
    at = slack_text.moment(slack_ts) if slack_ts else told_at(told, "at", now)
    if at > now + slack_text.SKEW:
        raise Unreadable("slack_ts lies in the future")
    author = next((one for one in AUTHORS if one == by), None)
    if author is None:
        raise Unreadable(f"a message is by {by!r}: say customer, colleague or bot")
    text = text_of(told, "text")
    return Words(
        id=word(told, "id", 200) or made_id(at, by, text),
        at=at,
        by=author,
        person=_person(told),
        text=text,
        public=told.get("public") is not False,
        slack_ts=slack_ts,
        message_id=mail_id(told, "message_id"),
        files=int(word(told, "files", 3)) if word(told, "files", 3).isdecimal() else 0,
    )


def _timestamp(told: Mapping[str, Any], name: str) -> str:
    """Slack's id of a message, "" where there is none. Raises Unreadable for anything else."""
    said = word(told, name, 24)
    if said and not slack_text.is_timestamp(said):
        raise Unreadable(f"{name} {said!r} is no Slack timestamp")
    return said


def _person(told: Mapping[str, Any]) -> Person:
    return Person(word(told, "name", 160), word(told, "email", 320).lower(), word(told, "slack_id", 32))
