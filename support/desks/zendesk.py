"""Zendesk's tickets, as its JSON export and its API have them: one object a ticket, with comments and people (SYS-05).

In the export everything about a ticket stands inside it; what comes by the API is put together in the same form by
`put_together`. Pure.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from support.desks.conversation import (
    By,
    Conversation,
    Person,
    Unreadable,
    Words,
    identity,
    in_order,
    listed,
    made_id,
    mail_id,
    moment,
    part,
    priority_of,
    text_of,
    told_at,
    word,
)
from support.desks.files import Payload, Row, rows_of

SYSTEM: Final = "zendesk"
PRIORITIES: Final = {"urgent": "P0", "high": "P1", "normal": "P2", "low": "P3"}
STATUSES: Final = ("new", "open", "pending", "hold", "solved", "closed")
DONE: Final = ("solved", "closed")
STAFF: Final = ("agent", "admin")
MACHINES: Final = ("rule", "system")  # triggers and automations
GENERATED: Final = 4  # the flag of a comment that a machine's mail has made
# A flow that made tickets of Slack threads has left the thread's id as the ticket's external id (AHR-03).
PLACE: Final = re.compile(r"(?:(?P<channel>[CDG][A-Z0-9]{5,20})[\s:/-]+)?p?(?P<seconds>\d{10})\.?(?P<micro>\d{6})")


def rows(raw: bytes) -> list[Row]:
    """The tickets of an export file: JSON, or one ticket a line. Raises Unreadable."""
    return rows_of(raw, ("tickets",), None)


def put_together(ticket: Mapping[str, Any], comments: Iterable[Mapping[str, Any]], users: Iterable[Any]) -> Payload:
    """A ticket of the API with its comments and with the people they name, in the form of the export. Who asked for it
    may have written none of them: then what came with the ticket stands."""
    people = {each.get("id"): each for each in users if isinstance(each, Mapping)}
    written = [{**each, "author": people.get(each.get("author_id"), {})} for each in comments]
    requester = people.get(ticket.get("requester_id")) or part(ticket, "requester")
    return {**ticket, "requester": requester, "comments": written}


def conversation(told: Mapping[str, Any], now: datetime) -> Conversation:
    """One ticket. Raises Unreadable with the reason that its row is listed with."""
    status = word(told, "status")
    if status not in STATUSES:
        raise Unreadable("it is deleted over there" if status == "deleted" else f"status {status!r} is unknown")
    requester, received_at = part(told, "requester"), moment(told, "created_at", now)
    channel, thread_ts = _place(word(told, "external_id", 80))
    comments = listed(told, "comments")
    messages = [_words(each, now) for each in comments] or _description(told, received_at, requester)
    return Conversation(
        system=SYSTEM,
        id=identity(told, "id"),
        subject=word(told, "subject") or word(told, "raw_subject"),
        kind="contact_form" if word(part(told, "via"), "channel") == "web_form" else "support",
        received_at=received_at,
        closed_at=_done_at(told, received_at, now) if status in DONE else None,
        priority=priority_of(word(told, "priority"), PRIORITIES),
        requester=_person(requester),
        account=word(part(told, "organization"), "name"),
        channel=channel,
        thread_ts=thread_ts,
        messages=in_order(messages, now),
    )


def _done_at(told: Mapping[str, Any], received_at: datetime, now: datetime) -> datetime:
    """When it was solved, as its metrics say, else when it was last touched; never before it came."""
    metrics = part(told, "metric_set")
    solved = metrics if metrics.get("solved_at") else {"solved_at": told.get("updated_at")}
    return max(moment(solved, "solved_at", now), received_at)


def _place(external_id: str) -> tuple[str, str]:
    """Channel and timestamp of the Slack thread that a ticket was made of, "" for what is not told."""
    found = PLACE.fullmatch(external_id)
    return (found["channel"] or "", f"{found['seconds']}.{found['micro']}") if found else ("", "")


def _description(told: Mapping[str, Any], at: datetime, requester: Mapping[str, Any]) -> list[Words]:
    """The first comment of a ticket that came without its comments."""
    text = text_of(told, "description")
    return [Words("description", at, "customer", _person(requester), text)] if text else []


def _words(told: Mapping[str, Any], now: datetime) -> Words:
    author, at, text = part(told, "author"), told_at(told, "created_at", now), text_of(told, "plain_body", "body")
    return Words(
        id=word(told, "id", 40) or made_id(at, author.get("id"), text),
        at=at,
        by=_by(told, author),
        person=_person(author),
        text=text,
        public=told.get("public") is not False,
        message_id=mail_id(part(part(told, "metadata"), "system"), "message_id"),
        files=min(len(listed(told, "attachments")), 999),
    )


def _by(told: Mapping[str, Any], author: Mapping[str, Any]) -> By:
    """A rule of theirs is a machine, and so is what bears its mark; who has the role of an agent is a colleague;
    everybody else is a customer."""
    flags = part(told, "metadata").get("flags")
    if word(part(told, "via"), "channel") in MACHINES or word(told, "author_id") == "-1":
        return "bot"
    if isinstance(flags, list) and GENERATED in flags:
        return "bot"
    return "colleague" if word(author, "role") in STAFF else "customer"


def _person(told: Mapping[str, Any]) -> Person:
    return Person(word(told, "name", 160), word(told, "email", 320).lower())
