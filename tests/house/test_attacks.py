"""What has gone wrong elsewhere is tried here (safety 2): exports, secrets, logs, hosts, sessions, caches, settings."""

import csv
import io
import json
import logging
import os
import runpy
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from fleetcs import effects, logs, urls
from fleetcs import settings as product_settings
from fleetcs.local import postgres
from fleetcs.local.folders import CHECKOUT
from fleetcs.models import Effect, EffectAttempt, Event, User
from fleetcs.working_day import today
from support import store
from tests.factories import (
    make_account,
    make_channel,
    make_contact,
    make_lead,
    make_opportunity,
    make_ticket,
    make_user,
)
from tests.house import source, walk
from tests.house.matrix import matrix
from tests.house.walk import NOBODY, Step, Visitor
from tests.house.world import World

pytest_plugins = ["tests.house.fixtures"]
pytestmark = pytest.mark.django_db

CANARY: Final = "kanarienvogel"
HTML: Final = {"HTTP_ACCEPT": "text/html,*/*"}
FORMULAS: Final = ("=cmd|'/C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\uff1d1+1", "\t=1", '"=1')
SECRETS: Final = (
    "SECRET_KEY",
    "SLACK_SIGNING_SECRET",
    "MAIL_SIGNING_SECRET",
    "CONTACT_SIGNING_SECRET",
    "REPLY_ADDRESS_SECRET",
    "GITHUB_WEBHOOK_SECRET",
    "LICENSE_KEY_SECRET",
)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the product writes to its log, as it writes it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


def planted(request: HttpRequest) -> HttpResponse:
    """A mistake of ours with a secret in its hands."""
    password = f"hunter-{CANARY}"
    raise RuntimeError(f"could not sign in with {password} as {request.GET.get('q')}")


@pytest.fixture
def _planted(settings: Any) -> None:
    module = ModuleType("tests.house.broken_urls")
    own = {"__name__": module.__name__, "urlpatterns": [path("planted", planted), *urls.urlpatterns]}
    vars(module).update(vars(urls) | own)
    sys.modules[module.__name__] = module
    settings.ROOT_URLCONF = module.__name__


# --- files for spreadsheets (T26) -------------------------------------------------------------------------------------
def test_no_file_of_any_list_holds_a_cell_that_a_spreadsheet_would_run(world: World) -> None:
    for formula in FORMULAS:
        account = make_account(name=f"{formula} Ltd", industry=formula, csm=world.people["VP"])
        make_contact(account, name=formula, title=formula)
        make_ticket(account, subject=formula, channel=make_channel(account, name=formula))
        make_lead(name=formula, title=formula)
        make_opportunity(account, name=formula, next_step=formula)
    visitor, files = Visitor(world, "BIZ"), 0
    for address, entry in matrix().items():
        if not entry.kind and (entry.offers("GET") or address.endswith("export")):
            way = ("GET", "?format=csv&kind=") if entry.offers("GET") else ("POST", "")
            answer = visitor.ask(way[0], visitor.path(address, entry.kind, "own") + way[1])
            body = walk.body_of(answer).decode(errors="replace")
            if answer.headers.get("Content-Type", "").startswith("text/csv"):
                files += 1
                text = io.StringIO(body.removeprefix("\ufeff"), newline="")
                cells = [cell for row in csv.reader(text) for cell in row]
                assert [cell for cell in cells if cell[:1] in "=+@\uff1d\t\r" and cell] == [], address
                assert [cell for cell in cells if cell.startswith("-") and not is_number(cell)] == [], address
    assert files >= 9


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


# --- secrets (T27) ----------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("_planted")
def test_a_mistake_of_ours_shows_nobody_what_it_held(client: Client, log: io.StringIO) -> None:
    client.raise_request_exception = False
    client.force_login(make_user())
    answer = client.get(f"/planted?q={CANARY}", **HTML)
    assert answer.status_code == 500
    assert CANARY not in answer.content.decode()
    assert "Traceback" not in answer.content.decode()
    assert "RuntimeError" in log.getvalue(), "the control: the mistake is in the log"
    assert CANARY not in log.getvalue()


def test_what_could_not_be_sent_tells_no_secret(settings: Any, log: io.StringIO, client: Client) -> None:
    settings.MAILGUN_API_URL, settings.MAILGUN_API_KEY = f"http://u:{CANARY}@127.0.0.1:9/v3", f"key-{CANARY}"
    vp = make_user("vp_cs")
    make_ticket(make_account()).answer("Hello", by=vp)
    effects.send_rest()
    assert EffectAttempt.objects.exists(), "the control: it was tried"
    rows = [str(list(model.objects.values_list())) for model in (Effect, EffectAttempt, Event)]
    client.force_login(vp)
    pages = [client.get(f"/operations{part}").content.decode() for part in ("", "/effects")]
    pages.append(client.get(Effect.objects.get().get_absolute_url()).content.decode())
    assert [text for text in (*rows, *pages, log.getvalue()) if CANARY in text] == []


@pytest.mark.django_db(transaction=True)
def test_what_collides_in_the_database_does_not_end_in_its_log() -> None:
    """PostgreSQL tells the value that is there already, with every column of the row: not in ours (0.8)."""
    if "FLEETCS_TEST_TEMPLATE" not in os.environ:
        pytest.skip("the database is not one that the product has started")
    make_account(name=f"{CANARY} Ltd")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_account(name=f"{CANARY} Ltd")
    written = postgres.for_tests().log.read_text(errors="replace")
    assert "account_name_unique" in written, "the control: the collision is in the log"
    assert CANARY not in written


def test_a_name_that_is_taken_is_refused_without_a_line_about_it(client: Client, log: io.StringIO) -> None:
    make_account(name=f"{CANARY} Ltd")
    client.force_login(make_user("bizops"))
    client.post("/accounts/new", {"name": f"{CANARY} Ltd", "kind": "customer", "hosting": "self"})
    assert CANARY not in log.getvalue()


@pytest.mark.parametrize("model", [User])
def test_what_programmers_print_shows_no_customer(model: type) -> None:
    account = make_account(name=f"{CANARY} Ltd")
    things = [account, make_contact(account, name=CANARY), make_ticket(account, subject=CANARY), make_channel(account)]
    assert [thing for thing in things if CANARY in f"{thing} {thing!r}"] == []


# --- logs (T28) -------------------------------------------------------------------------------------------------------
def test_nobody_writes_lines_of_their_own_into_the_log(client: Client, log: io.StringIO) -> None:
    forged = '\r\n{"event": "admin signed in", "level": "info"}\x1b[2K\u2028'
    client.force_login(make_user())
    client.get("/nowhere/%0d%0a%1b[31mforged", headers={"User-Agent": f"x{forged}"})
    client.post("/contact", forged, content_type="application/json", headers={"X-Fleetcs-Timestamp": "a\nb"})
    client.get("/search", {"q": forged})
    lines = log.getvalue().splitlines()
    assert len(lines) >= 2
    assert all(line.isascii() and "\x1b" not in line for line in lines)
    assert [event for event in (json.loads(line)["event"] for line in lines) if event == "admin signed in"] == []


# --- hosts (T29) ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "evil.example:80", "a@localhost", "[::2]"])
def test_a_host_that_is_not_ours_is_refused(host: str) -> None:
    assert Client(raise_request_exception=False).get("/me/login/", HTTP_HOST=host).status_code == 400


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-URL", "X-Rewrite-URL"])
def test_what_a_stranger_calls_us_is_in_no_page_and_no_redirect(client: Client, header: str) -> None:
    for user, page in ((None, "/accounts/"), (make_user(), "/accounts/"), (None, "/me/login/")):
        if user:
            client.force_login(user)
        answer = client.get(page, headers={header: "evil.example"})
        assert "evil.example" not in answer.content.decode() + answer.headers.get("Location", "")


def test_links_that_leave_the_house_are_made_of_a_setting_alone() -> None:
    guessed = ("build_absolute_uri", "get_host(", "get_current_site", "HTTP_HOST")
    assert [module.name for module in source.product() for word in guessed if word in module.text] == []


# --- sessions (T30, T31, F50) -----------------------------------------------------------------------------------------
def test_a_post_that_has_ended_gives_no_right_at_the_next_request(client: Client) -> None:
    ticket, cse = make_ticket(make_account()), make_user("cse")
    client.force_login(cse)
    assert client.get(f"/tickets/{ticket.pk}/").status_code == 200
    cse.holdings.get().end(today(), by=make_user("administrator"))
    assert client.get(f"/tickets/{ticket.pk}/").status_code == 404
    assert client.post(f"/tickets/{ticket.pk}/take/").status_code == 404


def test_whoever_leaves_an_accounts_team_loses_its_tickets_at_the_next_request(client: Client) -> None:
    ae = make_user("ae")
    account = make_account(ae=ae)
    ticket = make_ticket(account)
    client.force_login(ae)
    assert client.get(f"/tickets/{ticket.pk}/").status_code == 200
    account.change({"ae": None}, by=make_user("bizops"))
    assert client.get(f"/tickets/{ticket.pk}/").status_code == 404


def test_who_was_disabled_is_out_at_the_next_request_in_every_browser(client: Client) -> None:
    cse, elsewhere = make_user("cse"), Client()
    for browser in (client, elsewhere):
        browser.force_login(cse)
        assert browser.get("/tickets/").status_code == 200
    User.objects.filter(pk=cse.pk).update(is_active=False)
    assert {browser.get("/tickets/").status_code for browser in (client, elsewhere)} == {302}


def test_a_cookie_of_before_the_password_was_changed_opens_nothing(client: Client) -> None:
    cse = make_user("cse", password="a-long-enough-password")
    client.force_login(cse)
    cse.set_password("another-long-password")
    cse.save()
    assert client.get("/tickets/").headers["Location"].startswith("/me/login/")


def test_a_cookie_is_only_for_us_and_ends_with_signing_out(client: Client) -> None:
    make_user("cse", email="ada@lanternfish.example", password="a-long-enough-password")
    client.post("/me/login/", {"login": "ada@lanternfish.example", "password": "a-long-enough-password"})
    assert client.get("/tickets/").status_code == 200
    stolen = client.cookies["fleetcs_session"].value
    assert client.cookies["fleetcs_session"]["httponly"]
    assert client.cookies["fleetcs_session"]["samesite"] == "Lax"
    client.post("/me/logout/")
    client.cookies["fleetcs_session"] = stolen
    assert client.get("/tickets/").status_code == 302


# --- caches and frames (T39) ------------------------------------------------------------------------------------------
@pytest.mark.xdist_group("walk")
def test_no_answer_may_be_kept_framed_or_guessed_at(steps: list[Step]) -> None:
    needed = ("no-store", "X-Frame-Options: DENY", "X-Content-Type-Options: nosniff", "Content-Security-Policy: ")
    bare = {
        (step.address, step.method, step.status, word)
        for step in steps
        for word in needed
        if word not in step.headers and not (step.group == NOBODY and step.address.startswith("me/"))
    }
    assert {one for one in bare if not one[0].startswith("me/")} == set()


# --- files (T17) ------------------------------------------------------------------------------------------------------
def test_files_of_twenty_hands_at_once_are_readable_by_nobody_else(settings: Any, tmp_path: Path) -> None:
    settings.ATTACHMENT_DIR = tmp_path / "attachments"
    before = os.umask(0)
    try:
        with ThreadPoolExecutor(20) as hands:
            list(hands.map(lambda number: store.keep(f"{number:032x}", b"x"), range(0, 2**128 // 16, 2**128 // 1600)))
    finally:
        os.umask(before)
    modes = {(path.is_dir(), oct(path.stat().st_mode & 0o777)) for path in settings.ATTACHMENT_DIR.rglob("*")}
    assert modes == {(True, "0o750"), (False, "0o640")}


# --- settings of a real installation (T33, T36) -----------------------------------------------------------------------
def complete() -> dict[str, str]:
    return dict.fromkeys(SECRETS, "x" * 40) | {
        "FLEETCS_MODE": "production",
        "DATABASE_URL": "postgres:///x",
        "ALLOWED_HOSTS": "desk.example",
    }


def loaded(monkeypatch: pytest.MonkeyPatch, given: dict[str, str]) -> dict[str, Any]:
    """The settings as they come out of this environment and no other."""
    for name in list(os.environ):
        if name in {*complete(), *(f"{secret}_OLD" for secret in SECRETS), "LOCAL_PASSWORDS", "BEHIND_PROXY"}:
            monkeypatch.delenv(name)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about an address of a database that is empty
        return runpy.run_path(str(product_settings.__file__))


def test_production_starts_with_everything_it_needs_and_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    found = loaded(monkeypatch, complete())
    assert found["DEBUG"] is False
    assert found["LOCAL_PASSWORDS"] is False
    assert found["ALLOWED_HOSTS"] == ["desk.example"]
    assert found["SESSION_COOKIE_SECURE"]
    assert found["CSRF_COOKIE_SECURE"]
    assert found["SECURE_SSL_REDIRECT"]
    assert found["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert found["SECURE_PROXY_SSL_HEADER"] is None


@pytest.mark.parametrize("name", [*SECRETS, "ALLOWED_HOSTS", "DATABASE_URL"])
@pytest.mark.parametrize("value", [None, "", "short"])
def test_production_refuses_to_start_without_a_secret(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str | None
) -> None:
    if value == "short" and name not in SECRETS:
        return
    given = {key: one for key, one in complete().items() if key != name} | ({name: value} if value is not None else {})
    with pytest.raises(ImproperlyConfigured, match=name):
        loaded(monkeypatch, given)


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"GITHUB_APP_ID": "4711"}, "GITHUB_APP_ID"),
        ({"GITHUB_APP_ID": "4711", "GITHUB_APP_PRIVATE_KEY": "k"}, "GITHUB_APP_ID"),
        ({"GITHUB_PUBLIC_REPO": "a/b", "GITHUB_CONFIDENTIAL_REPO": "A/b"}, "GITHUB_CONFIDENTIAL_REPO"),
    ],
)
def test_half_an_app_and_one_repository_for_both_are_no_settings(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], wrong: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=wrong):
        loaded(monkeypatch, complete() | given)


@pytest.mark.parametrize(
    ("switch", "secret"), [("ZAPIER", "ZAPIER_SECRET"), ("UNTHREAD_WEBHOOK", "UNTHREAD_SIGNING_SECRET")]
)
@pytest.mark.parametrize("value", ["", "short"])
def test_a_door_asks_for_its_secret_only_once_it_is_switched_on(
    monkeypatch: pytest.MonkeyPatch, switch: str, secret: str, value: str
) -> None:
    given = complete() | {secret: value}
    assert loaded(monkeypatch, given | {switch: "no"})[f"{secret}S"] == []
    with pytest.raises(ImproperlyConfigured, match=secret):
        loaded(monkeypatch, given | {switch: "yes"})
    new, old = "n" * 40, "o" * 40
    assert loaded(monkeypatch, given | {switch: "yes", secret: new, f"{secret}_OLD": old})[f"{secret}S"] == [new, old]


def test_a_ticket_system_that_nobody_knows_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match="TICKET_SYSTEM"):
        loaded(monkeypatch, complete() | {"TICKET_SYSTEM": "pigeon"})


def test_a_key_may_be_given_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    app = {"GITHUB_APP_ID": "4711", "GITHUB_INSTALLATION_ID": "7", "GITHUB_APP_PRIVATE_KEY": "one\\ntwo"}
    assert loaded(monkeypatch, complete() | app)["GITHUB_APP_PRIVATE_KEY"] == "one\ntwo"


def test_secrets_of_one_machine_are_made_there_and_are_in_no_file_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (loaded(monkeypatch, {"FLEETCS_MODE": "development"})["SECRET_KEY"] for _ in range(2))
    assert first != second
    listed = [CHECKOUT / app for app in ("fleetcs", "accounts", "support", "opportunities", "templates", "static")]
    texts = [
        one.read_text(errors="replace")
        for folder in listed
        for one in folder.rglob("*")
        if one.suffix in {".py", ".yaml", ".html", ".js", ".css", ".json", ".toml"}
    ]
    assert [text[:60] for text in texts if "django-insecure" in text or "BEGIN PRIVATE KEY" in text] == []


def test_whoever_is_somebody_is_no_superuser() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_user("administrator", is_superuser=True)
    assert connection.is_usable()
