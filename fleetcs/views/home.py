"""Today: what waits for me, stitched from fragments that each wing serves with its own permission."""

from dataclasses import dataclass

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from fleetcs.models import User
from fleetcs.search import may_see


@dataclass(frozen=True)
class Fragment:
    """A part of the home page: its heading, and where it is fetched from."""

    title: str
    url: str


def fragments(user: User) -> list[Fragment]:
    """What the apps list for the home page, as far as this person may see it."""
    entries = [entry for config in reversed(list(apps.get_app_configs())) for entry in getattr(config, "home", [])]
    return [Fragment(entry["title"], reverse(entry["url_name"])) for entry in entries if may_see(user, entry)]


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    parts = fragments(request.user) if isinstance(request.user, User) else []
    return render(request, "fleetcs/home.html", {"title": "Today", "fragments": parts})
