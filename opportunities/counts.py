"""The number beside this floor's inbox of papers: only what this very person has to decide."""

from typing import Any

from django.db.models import QuerySet

from fleetcs.models import User
from opportunities.models import LegalReview, Quote, Screening, TermDeviation


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
