"""Records of this floor that may be a favourite, by what people call them."""

from django.db.models import F, QuerySet

from fleetcs.models import User
from opportunities.models import Lead, Opportunity


def opportunities(user: User) -> QuerySet[Opportunity]:
    rows: QuerySet[Opportunity] = Opportunity.objects.visible_to(user).annotate(called=F("name"))
    return rows


def leads(user: User) -> QuerySet[Lead]:
    return Lead.objects.visible_to(user).annotate(called=F("name"))
