"""A person's own settings, and the two pages about the product itself."""

import tomllib
from typing import Final, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fleetcs.context import looks
from fleetcs.handbook_texts import ENTRIES
from fleetcs.models import HandbookEntry, User
from fleetcs.preferences import LooksForm, PreferencesForm

VERSION: Final = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"]


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    form = PreferencesForm(request.POST or None, instance=cast("User", request.user), initial=looks(request))
    if form.is_valid():
        form.save()
        messages.success(request, "Preferences saved.")
        response = redirect("preferences")
        form.keep_in(response)
        return response
    page = {"title": "Preferences", "form": form, "save": "Save preferences"}
    return render(request, "fleetcs/preferences.html", page, status=422 if form.is_bound else 200)


@require_POST
def set_looks(request: HttpRequest) -> HttpResponse:
    """Theme or density from the menu, and back to where one was."""
    back = request.POST.get("next", "")
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    response = redirect(back if is_ours else "home")
    form = LooksForm(request.POST)
    if form.is_valid():
        form.keep_in(response)
    return response


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What this is, and what the departments it serves are for, each text with its year (DIR-06)."""
    texts = HandbookEntry.objects.section("missions")
    missions = [{"name": named(code), **texts[code]} for code in ENTRIES["missions"] if texts.get(code)]
    context = {"title": "About fleetcs", "mode": settings.MODE, "version": VERSION, "missions": missions}
    return render(request, "fleetcs/about.html", context)


@require_safe
def help(request: HttpRequest) -> HttpResponse:
    """Keys, signs, ways to reach people, and the handbook's documents: for colleagues, as every page is (INT-16)."""
    loaded = {section: HandbookEntry.objects.section(section) for section in ("links", "phones", "aliases")}
    shown = {
        section: [(named(code), value) for code, value in entries.items() if value]
        for section, entries in loaded.items()
        if section != "links"
    }
    links = [(words, loaded["links"][code]) for code, words in DOCUMENTS.items() if loaded["links"].get(code)]
    return render(
        request, "fleetcs/help.html", {"title": "Help", "address": settings.SUPPORT_ADDRESS, "links": links, **shown}
    )


DOCUMENTS: Final = {
    "expectations": "What is expected of actions and response times",
    "response_templates": "All answer templates",
    "department_board": "Board of department requests",
    "deployment_checklist": "Deployment checklist for new customers",
    "welcome_email": "Welcome mail for new customers",
    "community_chat": "Community chat",
    "community_issues": "Public issue tracker",
}


def named(code: str) -> str:
    return code.replace("_", " ").capitalize()
