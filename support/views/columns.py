"""The columns of the queue: which there are, what each says of a ticket, and which are changed where they stand."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, cast

from django.http import HttpRequest
from django.utils.safestring import SafeString

from fleetcs.columns import Column
from fleetcs.models import User
from fleetcs.posts import OWN
from fleetcs.tables import Columned
from fleetcs.templatetags import kit
from fleetcs.templatetags.columns import opened, pick
from fleetcs.views.records import Request
from support.models import Ticket
from support.views.rows import Row

MORE: Final[Mapping[str, tuple[str, ...]]] = {"source": ("source",), "channel": ("channel__name",)}
TEAM: Final = ("account__csm", "account__ae", "account__sc")  # who else may work on an account's tickets


def _extra(key: str, label: str, of: Callable[[Row], object], **how: Any) -> Column:
    return Column(key, label, lambda row: kit.escaped(of(row)), extra=True, **how)


def channel(row: Row) -> str:
    return row.ticket.channel.name if row.ticket.channel else ""


QUEUE: Final = Columned(
    page="support:queue",
    columns=(
        Column("due", "Next due", lambda row: row.next, sort="due", kind="state"),
        Column("priority", "Priority", lambda row: row.priority, field="priority"),
        Column("ticket", "Ticket", lambda row: row.head, kind="two", stays=True),
        Column("turn", "Whose turn", lambda row: row.turn),
        Column("assignee", "Assignee", lambda row: row.assignee, field="assign"),
        Column("received", "Received", lambda row: row.received, sort="received", kind="quiet"),
        _extra("number", "Number", lambda row: row.pk, kind="num"),
        _extra("account", "Account", lambda row: row.account),
        _extra("tier", "Tier at receipt", lambda row: row.tier),
        _extra("level", "Support level", lambda row: row.ticket.get_level_display(), field="level"),
        _extra("kind", "Kind", lambda row: row.ticket.get_kind_display()),
        _extra("source", "Source", lambda row: row.ticket.get_source_display()),
        _extra("channel", "Channel", channel),
        _extra("promise", "Promise", lambda row: row.promise, kind="state"),
        _extra("target", "Internal target", lambda row: row.internal, kind="state"),
        _extra("answered", "First response", lambda row: row.at(row.ticket.first_response_at)),
        _extra("resolved", "Resolved", lambda row: row.at(row.ticket.resolved_at)),
    ),
)


def needed(columns: Iterable[Column], *, whose: User) -> list[str]:
    """What of a ticket these columns read beside what every row does, and what tells whether it is theirs."""
    team = TEAM if whose.scope("ticket.work") == OWN else ()
    return [*(name for column in columns for name in MORE.get(column.key, ())), *team]


def lines_of(
    rows: Iterable[Row], columns: Sequence[Column], *, select: bool, mine: Callable[[Ticket], bool]
) -> SafeString:
    """The body of the queue's table: a box to select each row by, and values that are changed where they stand where
    the ticket is `mine`. Written here: fifty turns of a template's loop cost more than all else on that page."""
    begun = [(column, opened(column, labelled=column.extra)) for column in columns]
    return SafeString("\n".join(_line(row, begun, select=select, mine=mine(row.ticket)) for row in rows))


def _line(row: Row, begun: list[tuple[Column, str]], *, select: bool, mine: bool) -> str:
    cells = [f"{begin}{cell_of(row, column, mine=mine)}</td>" for column, begin in begun]
    return f"<tr>{pick(row, f'ticket {row.pk}') if select else ''}{''.join(cells)}</tr>"


def cell_of(row: Row, column: Column, *, mine: bool) -> object:
    """What the column says of the ticket; a way to change it where that is theirs."""
    value = column.of(row)
    if not mine or not column.field:
        return value
    way = f"{row.url}{column.field}/?cell={column.key}"
    says = f'{value}<span class="visually-hidden">, change {column.label.lower()} of #{row.pk}</span>'
    return f'<a class="in-place" id="{column.key}-{row.pk}" href="{way}" title="Change it">{says}</a>'


def cell_at(request: HttpRequest) -> Column | None:
    """The column in whose cell a form of the ticket is asked for; None where it is a page."""
    if not cast("Request", request).htmx:
        return None
    asked, address = request.GET.get("cell", ""), request.path.split("/")
    return next((one for one in QUEUE.columns if one.field and one.key == asked and one.field in address), None)
