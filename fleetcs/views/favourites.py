"""Favourites: star a page from its head, arrange them on a page of their own (ux 3)."""

from typing import Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from fleetcs import favourites as rules
from fleetcs.favourites import Favourite, kept_as, starred
from fleetcs.forms.favourite import FavouriteForm
from fleetcs.views.records import Request

STEPS: Final = {"up": -1, "down": 1}


@require_POST
def star(request: Request) -> HttpResponse:
    """Keep this page among the favourites, or let it go; then the same page again."""
    one = named(request)
    try:
        (keep if request.POST.get("wish") == "keep" else let_go)(request, one)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return HttpResponseClientRefresh() if request.htmx else redirect(one.url)


@require_http_methods(["GET", "HEAD", "POST"])
def favourites(request: Request) -> HttpResponse:
    """All that are shown, to move and to take away, and how many are not."""
    if request.method == "POST":
        arrange(request, request.POST.get("act", ""))
        return redirect("favourites")
    shown = starred(request.user)
    unseen = len(request.user.favourites) - len(shown)
    return render(request, "fleetcs/favourites.html", {"title": "Favourites", "shown": shown, "unseen": unseen})


def keep(request: Request, one: Favourite) -> None:
    """Raises Http404 for what they may not see, ValidationError when there are enough."""
    if not starred(request.user, [one]):
        raise Http404
    request.user.rearrange_favourites(lambda kept: kept_as(rules.added(read(kept), one)))


def let_go(request: Request, one: Favourite) -> None:
    request.user.rearrange_favourites(lambda kept: kept_as(rules.without(read(kept), one)))


def arrange(request: Request, act: str) -> None:
    """Move one, take one away, or take away all that are not shown."""
    shown = [one.favourite for one in starred(request.user)]
    if act == "tidy":
        request.user.rearrange_favourites(lambda kept: kept_as(one for one in read(kept) if one in shown))
    elif act == "drop":
        let_go(request, named(request))
    elif act in STEPS:
        one, step = named(request), STEPS[act]
        request.user.rearrange_favourites(lambda kept: kept_as(rules.moved(read(kept), one, step, shown)))


def read(kept: list[dict[str, object]]) -> list[Favourite]:
    return [Favourite(**one) for one in kept]  # type: ignore[arg-type]


def named(request: Request) -> Favourite:
    """The page that the form names. Raises Http404 for what is no page of ours."""
    form = FavouriteForm(request.POST)
    if not form.is_valid():
        raise Http404
    return form.favourite
