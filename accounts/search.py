"""What the search over everything finds on this floor; accounts by name or mail domain, contacts by name or address."""

from accounts import codenames as rules
from accounts.models import Account, Channel, Codename, Contact
from fleetcs import clock
from fleetcs.models import User
from fleetcs.search import Hit


def accounts(user: User, query: str, limit: int) -> list[Hit]:
    """Accounts with the tier in force."""
    found = Account.objects.visible_to(user).matching(query).with_tier(clock.now())[:limit]
    return [
        Hit(
            row.name,
            f"{row.get_kind_display()} · {row.tier_now.capitalize()}",  # type: ignore[attr-defined]
            row.get_absolute_url(),
            "Accounts",
        )
        for row in found
    ]


def contacts(user: User, query: str, limit: int) -> list[Hit]:
    """Contacts with their account."""
    found = Contact.objects.visible_to(user).matching(query).select_related("account")[:limit]
    return [Hit(row.name, row.account.name, row.get_absolute_url(), "Contacts") for row in found]


def channels(user: User, query: str, limit: int) -> list[Hit]:
    """Channels by name."""
    found = Channel.objects.visible_to(user).matching(query).select_related("account")[:limit]
    return [Hit(row.label, row.get_kind_display(), row.get_absolute_url(), "Channels") for row in found]


def codenames(user: User, query: str, limit: int) -> list[Hit]:
    """A codename or its label, for those who may know whose it is; whose it is, is asked on its page and logged."""
    word = rules.letters(query.lower().removeprefix("customer-").removeprefix("prospect-"))
    found = (
        Codename.objects.visible_to(user).filter(word__startswith=word)[:limit] if len(word) >= rules.SHORTEST else []
    )
    return [Hit(row.label, "Retired" if row.retired_at else "", row.get_absolute_url(), "Codenames") for row in found]
