"""A person's own settings, and the two pages about the product itself."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fleetcs.context import looks
from fleetcs.models import User
from fleetcs.preferences import LooksForm, PreferencesForm


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
    response = redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "home")
    form = LooksForm(request.POST)
    if form.is_valid():
        form.keep_in(response)
    return response


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "fleetcs/about.html", {"title": "About fleetcs", "mode": settings.MODE})


@require_safe
def help(request: HttpRequest) -> HttpResponse:
    return render(request, "fleetcs/help.html", {"title": "Help"})
