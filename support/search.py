"""Finding tickets by words: in the subject, in any message, by number, by the account's name (INT-02).

Every way to match is a query for ids of its own, so that each uses its index; together they are one union.
"""

import re
from typing import Any, Final

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet

from accounts.models import Account
from fleetcs.models import User
from fleetcs.search import Hit
from support.models import Message, Ticket

NUMBER: Final = re.compile(r"#?([0-9]{1,18})")
MOST: Final = 1_001  # one more than a list ever counts
SHORTEST: Final = 3  # shorter pieces have no trigram to look up
ACCOUNTS: Final = 50


def matching(tickets: QuerySet[Ticket], text: str) -> QuerySet[Ticket]:
    """Those of `tickets` that the text finds, in no order."""
    if number := NUMBER.fullmatch(text.strip()):
        return tickets.filter(Q(pk=int(number[1])) | Q(pk__in=_by_words(text)))
    return tickets.filter(pk__in=_by_words(text).union(_by_account(text), *_by_subject(text)))


def newest(tickets: QuerySet[Ticket], text: str) -> list[int]:
    """Keys of the newest tickets that the text finds, at most `MOST`."""
    found = matching(tickets, text).order_by("-received_at", "-pk")
    return list(found.values_list("pk", flat=True)[:MOST])


def _by_words(text: str) -> QuerySet[Message, Any]:
    """Tickets with a message that holds the words; quotes, OR and a leading minus mean what they do on the web."""
    said = Message.objects.filter(search=SearchQuery(text, search_type="websearch", config="english"))
    return said.filter(ticket__isnull=False).order_by().values("ticket")


def _by_subject(text: str) -> list[QuerySet[Ticket, Any]]:
    """Tickets whose subject holds every piece of the text that is long enough to be looked up."""
    pieces = [piece for piece in text.split() if len(piece) >= SHORTEST][:8]
    held = Q(*(Q(subject__icontains=piece) for piece in pieces))
    return [Ticket.objects.filter(held).order_by().values("pk")] if pieces else []


def _by_account(text: str) -> QuerySet[Ticket, Any]:
    """Tickets of accounts named like the text."""
    named = Account.objects.all().matching(text).order_by().values_list("pk", flat=True)[:ACCOUNTS]
    return Ticket.objects.filter(account__in=named).order_by().values("pk")


def tickets(user: User, query: str, limit: int) -> list[Hit]:
    """What the search over everything finds here: the newest first."""
    found = matching(Ticket.objects.visible_to(user), query).select_related("account").order_by("-received_at", "-pk")
    shown = found.only("subject", "priority", "resolved_at", "account__name")[:limit]
    return [Hit(f"#{one.pk} {one.subject}", _detail(one), one.get_absolute_url(), "Tickets") for one in shown]


def _detail(ticket: Ticket) -> str:
    account = ticket.account.name if ticket.account else "No account yet"
    return f"{account} · {ticket.priority} · {'done' if ticket.resolved_at else 'open'}"
