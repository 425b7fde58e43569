"""Every page: navigation, search, preferences, its frames and the files of others."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.staticfiles import finders
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from fleetcs import context, search, static
from fleetcs.models import User
from fleetcs.search import Hit
from tests.factories import make_account, make_user


# --- navigation, search, preferences ----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_navigation_counts_with_one_query_whatever_it_counts() -> None:
    make_account()
    user = make_user("vp_cs")
    user.groups_today  # noqa: B018 - looked up once a request, not by the navigation
    names = [place.count for place in context.places() if place.count]
    with CaptureQueriesContext(connection) as queries:
        shown = context.navigation(user, "/accounts/7/")
    assert len(queries) == min(1, len(names))
    assert [each.place.label for each in shown if each.is_here] == ["Accounts"]


@pytest.mark.django_db
def test_nobody_is_shown_a_place_they_may_not_go() -> None:
    for post in ("administrator", "ae", None):
        user = make_user(post)
        assert all(each.place.action is None or user.may(each.place.action) for each in context.navigation(user, "/"))


def of_firm(user: User, query: str, limit: int) -> list[Hit]:
    return [Hit(f"{query} {number}", "detail", "/help", "Firms") for number in range(limit)]


@pytest.fixture
def _searches(monkeypatch: pytest.MonkeyPatch) -> None:
    for config in apps.get_app_configs():
        monkeypatch.setattr(config, "searches", [], raising=False)
    monkeypatch.setattr(apps.get_app_config("fleetcs"), "searches", [f"{__name__}.of_firm"])


@pytest.mark.django_db
@pytest.mark.usefixtures("_searches")
def test_search_shows_what_each_app_finds_and_nothing_for_nothing(client: Client) -> None:
    client.force_login(make_user())
    assert client.get("/palette", {"q": "ced"}).content.count(b'role="option"') == 6
    assert client.get("/search", {"q": "ced"}).content.count(b'class="hit"') == 20
    assert b'role="option"' not in client.get("/palette", {"q": " \t"}).content


def test_the_closest_name_comes_first_in_its_kind() -> None:
    found = [Hit(name, "", "/", kind) for kind in ("A", "B") for name in ("Old cedar", "Oak", "Cedar 41", "Cedar 4")]
    hits = search.closest_first(found, "cedar 4")
    assert [hit.label for hit in hits] == ["Cedar 4", "Cedar 41", "Old cedar", "Oak"] * 2
    assert [hit.kind for hit in hits] == list("AAAABBBB")


def test_what_is_typed_is_cut_and_cleaned() -> None:
    assert search.wording(" \x00ced\x1b ar ") == "ced ar"
    assert len(search.wording("x" * 1_000_000)) == 200


@pytest.mark.django_db
def test_preferences_are_kept_and_shown_in_the_first_byte(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    form = {"theme": "dark", "density": "compact", "zone": "Europe/Berlin"}
    assert client.post("/me/", form).status_code == 302
    user.refresh_from_db()
    assert (user.zone, user.shortcuts) == ("Europe/Berlin", False)
    page = client.get("/help").content
    assert b'data-bs-theme="dark" data-theme="dark" data-density="compact"' in page
    assert b'data-keys="off"' in page


@pytest.mark.django_db
def test_preferences_that_cannot_be_are_refused(client: Client) -> None:
    client.force_login(make_user())
    response = client.post("/me/", {"theme": "pink", "density": "normal", "zone": "Mars/Olympus"})
    assert response.status_code == 422
    assert b"2 things need your attention" in response.content


@pytest.mark.django_db
def test_the_menu_changes_the_look_and_comes_back_to_the_page(client: Client) -> None:
    client.force_login(make_user())
    response = client.post("/me/looks", {"theme": "dark", "next": "/help?x=1"})
    assert (response["Location"], response.cookies["theme"].value) == ("/help?x=1", "dark")
    assert client.post("/me/looks", {"theme": "<b>", "next": "//evil.example"})["Location"] == "/"


# --- one template, several frames -------------------------------------------------------------------------------------
def frame(**headers: str) -> HttpRequest:
    names = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    return RequestFactory().get("/accounts/", **names)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "holds", "lacks"),
    [
        ({}, ["<!doctype html>", 'id="panel"', "<h1"], []),
        ({"HX-Request": "true", "HX-Target": "panel"}, ["data-close-panel", "<h2"], ["<h1", "<!doctype html>"]),
        ({"HX-Request": "true", "HX-Target": "results"}, ['class="count"'], ["filterbar", "<h1", "<!doctype html>"]),
        ({"HX-Request": "true", "HX-Target": "elsewhere"}, ["filterbar"], ["<h1", "<!doctype html>"]),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, ["<!doctype html>"], []),
    ],
)
def test_one_template_stands_in_the_frame_that_was_asked_for(
    client: Client, headers: dict[str, str], holds: list[str], lacks: list[str]
) -> None:
    client.force_login(make_user("vp_cs"))
    make_account()
    page = client.get(reverse("accounts:accounts"), headers=headers).content.decode()
    assert [text for text in holds if text not in page] == []
    assert [text for text in lacks if text in page] == []


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "x", "/\\evil"])
def test_the_panel_opens_pages_of_ours_only(url: str) -> None:
    assert context.panel_of(RequestFactory().get("/accounts/", {"panel": url})) == ""


# --- files of others --------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_every_file_of_others_is_found_in_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [name for name in static.VENDOR if not finders.find(name)] == []
    monkeypatch.setitem(static.VENDOR, "vendor/gone.js", ("django_htmx", "static/gone.js"))
    assert [error.id for error in run_checks() if error.id == "vendor.E001"] == ["vendor.E001"]


@pytest.mark.slow
def test_files_are_collected_and_named_by_their_content(settings: Any, tmp_path: Any) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "fleetcs.static.HashedStorage"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    assert list(tmp_path.glob("css/app.*.css"))
    assert list(tmp_path.glob("vendor/tabler.min.*.css.gz"))
