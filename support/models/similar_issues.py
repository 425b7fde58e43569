"""Issues like a bug that somebody suspects: title by trigrams, title and body by words, closed ones too (BUG-01)."""

from collections.abc import Collection, Iterable

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector, TrigramSimilarity
from django.db.models import Q, QuerySet
from django.db.models.functions import Greatest, Upper

from fleetcs.models import User
from support.models.issue import Issue

MOST = 12
CANDIDATES = 30  # a phrasing


def similar(phrasings: Iterable[str], user: User, but: Collection[int] = ()) -> list[Issue]:
    """The issues most alike to any of these phrasings, among those the person may read; one of the same title first."""
    best: dict[int, Issue] = {}
    for words in phrasings:
        for issue in like(words, user).exclude(pk__in=but)[:CANDIDATES]:
            known = best.get(issue.pk)
            if known is None or known.alike < issue.alike:  # type: ignore[attr-defined]
                best[issue.pk] = issue
    return sorted(best.values(), key=lambda issue: (-issue.alike, -issue.pk))[:MOST]  # type: ignore[attr-defined]


def like(words: str, user: User) -> QuerySet[Issue]:
    """Issues whose title is like these words, or that hold them all; `alike` is 1 for the same title."""
    loud, query = words.upper(), SearchQuery(words, search_type="websearch", config="english")
    said = SearchVector("title", "body", config="english")  # as the index has it
    alike = Greatest(TrigramSimilarity(Upper("title"), loud), SearchRank(said, query) / 2)
    rows = Issue.objects.visible_to(user).filter(gone_at=None).alias(loud=Upper("title"), said=said)
    found = rows.filter(Q(loud__trigram_similar=loud) | Q(said=query)).annotate(alike=alike)
    return found.order_by("-alike", "-pk")
