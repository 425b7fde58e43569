"""A deal on both sides of the mirror, as tests need it."""

from typing import Any

from fleetcs.models import Mirror
from opportunities.models import Opportunity
from tests.factories import make_user

DAY_BEFORE = "2026-03-01T09:00:00Z"


def mirror(code: str = "opportunities") -> Mirror:
    return Mirror.objects.get(code=code)


def changed(**changes: Any) -> Opportunity:
    opportunity = Opportunity.objects.get()
    opportunity.change(changes, by=make_user("bizops"))
    return opportunity
