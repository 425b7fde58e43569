"""The customers an issue concerns, by their codenames; by name for those who may know, when they ask (COD-05, R11)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Account, Codename
from fleetcs.models import User
from support.models import CustomerRequest, IssueLink


@dataclass
class Customer:
    """One customer of an issue as a page shows them; `link` is where they are told."""

    account: Account
    link: IssueLink
    codename: Codename | None
    name: str = ""
    may_name: bool = False
    may_share: bool = False
    is_told: bool = False
    links: list[IssueLink] = field(default_factory=list)

    @property
    def called(self) -> str:
        """What everybody may call them."""
        return self.codename.label if self.codename else "No codename"

    @property
    def told_by(self) -> IssueLink | None:
        return next((link for link in self.links if link.shared_at), None)


def customers_of(user: User, links: Iterable[IssueLink], *, told: bool = False) -> list[Customer]:
    """Each account once; `told`: with the names of those that the person may know. Costs no statement."""
    found: dict[int, Customer] = {}
    for link in links:
        one = found.setdefault(link.account_id, _customer(user, link, told))
        one.links.append(link)
        one.is_told = one.is_told or link.shared_at is not None
    return list(found.values())


def _customer(user: User, link: IssueLink, told: bool) -> Customer:
    account = link.account
    may_name = account.allows(user, "codename.see")
    known: Any = getattr(account, "names_in_use", None)
    codenames = known if known is not None else account.codenames.active()
    name = account.name if told and may_name else ""
    may_share = may_name and account.allows(user, "issue.share")
    return Customer(account, link, next(iter(codenames), None), name, may_name, may_share)


def look_up(customers: Collection[Customer], *, by: User) -> None:
    """Write down that somebody has looked at whose codenames these are (R11)."""
    for customer in customers:
        if customer.name and customer.codename:
            customer.codename.look_up(by=by)


def may_track(user: User, one: CustomerRequest) -> bool:
    """The same answer as `CustomerRequest.objects.trackable_by(user)`, for one that is whole."""
    mine = any(link.account.allows(user, "request.track") for link in one.issue.links.all())
    return mine or (user.may("request.track") and (user.scope("request.track") == "all" or one.by_id == user.pk))
