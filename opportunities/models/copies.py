"""Who gets a copy of a deal's order form: its seller and business operations (DCL-03, DCL-06)."""

from collections.abc import Collection

from fleetcs.models import User
from opportunities import signing
from opportunities.models.opportunity import Opportunity


def suggested(deal: Opportunity) -> list[str]:
    """The addresses that belong on the copy list."""
    return [address for address in (_seller(deal), *_operations()[:1]) if address]


def lacking(deal: Opportunity, copied: Collection[str]) -> list[str]:
    """Who has to be on the copy list and is not."""
    return signing.lacking(copied, seller=_seller(deal), operations=_operations())


def _seller(deal: Opportunity) -> str:
    seller = deal.owner or deal.account.ae
    return seller.email if seller else ""


def _operations() -> list[str]:
    return list(User.objects.holding("bizops").values_list("email", flat=True))
