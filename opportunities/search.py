"""What the search over everything finds on this floor."""

from fleetcs.models import User
from fleetcs.search import Hit
from opportunities import stages
from opportunities.models import Lead, Opportunity


def opportunities(user: User, query: str, limit: int) -> list[Hit]:
    """Opportunities by name or account."""
    found = Opportunity.objects.visible_to(user).matching(query)[:limit]
    return [Hit(row.name, stages.shown(row.stage), row.get_absolute_url(), "Opportunities") for row in found]


def leads(user: User, query: str, limit: int) -> list[Hit]:
    """Leads by name, company or address."""
    found = Lead.objects.visible_to(user).matching(query)[:limit]
    return [Hit(row.name, row.company, row.get_absolute_url(), "Leads") for row in found]
