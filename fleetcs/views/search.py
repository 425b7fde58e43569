"""Search over everything, as a page and as the palette's results."""

from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from fleetcs.search import Hit, hits, wording

ON_PAGE, IN_PALETTE = 20, 6


def found(request: HttpRequest, limit: int) -> dict[str, object]:
    """What was typed and what that found, by kind."""
    query = wording(request.GET.get("q", ""))
    some = hits(request.user, query, limit)  # type: ignore[arg-type]
    return {"title": "Search", "query": query, "groups": grouped(some), "total": len(some)}


def grouped(some: list[Hit]) -> list[tuple[str, list[Hit]]]:
    return [(kind, list(group)) for kind, group in groupby(some, key=lambda hit: hit.kind)]


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    return render(request, "fleetcs/search.html", found(request, ON_PAGE))


@require_safe
def palette(request: HttpRequest) -> HttpResponse:
    """Options of the palette's listbox; nothing for an empty field (the browser fills in recent items)."""
    return render(request, "fleetcs/palette.html", found(request, IN_PALETTE))
