"""What stands around a ticket's conversation: its clocks, the contract, links of the handbook, other tickets."""

from typing import Any, Final

from django.db.models import BigIntegerField, DateField, Q, QuerySet, Value

from accounts.models import Contract
from accounts.tiers import Tier
from fleetcs.models import HandbookEntry, User
from fleetcs.models.written import Written
from fleetcs.working_day import today
from support import outside_system
from support.models import Clock, FollowUp, Ticket, TicketRelation
from support.reaching import COMMUNITY

RELATED: Final = 6
KEY: Final = BigIntegerField()


def clocks_of(ticket: Ticket) -> list[Clock]:
    """Its clocks, oldest first, with the rule they were counted by."""
    return _CLOCKS(ticket=ticket.pk)


_CLOCKS: Final = Written(
    lambda ticket: Clock.objects.filter(ticket=ticket).select_related("rule").order_by("pk"), ticket=KEY
)


def tasks_of(ticket: Ticket) -> list[FollowUp]:
    """What is still to be done beside the answer, and what was."""
    return _TASKS(ticket=ticket.pk)


_TASKS: Final = Written(lambda ticket: FollowUp.objects.filter(ticket=ticket), ticket=KEY)


def contract_of(ticket: Ticket, user: User) -> Contract | None:
    """The contract in force now, for those who may read its terms; what came in without one is served without."""
    if ticket.account is None or ticket.tier == Tier.FREE:
        return None
    return next(iter(_CONTRACT(user, account=ticket.account_id, day=today())), None)


_CONTRACT: Final = Written(
    lambda user, account, day: Contract.objects.visible_to(user).filter(account=account).on(day)[:1],
    account=KEY,
    day=DateField(),
)


def links_of(ticket: Ticket) -> dict[str, str]:
    """The handbook's links that this page needs: for customers without a contract, and to the system outside."""
    wanted = (
        *(COMMUNITY if ticket.tier == Tier.FREE else ()),
        *(outside_system.LINKS.values() if ticket.external_id else ()),
    )
    return {row["code"]: row["value"] for row in _LINKS(*wanted)} if wanted else {}


_LINKS: Final = Written(
    lambda *codes: HandbookEntry.objects.filter(section="links", code__in=codes).order_by().values("code", "value")
)


def related_to(ticket: Ticket, user: User) -> list[dict[str, Any]]:
    """Tickets it is linked to, other open ones of the account and the contact's last ones, in one statement."""
    reasons = ["linked"]
    reasons += ["account"] if ticket.account_id else []
    reasons += ["contact"] if ticket.contact_id else []
    known = {"ticket": ticket.pk, "account": ticket.account_id, "contact": ticket.contact_id}
    return _RELATED(user, *reasons, **known)


def _others(user: User, *reasons: str, ticket: Any, account: Any, contact: Any) -> Any:
    others = Ticket.objects.visible_to(user).exclude(pk=ticket)
    low, high = TicketRelation.objects.filter(other=ticket), TicketRelation.objects.filter(one=ticket)
    linked = Q(pk__in=low.values("one")) | Q(pk__in=high.values("other"))
    ways = {
        "linked": others.filter(linked).order_by("-pk"),
        "account": others.open().filter(account=account).order_by("queue_at", "pk"),
        "contact": others.filter(contact=contact).order_by("-received_at", "-pk"),
    }
    first, *more = [_named(ways[why], why) for why in reasons]
    return first.union(*more, all=True).order_by() if more else first


def _named(tickets: QuerySet[Ticket], why: str) -> Any:
    return tickets.annotate(why=Value(why)).values("pk", "subject", "priority", "resolved_at", "why")[:RELATED]


_RELATED: Final = Written(_others, ticket=KEY, account=KEY, contact=KEY)
