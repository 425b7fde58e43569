"""What stands around a ticket's conversation: its clocks, the contract, links of the handbook, other tickets."""

from typing import Any, Final

from django.db.models import QuerySet, Value

from accounts.models import Contract
from accounts.tiers import Tier
from fleetcs import clock
from fleetcs.models import HandbookEntry, User
from support import outside_system
from support.models import Clock, Ticket
from support.reaching import COMMUNITY

RELATED: Final = 6


def clocks_of(ticket: Ticket) -> list[Clock]:
    """Its clocks, oldest first, with the rule they were counted by."""
    return list(ticket.clocks.select_related("rule").order_by("pk"))


def contract_of(ticket: Ticket, user: User) -> Contract | None:
    """The contract in force now, for those who may read its terms; what came in without one is served without."""
    if ticket.account is None or ticket.tier == Tier.FREE:
        return None
    return Contract.objects.visible_to(user).filter(account=ticket.account).in_force(clock.now()).first()


def links_of(ticket: Ticket) -> dict[str, str]:
    """The handbook's links that this page needs: for customers without a contract, and to the system outside."""
    wanted = [
        *(COMMUNITY if ticket.tier == Tier.FREE else ()),
        *(outside_system.LINKS.values() if ticket.external_id else ()),
    ]
    if not wanted:
        return {}
    return dict(HandbookEntry.objects.filter(section="links", code__in=wanted).values_list("code", "value"))


def related_to(ticket: Ticket, user: User) -> list[dict[str, Any]]:
    """Other open tickets of the account and the contact's last ones, in one statement."""
    others = Ticket.objects.visible_to(user).exclude(pk=ticket.pk)
    parts: list[Any] = []
    if ticket.account_id:
        parts.append(_named(others.open().filter(account=ticket.account_id).order_by("queue_at", "pk"), "account"))
    if ticket.contact_id:
        parts.append(_named(others.filter(contact=ticket.contact_id).order_by("-received_at", "-pk"), "contact"))
    if len(parts) < 2:
        return [row for part in parts for row in part]
    return list(parts[0].union(parts[1], all=True).order_by())


def _named(tickets: QuerySet[Ticket], why: str) -> Any:
    return tickets.annotate(why=Value(why)).values("pk", "subject", "priority", "resolved_at", "why")[:RELATED]
