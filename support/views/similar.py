"""Tickets with a similar subject: found by trigrams, only among those the person may see."""

from datetime import timedelta
from typing import Final

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models.functions import Upper

from fleetcs import clock
from fleetcs.models import User
from support.models import Ticket

MOST: Final = 6
RECENT: Final = timedelta(days=365)
CANDIDATES: Final = 400  # the newest that match at all: a common subject must not be sorted by the ten thousand


def similar_to(ticket: Ticket, user: User) -> list[Ticket]:
    """The most similar tickets of the last year."""
    words = ticket.subject.upper()
    matching = (
        Ticket.objects.visible_to(user)
        .exclude(pk=ticket.pk)
        .filter(received_at__gte=clock.now() - RECENT)
        .alias(loud=Upper("subject"))
        .filter(loud__trigram_similar=words)
        .order_by("-received_at")[:CANDIDATES]
    )
    ranked = Ticket.objects.filter(pk__in=list(matching.values_list("pk", flat=True)))
    return list(ranked.select_related("account").order_by(-TrigramSimilarity(Upper("subject"), words), "-pk")[:MOST])
