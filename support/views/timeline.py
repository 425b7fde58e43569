"""The timeline of a ticket: mail, Slack, notes, calls, automatic messages, changes and clocks, in one order (ux 8)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, F, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import JSONObject, Left, Length, Substr
from django.http import QueryDict

from fleetcs.models import Event, User
from fleetcs.models.written import Written
from support.history import SILENT, words
from support.models import Attachment, Clock, Message, Ticket

SHOWN: Final = 100  # messages on a page; the rest is a click away
WORDS: Final = 6_000  # characters of one message in the timeline; the whole is a click away
EVENTS: Final = 200
VIEWS: Final = {
    "all": ("Everything", {"customer", "reply", "note", "bot", "event", "clock"}),
    "talk": ("Conversation", {"customer", "reply", "bot"}),
    "notes": ("Notes", {"note"}),
    "calls": ("Calls and logged mail", {"call"}),
    "changes": ("Changes", {"event"}),
    "clock": ("Clock", {"clock"}),
}
KINDS: Final = {Message.Author.CUSTOMER: "customer", Message.Author.COLLEAGUE: "reply", Message.Author.BOT: "bot"}
VIA: Final = {
    Message.Kind.MAIL: "mail",
    Message.Kind.SLACK: "Slack",
    Message.Kind.FORM: "form",
    Message.Kind.CALL: "call, logged",
    Message.Kind.LOGGED_MAIL: "own mailbox, logged",
    Message.Kind.DESK: "other ticket system",
}
LOGGED: Final = frozenset({Message.Kind.CALL.value, Message.Kind.LOGGED_MAIL.value})
# what says how far an answer has come
STATED: Final = ("pk", "kind", "by", "public", "sent_at", "refused", "slack_ts", "message_id")

TOLD: Final = ("pk", "verb", "facts", "at", "by_id")

type Row = Mapping[str, Any]
type People = Mapping[int, str]


@dataclass(slots=True)
class Item:
    """One entry. `mark` and `state` are (kind of pill, words)."""

    kind: str
    at: datetime
    who: str
    text: str = ""
    html: str = ""
    label: str = ""
    via: str = ""
    more: bool = False
    mark: str = ""
    state: tuple[str, str] | None = None
    files: Iterable[Mapping[str, Any]] = ()
    left: int = 0
    edited: bool = False
    deleted: bool = False
    message: int | None = None
    event: int | None = None
    recipients: str = ""

    @property
    def is_talk(self) -> bool:
        return self.message is not None


def messages_of(ticket: Any) -> QuerySet[Message, Any]:
    """A ticket's messages with what the timeline shows of each, text bounded, files beside it: one statement."""
    files = Attachment.objects.filter(message=OuterRef("pk")).values(
        file=JSONObject(pk="pk", name="name", size="size", kept_back="kept_back")
    )
    rows: QuerySet[Message, Any] = Message.objects.filter(ticket=ticket).values(
        *STATED,
        "at",
        "verified",
        "recipients",
        "edited_at",
        "deleted_at",
        "files_left",
        "author_id",
        "author_name",
        "author_address",
        contact_name=F("contact__name"),
        words=Left("shown", WORDS),
        whole=Length("text"),
        has_html=Length("html"),
        markup=Substr("html", 1, WORDS, output_field=TextField()),
        files=ArraySubquery(files),
    )
    return rows


def items_of_messages(messages: Iterable[Row], people: People) -> list[Item]:
    return [_spoken(message, people) for message in messages]


def _spoken(row: Row, people: People) -> Item:
    is_note, is_ours = row["kind"] == Message.Kind.NOTE, row["by"] == Message.Author.COLLEAGUE
    laid_out = not row["words"] and 0 < row["has_html"] <= WORDS
    return Item(
        kind="note" if is_note else KINDS[row["by"]],
        at=row["at"],
        who=name_of(row, people),
        text=row["words"],
        html=row["markup"] if laid_out else "",
        via=VIA.get(row["kind"], ""),
        message=row["pk"],
        more=row["whole"] > len(row["words"]) or row["has_html"] > 0,
        state=sending_state(row),
        files=row["files"],
        mark="" if row["verified"] else "Unverified participant",
        left=row["files_left"],
        edited=row["edited_at"] is not None,
        deleted=row["deleted_at"] is not None,
        label="call" if row["kind"] in LOGGED else "",
        recipients=", ".join(row["recipients"][:6]) if is_ours else "",
    )


def name_of(row: Row, people: People) -> str:
    """The name people read beside a message."""
    known = people.get(row["author_id"], "") if row["author_id"] else row["contact_name"]
    nobody = "fleetcs" if row["by"] == Message.Author.BOT else "unknown sender"
    return known or row["author_name"] or row["author_address"] or nobody


def sending_state(row: Row) -> tuple[str, str] | None:
    """How far an answer of ours has come: sending, sent, or refused with the reason; None where nothing goes out."""
    if row["by"] == Message.Author.CUSTOMER or not row["public"] or row["kind"] in LOGGED:
        return None
    if row["refused"]:
        return "bad", f"Refused: {row['refused'].replace('_', ' ')}"
    if row["sent_at"] or row["slack_ts"] or row["message_id"]:
        return ("good", "Sent") if row["sent_at"] else None
    return "idle", "Sending"


def events_of(ticket: Ticket) -> Any:
    return Event.objects.of(ticket).values(*TOLD)


def items_of_events(events: Iterable[Row], people: People) -> list[Item]:
    """Changes, as the history tells them; what a message says by itself is left out."""
    return [_changed(event, people) for event in events if event["verb"] not in SILENT]


def _changed(row: Row, people: People) -> Item:
    label, text = words(row["verb"], row["facts"], people)
    return Item(kind="event", at=row["at"], who=people.get(row["by_id"], ""), label=label, text=text, event=row["pk"])


def items_of_clocks(clocks: Iterable[Clock]) -> list[Item]:
    """When each promise began, ended, and how."""
    return [item for clock in clocks for item in _counted(clock)]


def _counted(clock: Clock) -> list[Item]:
    name, ended = clock.get_kind_display(), clock.stopped_at or clock.withdrawn_at
    items = [Item(kind="clock", at=clock.started_at, who=name, label="clock started")]
    if ended:
        verdict = "missed" if clock.missed else "kept" if clock.stopped_at and clock.due_at else ""
        how = "stopped" if clock.stopped_at else f"withdrawn: {clock.withdrawn_reason}"
        items.append(Item(kind="clock", at=ended, who=name, label=f"clock {how}{f', {verdict}' if verdict else ''}"))
    return items


def items_of(messages: Iterable[Row], events: Iterable[Row], clocks: Iterable[Clock], people: People) -> list[Item]:
    """Everything that happened, in no order yet."""
    return [*items_of_messages(messages, people), *items_of_events(events, people), *items_of_clocks(clocks)]


def people_in(messages: Iterable[Row], events: Iterable[Row]) -> set[int]:
    """Keys of the colleagues who wrote, acted or are mentioned."""
    mentioned = {event["facts"].get("after") for event in events if event["verb"] == "assigned"}
    told = {pk for event in events for pk in event["facts"].get("people") or () if event["verb"] == "alert_fired"}
    acted = {event["by_id"] for event in events}
    return {pk for pk in mentioned | told | acted | {message["author_id"] for message in messages} if pk}


def wanted(items: Iterable[Item], view: str) -> list[Item]:
    """The entries of one view, oldest first."""
    kinds = VIEWS[view][1]
    found = (item for item in items if item.kind in kinds or item.label in kinds)
    return sorted(found, key=lambda item: (item.at, item.message or 0, item.event or 0))


def view_of(params: QueryDict) -> str:
    view = str(params.get("show", ""))
    return view if view in VIEWS else "all"


def page_number(params: QueryDict) -> int:
    """How many pages back: 0 is the newest."""
    number = params.get("earlier", "")
    return min(int(number), 10_000) if number.isascii() and number.isdigit() and len(number) < 6 else 0


def since(ticket: Ticket, message: int, event: int) -> list[Item]:
    """What was written and done after a message and an entry of the history, up to fifty of each."""
    written = list(messages_of(ticket).filter(pk__gt=message).order_by("-pk")[:50])
    done = list(events_of(ticket).filter(pk__gt=event).order_by("-pk")[:50])
    names = dict(User.objects.filter(pk__in=people_in(written, done)).values_list("pk", "name"))
    items = [*items_of_messages(written, names), *items_of_events(done, names)]
    return sorted(items, key=lambda item: item.at)


def in_window(ticket: Ticket, messages: list[Row], back: int, has_earlier: bool) -> list[Row]:
    """The entries of the history that belong beside a page of messages."""
    if not messages or not (has_earlier or back):
        kind = ContentType.objects.get_for_model(Ticket).pk
        return _LATEST(kind=kind, ticket=ticket.pk)
    events = events_of(ticket).order_by("-at", "-pk")
    window = Q()
    if has_earlier:
        window &= Q(at__gte=messages[0]["at"])
    if back:
        window &= Q(at__lte=messages[-1]["at"])
    return list(events.filter(window)[:EVENTS])


def page_of_messages(ticket: Ticket, back: int) -> tuple[list[Row], bool]:
    """(one page of messages, oldest first; whether there are earlier ones)."""
    found: list[Row] = list(_page(ticket, back)) if back else _NEWEST(ticket=ticket.pk)
    return found[:SHOWN][::-1], len(found) > SHOWN


def _page(ticket: Any, back: int = 0) -> QuerySet[Message, Any]:
    start = back * SHOWN
    return messages_of(ticket).order_by("-at", "-pk")[start : start + SHOWN + 1]


def _history(kind: Any, ticket: Any) -> Any:
    of_ticket = Event.objects.filter(subject_type=kind, subject_id=ticket).values(*TOLD)
    return of_ticket.order_by("-at", "-pk")[:EVENTS]


# the newest page, which is nearly always the only one
_NEWEST: Final = Written(_page, ticket=BigIntegerField())
_LATEST: Final = Written(_history, kind=BigIntegerField(), ticket=BigIntegerField())
