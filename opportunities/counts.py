"""The numbers beside this floor's places: only what this very person has to decide or to mend."""

from typing import Any

from django.db.models import QuerySet

from fleetcs.models import User
from opportunities import inbox
from opportunities.models import Finding, Quote


def papers_for(user: User) -> QuerySet[Any, Any]:
    """All that the inbox lists for this person, row by row."""
    mine = [rows.order_by().values("pk") for rows in inbox.waiting(user)]
    return mine[0].union(*mine[1:], all=True) if mine else Quote.objects.none()


def findings_for(user: User) -> QuerySet[Any]:
    """Open findings of the data checkup that are this person's."""
    return Finding.objects.open().filter(owner=user)
