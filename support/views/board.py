"""The board: every colleague sees how much waits for whom; names of customers only where one may read the ticket."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final

from django.db.models import F, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from fleetcs import clock
from fleetcs.context import MOST, waiting, zone_of
from fleetcs.models import HandbookEntry, User
from fleetcs.templatetags import kit
from fleetcs.views.records import only
from fleetcs.working_day import ZONE, today, week_of
from support.kinds import TicketKind
from support.models import Ticket
from support.views.badges import PRIORITIES, TURNS
from support.views.rights import colleague
from support.views.rows import moment

CARDS: Final = 20
FIELDS: Final = (
    "pk",
    "subject",
    "kind",
    "tier",
    "priority",
    "confirmed",
    "received_at",
    "resolved_at",
    "account__name",
    "assignee__name",
    "queue_at",
    "column",
)
# A card may say these to everybody (INT-13): no subject, since customers write their names into them.
KINDS: Final = dict(TicketKind.choices)


def first(user: User) -> QuerySet[Ticket]:
    return Ticket.objects.open().filter(last_reply_at=None)


def following(user: User) -> QuerySet[Ticket]:
    return Ticket.objects.open().filter(last_customer_at__gt=F("last_reply_at"))


def customer(user: User) -> QuerySet[Ticket]:
    return Ticket.objects.waiting_for_customer().filter(paused_reason="")


def paused(user: User) -> QuerySet[Ticket]:
    return Ticket.objects.waiting_for_customer().exclude(paused_reason="")


def done(user: User) -> QuerySet[Ticket]:
    return Ticket.objects.filter(resolved_at__gte=monday())


def monday() -> datetime:
    """When the company's week began."""
    return datetime.combine(week_of(today()), time(), ZONE)


COLUMNS: Final[Mapping[str, Any]] = {
    "first": first,
    "next": following,
    "customer": customer,
    "paused": paused,
    "done": done,
}
NAMES: Final = {column: f"support.views.board.{function.__name__}" for column, function in COLUMNS.items()}


@dataclass(frozen=True)
class Card:
    """A ticket on the board."""

    pk: int
    priority: SafeString
    tier: str
    age: SafeString
    assignee: str
    kind: str
    subject: str = ""
    account: str = ""


@dataclass(frozen=True)
class Column:
    """A turn, how many are in it, and the cards on top."""

    code: str
    name: str
    count: str
    cards: list[Card]


@require_safe
@only("board.see")
def board(request: HttpRequest) -> HttpResponse:
    """By whose turn it is; two statements for all columns."""
    user = colleague(request)
    counts, rows = waiting(user, NAMES.values()), cards()
    readable = readable_among(user, [row["pk"] for row in rows])
    here = {"now": clock.now(), "zone": zone_of(user)}
    columns = [column(code, counts.get(NAMES[code], 0), rows, readable, here) for code in COLUMNS]
    link = HandbookEntry.objects.value("links", "department_board")
    return render(request, "support/board.html", {"title": "Board", "columns": columns, "link": link})


def readable_among(user: User, pks: list[int]) -> set[int]:
    """Those of the tickets that the person may read, subject and customer included."""
    return set(Ticket.objects.visible_to(user).filter(pk__in=pks).values_list("pk", flat=True))


def cards() -> list[dict[str, Any]]:
    """The top of every column in one statement: the soonest due, of what is done the latest."""
    parts = [
        found(None)
        .order_by("-resolved_at" if code == "done" else "queue_at", "pk")
        .annotate(column=Value(code))
        .values(*FIELDS)[:CARDS]
        for code, found in COLUMNS.items()
    ]
    return sorted(parts[0].union(*parts[1:], all=True), key=in_order)


def in_order(row: dict[str, Any]) -> tuple[float, int]:
    """The soonest due first; of what is done, the latest."""
    done_at = row["resolved_at"]
    return (-done_at.timestamp() if done_at else row["queue_at"].timestamp()), row["pk"]


def column(code: str, count: int, rows: list[dict[str, Any]], readable: set[int], here: dict[str, Any]) -> Column:
    mine = [card(row, row["pk"] in readable, here) for row in rows if row["column"] == code]
    name = "Done this week" if code == "done" else TURNS[code][1]
    return Column(code, name, f"{MOST - 1}+" if count >= MOST else str(count), mine)


def card(row: dict[str, Any], is_readable: bool, here: dict[str, Any]) -> Card:
    words = {"subject": row["subject"], "account": row["account__name"] or ""} if is_readable else {}
    kind, icon = PRIORITIES[row["priority"]]
    return Card(
        pk=row["pk"],
        priority=pill(kind, row, icon),
        tier=row["tier"].capitalize(),
        age=moment(row["resolved_at"] or row["received_at"], here),
        assignee=row["assignee__name"] or "Nobody",
        kind=KINDS[row["kind"]] if row["kind"] != "support" else "",
        **words,
    )


def pill(kind: str, row: dict[str, Any], icon: str) -> SafeString:
    words = row["priority"] if row["confirmed"] else f"{row['priority']} unconfirmed"
    return kit.pill(kind if row["confirmed"] else "warn", words, icon)
