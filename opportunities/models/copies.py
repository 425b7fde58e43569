"""Who gets a copy of a deal's order form: its seller and business operations (DCL-03, DCL-06)."""

from collections.abc import Collection

from fleetcs.models import User
from opportunities import signing
from opportunities.models.opportunity import Opportunity
from opportunities.models.paperwork import seller_of


def suggested(deal: Opportunity) -> list[str]:
    """The addresses that belong on the copy list."""
    return [address for address in (_seller(deal), *operations()[:1]) if address]


def lacking(deal: Opportunity, copied: Collection[str], among: Collection[str]) -> list[str]:
    """Who has to be on the copy list and is not, where business operations has the addresses `among`."""
    return signing.lacking(copied, seller=_seller(deal), operations=among)


def _seller(deal: Opportunity) -> str:
    seller = seller_of(deal)
    return seller.email if seller else ""


def operations() -> list[str]:
    """The addresses of business operations; asked once for many deals."""
    return list(User.objects.holding("bizops").values_list("email", flat=True))
