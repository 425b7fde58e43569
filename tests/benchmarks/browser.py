"""A person at a page, as fast as the site answers: one connection, one request at a time."""

import http.client
import re
import time
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from tests.benchmarks.places import KEYS, Site
from tests.benchmarks.seeding import AGENT

TOKEN = re.compile(r'name="(csrfmiddlewaretoken|form_token|version)" value="([^"]*)"')


@dataclass(frozen=True)
class Answer:
    """What came back, and how long it took in seconds."""

    status: int
    text: str
    size: int
    seconds: float
    location: str = ""


@dataclass
class Browser:
    """Signed in as a customer support engineer once `sign_in` has been called."""

    site: Site
    cookies: dict[str, str] = field(default_factory=dict)
    line: http.client.HTTPConnection | None = None

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        return self.send("POST", path, urlencode(fields).encode())

    def send(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """One request; cookies are kept, redirects are not followed."""
        self.line = self.line or http.client.HTTPConnection("localhost", self.site.port, timeout=60)
        headers = {
            "X-Forwarded-Proto": "https",
            "Host": "localhost",
            "Origin": "https://localhost",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        begun = time.perf_counter()
        self.line.request(method, path, body, headers)
        response = self.line.getresponse()
        raw = response.read()
        spent = time.perf_counter() - begun
        self.keep(response)
        text = raw.decode(errors="replace")
        return Answer(response.status, text, len(raw), spent, response.headers.get("Location", ""))

    def keep(self, response: http.client.HTTPResponse) -> None:
        for value in response.headers.get_all("Set-Cookie") or ():
            self.cookies |= {name: one.value for name, one in SimpleCookie(value).items()}

    def hidden(self, path: str) -> dict[str, str]:
        """The hidden fields of the form at an address."""
        return dict(TOKEN.findall(self.get(path).text))

    def sign_in(self, path: str, login: str = AGENT) -> None:
        """With address and password, as a person does."""
        given = self.hidden(path) | {"login": login, "password": KEYS["DEMO_PASSWORD"]}
        answer = self.post(path, given)
        if answer.status != 302:
            raise SystemExit(f"{self.site.name}: signing in was answered {answer.status}\n{answer.text[:2000]}")
