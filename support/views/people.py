"""The colleagues whom a ticket's page mentions, and those who help at its level today."""

from dataclasses import dataclass
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, DateField, F, FilteredRelation, Func, Q

from fleetcs.models import User
from fleetcs.models.written import Written
from fleetcs.working_day import today
from support import levels
from support.models import Ticket


@dataclass(frozen=True)
class Helper:
    """Somebody who holds a helping post today."""

    code: str
    pk: int
    name: str
    phone: str

    @property
    def post(self) -> str:
        return levels.POST_NAMES[self.code]


@dataclass(frozen=True)
class Person:
    """A colleague by key and name, as the page shows them."""

    pk: int
    name: str


def people_of(ticket: Ticket, named: set[int]) -> tuple[dict[int, str], list[Helper]]:
    """(names of everybody the page mentions, who helps at this level today), in one statement.

    The order of helpers is that of the posts, the holder before the backup (INT-05).
    """
    account, day, posts = ticket.account, today(), levels.HELPERS[ticket.level]
    team = {account.csm_id, account.sc_id} if account else set()
    keys = (named | team | {ticket.assignee_id, ticket.confirmed_by_id, ticket.resolved_by_id}) - {None}
    rows = _PEOPLE(*posts, keys=list(keys), day=day)
    helping = [row for post in posts for row in rows if row["post"] == post]
    helpers = [Helper(row["post"], row["pk"], row["name"], row["phone"]) for row in helping[:8]]
    return {row["pk"]: row["name"] for row in rows}, helpers


class Among(Func):
    """Whether a key is one of those in an array."""

    template, arg_joiner, output_field = "(%(expressions)s))", " = ANY(", BooleanField()


def _mentioned(*posts: str, keys: Any, day: Any) -> Any:
    in_force = Q(holdings__to_on=None) | Q(holdings__to_on__gt=day), Q(holdings__from_on__lte=day)
    helping = FilteredRelation("holdings", condition=Q(*in_force, holdings__post__in=posts))
    found = User.objects.annotate(helping=helping).filter(
        Q(Among(F("pk"), keys)) | Q(helping__isnull=False, is_active=True)
    )
    return found.order_by("helping__backup", "pk").values("pk", "name", "phone", post=F("helping__post"))


_PEOPLE: Final = Written(_mentioned, keys=ArrayField(BigIntegerField()), day=DateField())
