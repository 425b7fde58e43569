"""The numbers beside this floor's places: only what this very person has to decide or to mend."""

from typing import Any

from django.db.models import QuerySet

from fleetcs.models import User
from opportunities.models import Finding, LegalReview, Quote, Screening, TermDeviation


def papers_for(user: User) -> QuerySet[Any, Any]:
    """Quotes, exceptions, hits and reviews that wait for this person's word."""
    waiting: dict[str, QuerySet[Any]] = {
        "quote.approve": Quote.objects.pending(),
        "exception.decide": TermDeviation.objects.awaiting(),
        "screening.clear": Screening.objects.undecided(),
        "review.close": LegalReview.objects.open(),
    }
    mine = [rows.order_by().values("pk") for action, rows in waiting.items() if user.may(action)]
    return mine[0].union(*mine[1:], all=True) if mine else Quote.objects.none()


def findings_for(user: User) -> QuerySet[Any]:
    """Open findings of the data checkup that are this person's."""
    return Finding.objects.open().filter(owner=user)
