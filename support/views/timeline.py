"""The timeline of a ticket: mail, Slack, notes, calls, automatic messages, changes and clocks, in one order (ux 8)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import JSONObject, Left, Length, Substr
from django.http import QueryDict
from django.urls import reverse

from fleetcs.models import Event, User
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
VIA: Final = {Message.Kind.MAIL: "mail", Message.Kind.SLACK: "Slack", Message.Kind.FORM: "form",
              Message.Kind.CALL: "call, logged", Message.Kind.LOGGED_MAIL: "own mailbox, logged"}
LOGGED: Final = frozenset({Message.Kind.CALL.value, Message.Kind.LOGGED_MAIL.value})


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


def messages_of(ticket: Ticket) -> QuerySet[Message]:
    """A ticket's messages with what the timeline shows of each: bounded text, files; one statement."""
    files = Attachment.objects.filter(message=OuterRef("pk")).values(
        file=JSONObject(pk="pk", name="name", size="size", kept_back="kept_back")
    )
    return (
        Message.objects.filter(ticket=ticket)
        .select_related("author", "contact")
        .defer("text", "shown", "html", "search", "in_reply_to")
        .annotate(
            words=Left("shown", WORDS), length=Length("shown"), whole=Length("text"), has_html=Length("html"),
            markup=Substr("html", 1, WORDS, output_field=TextField()), attached=ArraySubquery(files),
        )
    )


def items_of_messages(messages: Iterable[Any]) -> list[Item]:
    return [_spoken(message) for message in messages]


def _spoken(message: Any) -> Item:
    kind = "note" if message.kind == Message.Kind.NOTE else KINDS[message.by]
    plain = message.words or message.length
    return Item(
        kind=kind, at=message.at, who=message.who, text=message.words, message=message.pk,
        html="" if plain or message.has_html > WORDS else message.markup,
        via=VIA.get(message.kind, ""), more=message.whole > len(message.words) or message.has_html > 0,
        mark="" if message.verified else "Unverified participant", state=sending_state(message),
        files=message.attached, left=message.files_left, edited=message.edited_at is not None,
        deleted=message.deleted_at is not None, label="call" if message.kind in LOGGED else "",
        recipients=", ".join(map(str, message.recipients[:6])) if message.by == Message.Author.COLLEAGUE else "",
    )


def sending_state(message: Message) -> tuple[str, str] | None:
    """How far an answer of ours has come: sending, sent, or refused with the reason; None where nothing goes out."""
    if message.by == Message.Author.CUSTOMER or not message.public or message.kind in LOGGED:
        return None
    if message.refused:
        return "bad", f"Refused: {message.refused.replace('_', ' ')}"
    if message.sent_at or message.slack_ts or message.message_id:
        return ("good", "Sent") if message.sent_at else None
    return "idle", "Sending"


def items_of_events(events: Iterable[Event], people: Mapping[int, str]) -> list[Item]:
    """Changes, as the history tells them; what a message says by itself is left out."""
    return [_changed(event, people) for event in events if event.verb not in SILENT]


def _changed(event: Event, people: Mapping[int, str]) -> Item:
    label, text = words(event.verb, event.facts, people)
    who = event.by.name if event.by else ""
    return Item(kind="event", at=event.at, who=who, label=label, text=text, event=event.pk)


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


def people_in(events: Iterable[Event]) -> set[int]:
    """Keys of the colleagues whom entries of the history mention."""
    return {pk for event in events if event.verb == "assigned" for pk in (event.facts.get("after"),) if pk}


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
    written = messages_of(ticket).filter(pk__gt=message).order_by("-pk")[:50]
    done = list(Event.objects.of(ticket).filter(pk__gt=event).select_related("by").order_by("-pk")[:50])
    names = dict(User.objects.filter(pk__in=people_in(done)).values_list("pk", "name"))
    items = [*items_of_messages(written), *items_of_events(done, names)]
    return sorted(items, key=lambda item: item.at)


def whole_url(item: Item) -> str:
    return reverse("support:message", args=[item.message])


def in_window(events: QuerySet[Event], messages: list[Any], back: int, has_earlier: bool) -> QuerySet[Event]:
    """The entries that belong beside a page of messages."""
    if not messages:
        return events
    window = Q()
    if has_earlier:
        window &= Q(at__gte=messages[0].at)
    if back:
        window &= Q(at__lte=messages[-1].at)
    return events.filter(window)


def newest_first(messages: QuerySet[Message]) -> QuerySet[Message]:
    return messages.order_by(F("at").desc(), F("pk").desc())
