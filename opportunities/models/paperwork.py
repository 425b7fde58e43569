"""What all papers of a deal share: who may read them, who stands in for whom, and taking turns at one of them."""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

import pgtrigger
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from accounts.models import team_of
from fleetcs.models import RoleHolding, User
from fleetcs.posts import Group
from fleetcs.working_day import today


def changed(*fields: str) -> pgtrigger.Q:
    """For triggers: whether one of these fields is to be another."""
    return reduce(or_, (pgtrigger.Q(**{f"old__{name}__df": pgtrigger.F(f"new__{name}")}) for name in fields))


def of_own[Rows: QuerySet[Any]](rows: Rows, user: User, action: str, deal: str = "opportunity__") -> Rows:
    """The rows with whose deal the person may do `action`; `deal` leads from a row to its opportunity."""
    return user.within(rows, action, Q(**{f"{deal}owner": user}) | team_of(user, f"{deal}account__"))


def seller_of(deal: Any) -> User | None:
    """Whoever sells to the customer: the deal's owner, or the account's AE while it has none."""
    seller: User | None = deal.owner or deal.account.ae
    return seller


def insist(holds: Any, why: str) -> None:
    """Raises ValidationError with the reason where something does not hold."""
    if not holds:
        raise ValidationError(why)


def insist_none(obstacles: Iterable[str]) -> None:
    """Raises ValidationError with everything that is in the way."""
    if told := list(obstacles):
        raise ValidationError(told)


def stands_in(user: User) -> bool:
    """Whether somebody who does a step of BizOps does it as its backup (DCL-07)."""
    return Group.BIZOPS not in user.groups_today


def holds_itself(user: User, post: str) -> bool:
    """Whether the person holds the post and is not merely its backup: what no one may delegate (CON-07, CON-11)."""
    return RoleHolding.objects.on(today()).filter(user=user, post_id=post, backup=False, user__is_active=True).exists()
