"""Finding tickets by words: in the subject, in any message, by number, by the account's name (INT-02).

Rare words are looked up: every way to match is a query for ids that uses its own index, and together they are one
array. Common words would make that array long, so the newest tickets are walked through until enough have them.
"""

import json
import re
from datetime import datetime
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchQuery
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet

from accounts.models import Account
from fleetcs.models import User
from fleetcs.search import Hit
from support.models import Message, Ticket

NUMBER: Final = re.compile(r"#?([0-9]{1,18})")
MOST: Final = 1_001  # one more than a list ever counts
SHORTEST: Final = 3  # shorter pieces have no trigram to look up
ACCOUNTS: Final = 50
COMMON: Final = 2_000  # messages with the words, by the database's own estimate, from which on we walk
WALKED: Final = 3_000  # tickets to walk through before giving up on walking
ENOUGH: Final = 100  # of the newest, where the words are common: nobody reads on, one narrows it down


class IsAnyOf(Func):
    """key = ANY(array): the array is made once, and the key's index finds its elements."""

    template = "(%(expressions)s))"
    arg_joiner = " = ANY("
    output_field = BooleanField()


def matching(tickets: QuerySet[Ticket], text: str) -> QuerySet[Ticket]:
    """Those of `tickets` that the text finds, all of them, in no order."""
    return looked_up(tickets, text, accounts_like(text))


def newest(tickets: QuerySet[Ticket], text: str) -> list[int]:
    """Keys of the newest tickets that the text finds: at most `MOST`, or `ENOUGH` where the words are common."""
    accounts = accounts_like(text)
    found = walked(tickets, text, accounts) if is_common(text) else []
    return found if len(found) == ENOUGH else keys(looked_up(tickets, text, accounts), MOST)


def is_common(text: str) -> bool:
    """Whether so many messages hold the words that looking them all up would cost more than walking."""
    plan: Any = json.loads(_said(text).values("pk").explain(format="json"))
    return bool(plan[0]["Plan"]["Plan Rows"] >= COMMON)


def keys(tickets: QuerySet[Ticket], most: int) -> list[int]:
    return list(tickets.order_by("-received_at", "-pk").values_list("pk", flat=True)[:most])


def walked(tickets: QuerySet[Ticket], text: str, accounts: list[int]) -> list[int]:
    """The newest with the words, found by looking at one ticket after the other, not further than `WALKED`."""
    one = OuterRef("pk")
    # With "=" the database would look up all messages with the words first, and hash them.
    said = Exists(_said(text).filter(ticket__gte=one, ticket__lte=one))
    return keys(tickets.filter(_horizon(tickets), said | _of_ticket(text, accounts)), ENOUGH)


def _horizon(tickets: QuerySet[Ticket]) -> Q:
    """Tickets since the last one to be walked to."""
    moments = tickets.order_by("-received_at", "-pk").values_list("received_at", flat=True)
    oldest: datetime | None = next(iter(moments[WALKED : WALKED + 1]), None)
    return Q(received_at__gte=oldest) if oldest else Q()


def looked_up(tickets: QuerySet[Ticket], text: str, accounts: list[int]) -> QuerySet[Ticket]:
    ways: list[QuerySet[Any, Any]] = [_said(text).filter(ticket__isnull=False).order_by().values("ticket")]
    if of_ticket := _of_ticket(text, accounts):
        ways += [Ticket.objects.filter(way).order_by().values("pk") for way in of_ticket.children]
    return tickets.filter(IsAnyOf(F("pk"), ArraySubquery(ways[0].union(*ways[1:]) if ways[1:] else ways[0])))


def _said(text: str) -> QuerySet[Message]:
    """Messages that hold the words; quotes, OR and a leading minus mean what they do on the web."""
    return Message.objects.filter(search=SearchQuery(text, search_type="websearch", config="english"))


def _of_ticket(text: str, accounts: list[int]) -> Q:
    """Ways to match that need no message, one child each: the number, the subject's pieces, the account."""
    number = NUMBER.fullmatch(text.strip())
    pieces = [piece for piece in text.split() if len(piece) >= SHORTEST][:8]
    ways = [Q(pk=int(number[1]))] if number else []
    ways += [Q(*(Q(subject__icontains=piece) for piece in pieces))] if pieces else []
    ways += [Q(account__in=accounts)] if accounts else []
    return Q(*ways, _connector=Q.OR)


def accounts_like(text: str) -> list[int]:
    """Accounts named like the text."""
    if NUMBER.fullmatch(text.strip()):
        return []
    return list(Account.objects.all().matching(text).order_by().values_list("pk", flat=True)[:ACCOUNTS])


def tickets(user: User, query: str, limit: int) -> list[Hit]:
    """What the search over everything finds here: the newest first."""
    found = newest(Ticket.objects.visible_to(user), query)[:limit]
    rows = Ticket.objects.filter(pk__in=found).select_related("account").order_by("-received_at", "-pk")
    shown = rows.only("subject", "priority", "resolved_at", "account__name")
    return [Hit(f"#{one.pk} {one.subject}", _detail(one), one.get_absolute_url(), "Tickets") for one in shown]


def _detail(ticket: Ticket) -> str:
    account = ticket.account.name if ticket.account else "No account yet"
    return f"{account} · {ticket.priority} · {'done' if ticket.resolved_at else 'open'}"
