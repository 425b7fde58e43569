"""The real stand-ins in a process of their own: addresses, knobs and journal for tests that let something leave."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
import requests
from pytest_django.fixtures import Settings

from fleetcs import clock
from fleetcs.local import folders
from fleetcs.local.processes import until
from fleetcs.local.standins import github

TOKENS = {
    "SLACK_BOT_TOKEN": "xoxb-test",
    "MAILGUN_API_KEY": "key-test",
    "SMS_ACCOUNT": "AC0",
    "SMS_TOKEN": "sms-test",
    "ZENDESK_EMAIL": "import@lanternfish.example",
    "ZENDESK_API_TOKEN": "zendesk-test",
    "SALESFORCE_CLIENT_ID": "fleetcs",
    "SALESFORCE_CLIENT_SECRET": "salesforce-test",
}
AT_GITHUB = {
    "GITHUB_TOKEN": github.TOKEN,
    "GITHUB_ORG": github.ORG,
    "GITHUB_PUBLIC_REPO": github.PUBLIC,
    "GITHUB_CONFIDENTIAL_REPO": github.CONFIDENTIAL,
}
Heard = list[tuple[str, dict[str, str], bytes]]
SPOKEN_TO = ("SLACK", "MAILGUN", "SMS", "GITHUB")


class StandIns:
    """One running process; `turn`, `release`, `reset` act on it, the rest reads what has left."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.process = self._started()

    @property
    def environment(self) -> dict[str, str]:
        """What a process of the product needs to speak to these stand-ins."""
        urls = {f"{name}_API_URL": self.urls[f"{name.lower()}_api_url"] for name in SPOKEN_TO}
        urls["SALESFORCE_LOGIN_URL"] = self.urls["salesforce_login_url"]
        urls["ZENDESK_URL"] = self.urls["zendesk_url"]
        return {**urls, "OUTSIDE_CA_FILE": self.urls["ca_file"], "SMS_FROM": "+15005550006", **TOKENS, **AT_GITHUB}

    @property
    def urls(self) -> dict[str, str]:
        announced: dict[str, str] = json.loads((self.state / "announced").read_text())
        return announced

    def turn(self, service: str, **knobs: object) -> None:
        """Set faults of one service: `standins.turn("slack", p_lost=1, times=1, only="chat.postMessage")`."""
        self._post("knobs", {service: knobs})

    def release(self) -> None:
        """Let held answers go."""
        self._post("release", {})

    def reset(self, clock_file: str) -> None:
        """Forget everything; from now on live by the clock in that file."""
        self._post("reset", {})
        self._post("clock", {"file": clock_file})

    def said(self, channel: str, user: str, text: str, thread_ts: str = "") -> dict[str, Any]:
        """Let a person have written in Slack, without telling the product."""
        message = {"channel": channel, "user": user, "text": text, "thread_ts": thread_ts}
        told: dict[str, Any] = self._post("said", message).json()
        return told

    def journal(self, service: str = "", path: str = "", at_least: int = 0, wait: float = 10) -> list[dict[str, Any]]:
        """What was received and answered; waits until there are `at_least` entries, at most `wait` seconds."""
        asked = {"service": service, "path": path, "at_least": at_least, "wait": wait if at_least else 0}
        entries: list[dict[str, Any]] = self._get("journal", asked).json()
        return entries

    def messages(self, channel: str) -> list[dict[str, Any]]:
        """The Slack messages of one channel, oldest first."""
        found: list[dict[str, Any]] = self._get("state").json()["slack"].get(channel, [])
        return found

    def mails(self) -> list[dict[str, Any]]:
        """The mails that left, oldest first."""
        found: list[dict[str, Any]] = self._get("state").json()["mails"]
        return found

    def texts(self) -> list[dict[str, Any]]:
        """The text messages that left, oldest first."""
        found: list[dict[str, Any]] = self._get("state").json()["texts"]
        return found

    def act(self, what: str, **given: object) -> Any:
        """Let people or administrators do something in Salesforce itself (standins/salesforce/people.py)."""
        return self._post("salesforce", {"act": what, **given}).json()

    def records(self, object: str) -> list[dict[str, Any]]:
        """The records of one object in Salesforce, deleted ones too."""
        found: list[dict[str, Any]] = self._get("salesforce/rows", {"object": object}).json()
        return found

    def github(self, repo: str = github.PUBLIC) -> dict[str, list[dict[str, Any]]]:
        """Labels, issues and comments of one repository at GitHub."""
        found: dict[str, list[dict[str, Any]]] = self._get("state").json()["github"][repo]
        return found

    def at_github(self, *facts: dict[str, Any], **limits: int) -> None:
        """Let rows of GitHub's have these values, and so much be allowed."""
        self._post("github", {"facts": facts, "limits": limits})

    def at_zendesk(self, **rows: list[dict[str, Any]]) -> None:
        """Let Zendesk have these rows: tickets, comments, users, organizations, metric_sets."""
        self._post("zendesk", rows)

    def quota_used(self) -> int:
        """How many calls of this hour GitHub has counted."""
        return int(self._get("github").json()["used"].get("core", 0))

    def as_person(self, login: str, method: str, path: str, said: object = None) -> Any:
        """Somebody does something at GitHub through its API: `as_person("ines", "POST", "/repos/…/issues", {…})`."""
        url, headers = self.urls["github_api_url"] + path, {"Authorization": f"token ghp_{login}"}
        answer = requests.request(method, url, json=said, headers=headers, verify=self.urls["ca_file"], timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def kill(self) -> None:
        """End it the hard way."""
        self.process.kill()
        self.process.wait(10)

    def restart(self) -> None:
        """Start it again on the same state and the same ports."""
        self.process = self._started()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)

    def _started(self) -> subprocess.Popen[bytes]:
        announced = self.state / "announced"
        announced.unlink(missing_ok=True)
        command = [sys.executable, "-m", "fleetcs.local.standins", "--state", str(self.state)]
        options = ["--announce", str(announced), "--parent-pid", str(os.getpid())]
        process = subprocess.Popen([*command, *options], cwd=folders.CHECKOUT, stdout=subprocess.DEVNULL)
        assert until(lambda: announced.exists() or process.poll() is not None, 20)
        assert process.poll() is None
        return process

    def _get(self, path: str, asked: dict[str, Any] | None = None) -> requests.Response:
        return requests.get(self.urls["index_url"] + path, params=asked, timeout=60)

    def _post(self, path: str, said: dict[str, Any]) -> requests.Response:
        answer = requests.post(self.urls["index_url"] + path, json=said, timeout=10)
        answer.raise_for_status()
        return answer


@pytest.fixture(scope="session")
def standins_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIns]:
    """One process for all tests of a worker."""
    running = StandIns(tmp_path_factory.mktemp("standins"))
    yield running
    running.stop()


@pytest.fixture
def standins(standins_process: StandIns, settings: Settings) -> StandIns:
    """Empty, faultless stand-ins that this test's product speaks to, on this test's clock."""
    for name, value in standins_process.environment.items():
        setattr(settings, name, value)
    standins_process.reset(settings.CLOCK_FILE)
    return standins_process


@pytest.fixture
def line(standins: StandIns, settings: Settings) -> StandIns:
    """An empty Salesforce in which this test's app has not signed in yet, at a moment that is known."""
    settings.SALESFORCE_CLIENT_ID = f"fleetcs-{uuid4()}"
    clock.set_to(datetime(2026, 3, 2, 15, 30, 10, tzinfo=UTC))
    return standins


@pytest.fixture
def product() -> Iterator[tuple[str, Heard]]:
    """Something that listens where the product would, and what it heard."""
    heard: Heard = []

    class Listening(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((self.path, dict(self.headers), body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Listening) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", heard
        server.shutdown()
