"""The kit of every page: wording, tags, lists, charts, navigation, search, preferences, and the frame in a browser."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.apps import apps
from django.contrib.staticfiles import finders
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection
from django.http import HttpRequest, QueryDict
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import Account
from fleetcs import charts, context, search, static, wording
from fleetcs.charts import Bar, Part
from fleetcs.listing import Listing, listing
from fleetcs.models import User
from fleetcs.search import Hit
from fleetcs.templatetags import kit
from tests.browser import PHONE
from tests.factories import make_account, make_user

NOW = datetime(2026, 11, 23, 22, 5, tzinfo=UTC)
PACIFIC = ZoneInfo("America/Los_Angeles")


def rendered(text: str, **values: Any) -> str:
    return Template(text).render(Context({"now": NOW, "zone": PACIFIC} | values))


# --- wording ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (timedelta(), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=3, minutes=5), "3 h 05 min"),
        (timedelta(hours=18), "18 h"),
        (timedelta(days=2, hours=4, minutes=50), "2 d 4 h"),
        (-timedelta(minutes=12), "12 min"),
    ],
)
def test_an_amount_of_time_has_one_wording(amount: timedelta, words: str) -> None:
    assert wording.duration(amount) == words
    assert rendered("{% amount_of_time amount %}", amount=amount) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (timedelta(), "0 s"),
        (timedelta(microseconds=-5), "0 s"),
        (timedelta(seconds=59, microseconds=999_999), "59 s"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(hours=3, minutes=30, seconds=12), "3 h 30 min 12 s"),
        (timedelta(hours=26, seconds=7), "26 h 7 s"),
        (-timedelta(seconds=90), "1 min 30 s"),
    ],
)
def test_an_exact_amount_keeps_its_seconds_and_cuts_what_is_less(amount: timedelta, words: str) -> None:
    assert wording.duration(amount, exact=True) == words


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (timedelta(seconds=-30), "now"),
        (timedelta(minutes=-20), "20 min ago"),
        (timedelta(hours=5), "in 5 h"),
        (timedelta(days=-6), "6 d ago"),
        (timedelta(days=-8), "15 Nov"),
        (timedelta(days=60), "22 Jan 2027"),
    ],
)
def test_a_moment_is_told_as_people_say_it(away: timedelta, words: str) -> None:
    assert wording.relative(NOW + away, NOW, PACIFIC) == words


def test_a_moment_carries_the_exact_one_with_its_zone() -> None:
    assert rendered("{% moment at %}", at=NOW - timedelta(hours=3)) == (
        '<time datetime="2026-11-23T19:05:00Z" title="Mon 23 Nov 2026, 11:05 PST">3 h ago</time>'
    )


def test_opening_hours_in_words_draw_equal_days_together() -> None:
    week = {day: [["07:00", "12:00"], ["13:00", "16:00"]] for day in ("mon", "tue", "wed", "thu")}
    assert wording.opening("America/Los_Angeles", week | {"sat": [["09:00", "24:00"]]}) == (
        "Mon-Thu 07:00-12:00 and 13:00-16:00, Sat 09:00-24:00 Pacific time"
    )


# --- tags -------------------------------------------------------------------------------------------------------------
@pytest.mark.ledger("SLA-18")
@pytest.mark.parametrize(
    ("due", "answered", "at_risk", "kind", "words"),
    [
        (None, None, None, "idle", "No promise"),
        (90, None, None, "idle", "1 h 30 min left"),
        (25, None, -1, "warn", "25 min left"),
        (-107, None, -200, "bad", "Late by 1 h 47 min"),
        (10, 10, None, "good", "Kept"),
        (10, 11, None, "bad", "Missed"),
    ],
)
def test_a_promise_is_words_icon_and_colour(
    due: int | None, answered: int | None, at_risk: int | None, kind: str, words: str
) -> None:
    moments = {
        name: None if minutes is None else NOW + timedelta(minutes=minutes)
        for name, minutes in (("due", due), ("answered", answered), ("at_risk", at_risk))
    }
    pill = rendered("{% sla due answered at_risk=at_risk how='by the contract' %}", **moments)
    assert f"pill-{kind}" in pill
    assert f"{words}</span>" in pill
    assert '<use href="#i-' in pill
    assert "by the contract" in pill


def test_a_pause_says_why() -> None:
    assert "Paused: waiting for &lt;b&gt;" in rendered("{% sla due paused='waiting for <b>' %}", due=NOW)


def test_names_cannot_write_markup() -> None:
    user = User(pk=3, name="<b>Ada</b> Moss")
    for text in ("{% person user %}", "{% dot 'good' user.name %}", "{% pill 'bad' user.name %}"):
        assert "<b>" not in rendered(text, user=user)


def test_an_icon_is_decoration_unless_it_is_labelled() -> None:
    assert 'aria-hidden="true"' in kit.icon("ticket")
    assert 'role="img" aria-label="Late"' in kit.icon("clock", label="Late")
    with pytest.raises(KeyError):
        kit.icon("no-such-icon")


# --- charts -----------------------------------------------------------------------------------------------------------
def test_bars_fill_the_width_and_leave_nothing_out() -> None:
    bars = [Bar("A", [Part("kept", 30), Part("missed", 10)]), Bar("B", [Part("missed", 5)]), Bar("C", [])]
    rows = charts.rows_of(bars)
    assert [round(sum(piece.width for piece in row.pieces)) for row in rows] == [346, 43, 0]
    assert [[part and part.value for part in row.cells] for row in rows] == [[30, 10], [None, 5], [None, None]]


def test_a_chart_has_a_table_with_the_same_figures() -> None:
    bars = [Bar("Premium", [Part("kept", 1_204), Part("missed", 3)])]
    page = rendered("{% chart_bars bars title='By tier' unit='tickets' %}", bars=bars)
    assert page.count("1,204") == 2  # on the bar and in the table
    assert page.count("1,207") == 2


def test_a_line_breaks_where_nothing_is_known() -> None:
    line = charts.line_of([("a", 1), ("b", 2), ("c", None), ("d", 4), ("e", 2)])
    assert len(line.strokes) == 2
    assert len(line.dots) == 4
    assert charts.line_of([]).dots == []


# --- lists ------------------------------------------------------------------------------------------------------------
class KindForm(forms.Form):
    q = forms.CharField(required=False, max_length=50, label="Search")
    kind = forms.ChoiceField(required=False, choices=[("", "Any"), ("customer", "Customer"), ("prospect", "Prospect")])


SORTS = {"name": ("name", "pk"), "-name": ("-name", "-pk"), "kind": ("kind", "name", "pk")}


def listed(query: str = "", *, size: int = 3) -> Listing[Account]:
    form = KindForm(QueryDict(query.removeprefix("?")))
    request = RequestFactory().get(f"/accounts/?{query.removeprefix('?')}")
    return listing(request, Account.objects.all(), sorts=SORTS, form=form, noun="account", size=size)


@pytest.fixture
def _ten_accounts(db: None) -> None:
    Account.objects.all().delete()
    for number in range(10):
        make_account(None, name=f"Firm {number}", kind="customer" if number % 3 else "prospect")


@pytest.mark.usefixtures("_ten_accounts")
@pytest.mark.parametrize("sort", list(SORTS))
def test_paging_forth_and_back_shows_every_row_once(sort: str) -> None:
    whole = [row.pk for row in Account.objects.order_by(*SORTS[sort])]
    pages = [listed(f"sort={sort}")]
    while pages[-1].next_url:
        pages.append(listed(pages[-1].next_url))
    assert [row.pk for page in pages for row in page.rows] == whole
    back = [pages[-1]]
    while back[-1].back_url:
        back.append(listed(back[-1].back_url))
    assert [row.pk for page in reversed(back) for row in page.rows] == whole
    assert not pages[0].back_url
    assert not back[-1].back_url


@pytest.mark.usefixtures("_ten_accounts")
def test_a_cursor_that_is_not_ours_begins_at_the_beginning() -> None:
    assert [row.pk for row in listed("after=eyJ4Ijox&sort=nope").rows] == [row.pk for row in listed().rows]
    assert listed("after=" + listed().next_url.partition("after=")[2] + "&sort=kind").rows == listed("sort=kind").rows


@pytest.mark.usefixtures("_ten_accounts")
def test_filters_are_chips_and_each_can_be_taken_off() -> None:
    page = listed("q=firm&kind=customer&sort=-name&panel=%2Faccounts%2F1%2F")
    assert [(chip.label, chip.value, chip.remove_url) for chip in page.chips] == [
        ("Search", "firm", "?kind=customer&sort=-name"),
        ("Kind", "Customer", "?q=firm&sort=-name"),
    ]
    assert page.clear_url == "?sort=-name"
    assert page.query == "q=firm&kind=customer&sort=-name"
    assert page.is_filtered


@pytest.mark.usefixtures("_ten_accounts")
@pytest.mark.parametrize("query", ["kind=none", "q=%00", "q=" + "x" * 100_000])
def test_a_filter_that_cannot_be_is_refused_not_ignored(query: str) -> None:
    page = listed(query)
    assert (page.status, page.rows, page.count, page.is_filtered) == (422, [], 0, True)


@pytest.mark.usefixtures("_ten_accounts")
def test_a_list_asks_the_database_twice_however_long_it_is() -> None:
    counts = []
    for size in (1, 3, 50):
        with CaptureQueriesContext(connection) as queries:
            listed(size=size)
        counts.append(len(queries))
    assert counts == [2, 2, 2]


def test_counts_are_said_as_far_as_they_are_counted() -> None:
    def said(count: int) -> str:
        return Listing([], count, "reply", [], "", "", "", "", {}, QueryDict(), 200).count_text

    assert [said(0), said(1), said(1_000), said(1_001)] == ["0 replies", "1 reply", "1,000 replies", "1,000+ replies"]


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


# --- in a browser -----------------------------------------------------------------------------------------------------
@pytest.fixture
def signed_in(
    open_context: Callable[..., BrowserContext], sign_in: Callable[..., None], transactional_db: None
) -> Callable[..., Page]:
    """A page of a manager's browser, with a few accounts to look at."""

    def go(url: str, **options: Any) -> Page:
        for number in range(6):
            make_account(name=f"Cedar {number}")
        browser_context = open_context(**options)
        sign_in(browser_context, make_user("vp_cs", name="Vera Lund", password="a-long-enough-password"))
        page = browser_context.new_page()
        page.goto(url)
        return page

    return go


@pytest.mark.browser
def test_a_list_is_worked_by_keys_alone(signed_in: Callable[..., Page]) -> None:
    page = signed_in("/accounts/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Cedar 1", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#panel").get_by_role("heading", name="Cedar 1")).to_be_visible()
    assert "panel=%2Faccounts%2F" in page.url
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_empty()
    expect(page.get_by_role("link", name="Cedar 1", exact=True)).to_be_focused()
    page.go_back()
    expect(page.locator("#panel").get_by_role("heading", name="Cedar 1")).to_be_visible()
    page.reload()
    expect(page.locator("#panel").get_by_role("heading", name="Cedar 1")).to_be_visible()


@pytest.mark.browser
def test_keys_are_for_typing_while_one_types(signed_in: Callable[..., Page]) -> None:
    page = signed_in("/accounts/")
    page.keyboard.press("/")
    page.keyboard.type("j?cedar 3")
    expect(page.locator(".search-input")).to_have_value("j?cedar 3")
    expect(page.locator("#shortcuts")).not_to_be_visible()


@pytest.mark.browser
def test_the_palette_finds_records_and_does_what_the_page_offers(signed_in: Callable[..., Page]) -> None:
    page = signed_in("/accounts/")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search records or actions")).to_be_focused()
    page.keyboard.type("cedar 4")
    expect(page.get_by_role("option", name="Cedar 4")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Cedar 4")).to_be_visible()


@pytest.mark.browser
def test_the_question_mark_lists_the_keys_of_this_page(signed_in: Callable[..., Page]) -> None:
    page = signed_in("/accounts/")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Shortcuts on this page")
    expect(dialog.get_by_text("New account")).to_be_visible()
    expect(dialog.get_by_text("Go to Channels")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1, name="Channels")).to_be_visible()


@pytest.mark.browser
def test_single_keys_can_be_switched_off(signed_in: Callable[..., Page]) -> None:
    page = signed_in("/me/")
    page.get_by_label("Keyboard shortcuts").uncheck()
    page.get_by_role("button", name="Save preferences").click()
    expect(page.get_by_text("Preferences saved.")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).not_to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_of_the_system_is_there_before_the_first_paint(signed_in: Callable[..., Page], scheme: str) -> None:
    page = signed_in("/help", color_scheme=scheme)
    assert page.evaluate("document.documentElement.dataset.bsTheme") == scheme
    page.reload(wait_until="commit")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == scheme


@pytest.mark.browser
def test_on_a_phone_the_menu_waits_behind_a_button(signed_in: Callable[..., Page]) -> None:
    page = signed_in("/accounts/", **PHONE)
    expect(page.get_by_role("navigation", name="Main")).not_to_be_visible()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Channels").click()
    expect(page.get_by_role("heading", level=1, name="Channels")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


OWN_PAGES = (
    "/",
    "/help",
    "/about",
    "/me/",
    "/search?q=cedar",
    "/search",
    "/me/2fa/",
    "/me/password/change/",
    "/accounts/",
)


LOOKS = {"light": {"color_scheme": "light"}, "dark": {"color_scheme": "dark"}, "phone": PHONE}


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("options", LOOKS.values(), ids=LOOKS.keys())
def test_the_pages_of_the_kit_are_accessible(
    signed_in: Callable[..., Page], accessibility_faults: Callable[[Page], list[str]], options: dict[str, Any]
) -> None:
    page = signed_in("/", **options)
    faults = {}
    for url in OWN_PAGES:
        page.goto(url)
        expect(page.locator("h1")).to_have_count(1)
        expect(page.locator("main")).to_have_count(1)
        faults[url] = accessibility_faults(page)
    page.keyboard.press("Control+k")
    faults["palette"] = accessibility_faults(page)
    assert {url: found for url, found in faults.items() if found} == {}


@pytest.mark.browser
def test_a_day_in_words_on_every_printed_page(signed_in: Callable[..., Page]) -> None:
    page = signed_in("/accounts/", color_scheme="dark")
    foot = page.evaluate("document.documentElement.dataset.foot")
    assert foot.startswith("Vera Lund · ")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Main")).not_to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert wording.day(date(2026, 11, 3)) == "Tue 3 Nov 2026"


def test_every_key_of_the_menu_leads_to_one_page_only() -> None:
    keys = [entry["key"] for app in apps.get_app_configs() for entry in getattr(app, "nav", []) if "key" in entry]
    assert sorted(keys) == sorted(set(keys))
