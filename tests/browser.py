"""A real Chromium for the pages. A page that complains (console, script error, broken CSP) fails its test."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.db import connection, connections
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

from fleetcs.local.processes import until

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
HOW = "No Chromium: none on PATH, and neither Playwright nor apt-get could install one. Install Chromium and try again."
# An answer with an explanation is no fault of the page; Chromium reports every 4xx as an error all the same.
EXPLAINED = re.compile(r"Failed to load resource: the server responded with a status of (409|422) ")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of this worker."""
    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(playwright), args=FLAGS)
        yield browser
        browser.close()
        # Connections opened beside that loop are others than those without it, and nobody else closes them.
        connections.close_all()


def chromium(playwright: Playwright) -> str:
    """The browser's program: on PATH, else Playwright's own, else installed now; else the test fails with one line."""
    own = Path(playwright.chromium.executable_path)
    for install in (None, [sys.executable, "-m", "playwright", "install", "chromium"], _apt_get()):
        if install:
            subprocess.run(install, check=False, stdin=subprocess.DEVNULL, capture_output=True)
        found = next(filter(None, map(shutil.which, NAMES)), str(own) if own.exists() else None)
        if found:
            return found
    pytest.fail(HOW, pytrace=False)


def _apt_get() -> list[str] | None:
    allowed = os.geteuid() == 0 and shutil.which("apt-get")
    return ["apt-get", "install", "-y", "--no-install-recommends", "chromium"] if allowed else None


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What pages of this test complained about; a test that provokes one looks at it and removes it."""
    found: list[str] = []
    yield found
    assert not found, "\n".join(found)


@pytest.fixture
def open_context(browser: Browser, live_server: Any, complaints: list[str]) -> Iterator[Callable[..., BrowserContext]]:
    """A fresh browser profile on the running product: `open_context(color_scheme="dark")`, `open_context(**PHONE)`."""
    opened: list[BrowserContext] = []

    def open_one(**options: Any) -> BrowserContext:
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(10_000)
        context.on("console", lambda message: _note(message, complaints))
        context.on("weberror", lambda error: complaints.append(f"script error: {error.error}"))
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()
    assert until(_is_idle, 10)  # what a page still asks for would stand in the way of emptying the tables


def _is_idle() -> bool:
    """Whether nobody else is in the middle of a transaction on this database."""
    busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with connection.cursor() as cursor:
        cursor.execute(f"{busy} AND state <> 'idle'")
        return bool(cursor.fetchone()[0] == 0)


def _note(message: ConsoleMessage, complaints: list[str]) -> None:
    """Violations of the CSP are console errors too."""
    if message.type == "error" and not EXPLAINED.match(message.text):
        complaints.append(f"console: {message.text} ({message.location.get('url')})")


@pytest.fixture
def context(open_context: Callable[..., BrowserContext]) -> BrowserContext:
    return open_context()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty page of the first profile; `page.goto("/")` reaches the product."""
    return context.new_page()


@pytest.fixture
def sign_in(live_server: Any) -> Callable[..., None]:
    """Sign a user in without the form: `sign_in(context, user)`."""

    def sign(context: BrowserContext, user: Any) -> None:
        client = Client()
        client.force_login(user)
        name = django_settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])

    return sign


@pytest.fixture
def accessibility_faults() -> Callable[[Page], list[str]]:
    """What axe finds wrong on a page, one line a fault."""

    def faults(page: Page) -> list[str]:
        # preloading would have axe write our style sheets into the page, which the CSP rightly refuses
        found = Axe().run(page, options={"preload": False}).response["violations"]
        return [f"{fault['id']}: {node['html'][:160]}" for fault in found for node in fault["nodes"]]

    return faults
