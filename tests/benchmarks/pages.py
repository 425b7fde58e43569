"""Pages, ours beside the bare one: short rounds in turn, processor time of web and database, whether it is right."""

import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

from tests.benchmarks.browser import TOKEN, Answer, Browser
from tests.benchmarks.places import Database, Site

ROUND: Final = 0.35  # seconds that a round of one site lasts, about
ROUNDS: Final = 7
MOMENT: Final = re.compile(r'value="(\d{4}-\d\d-\d\dT\d\d:\d\d)"')
LOGIN: Final = {"ours": "/me/login/", "bare": "/login"}


@dataclass(frozen=True)
class Page:
    """One page in both sites. `shows` is text that must be on it so many times; `ratio` the goal beside bare."""

    name: str
    ours: str
    shows: str
    bare: str = ""
    bare_shows: str = ""
    times: int = 1
    ratio: float = 0.0
    statements: int = 15
    grows: float = 1.3
    creates: bool = False

    def path(self, kind: str) -> str:
        return self.ours if kind == "ours" else self.bare

    def problem(self, answer: Answer, kind: str) -> str:
        """What is wrong with an answer, or ""."""
        if answer.status != (302 if self.creates else 200):
            return f"{self.name} of {kind}: status {answer.status} {answer.text[:300]}"
        wanted, found = (self.shows, answer.location if self.creates else answer.text)
        wanted = wanted if kind == "ours" else self.bare_shows
        return "" if found.count(wanted) >= self.times else f"{self.name} of {kind}: {wanted!r} {found.count(wanted)}x"


@dataclass
class Visitor:
    """Who asks one site, and what its answers have cost so far."""

    kind: str
    tickets: int
    browser: Browser
    database: Database
    web: list[float] = field(default_factory=list)
    stored: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    statements: int = 0
    size: int = 0
    given: dict[str, str] = field(default_factory=dict)

    def begin(self) -> None:
        """A new page."""
        self.web, self.stored, self.waited = [], [], []

    def ask(self, page: Page) -> Answer:
        """One request, whose answer must be right."""
        path = page.path(self.kind)
        answer = self.browser.post(path, self.form()) if page.creates else self.browser.get(path)
        if problem := page.problem(answer, self.kind):
            raise SystemExit(problem)
        return answer

    def form(self) -> dict[str, str]:
        """A new ticket; the first form's CSRF token serves for all."""
        fields = {
            "subject": "Hosts are offline",
            "came_by": "call",
            "text": "They went offline at noon.",
            "priority": "P2",
            "form_token": uuid4().hex,
        }
        return fields | self.given

    def warm_up(self, page: Page) -> int:
        """Ask until everything is in memory; how many requests make a round."""
        spent = min(self.ask(page).seconds for _ in range(6))
        self.database.forget_statements()
        self.size = self.ask(page).size
        self.statements = self.database.statements(self.browser.site.database)
        return max(4, round(ROUND / max(spent, 0.001)))

    def round(self, page: Page, requests: int) -> None:
        """A short round: seconds of processor time for each request, of the web server and of PostgreSQL."""
        web, stored = self.browser.site.cpu(), self.database.cpu()
        self.waited += [self.ask(page).seconds for _ in range(requests)]
        self.web.append((self.browser.site.cpu() - web) / requests)
        self.stored.append((self.database.cpu() - stored) / requests)

    @property
    def cpu(self) -> float:
        """Milliseconds a request, web and database together: the median of the rounds."""
        return 1000 * statistics.median(map(sum, zip(self.web, self.stored, strict=True)))

    def waited_at(self, percent: int) -> float:
        return 1000 * statistics.quantiles(self.waited, n=100, method="inclusive")[percent - 1]


@dataclass(frozen=True)
class Measured:
    """One page of both sites at both sizes, in milliseconds of processor time and of waiting."""

    page: Page
    kind: str
    tickets: int
    web: float
    stored: float
    cpu: float
    p50: float
    p95: float
    statements: int
    size: int


def measure(page: Page, visitors: list[Visitor], rounds: int = ROUNDS) -> Iterator[Measured]:
    """Ours, bare, ours, bare …: what else the machine does meets all of them alike."""
    for visitor in visitors:
        visitor.begin()
    visitors = [visitor for visitor in visitors if page.path(visitor.kind)]
    sizes = [visitor.warm_up(page) for visitor in visitors]
    for _ in range(rounds):
        for visitor, requests in zip(visitors, sizes, strict=True):
            visitor.round(page, requests)
    for visitor in visitors:
        yield Measured(
            page,
            visitor.kind,
            visitor.tickets,
            1000 * statistics.median(visitor.web),
            1000 * statistics.median(visitor.stored),
            visitor.cpu,
            visitor.waited_at(50),
            visitor.waited_at(95),
            visitor.statements,
            visitor.size,
        )


def visitor_of(kind: str, tickets: int, site: Site, database: Database, customer: dict[str, str]) -> Visitor:
    """Somebody signed in, with what the form of a new ticket needs at hand."""
    browser = Browser(site)
    browser.sign_in(LOGIN[kind])
    new = browser.get("/tickets/new/" if kind == "ours" else "/tickets/new").text
    given = {"csrfmiddlewaretoken": dict(TOKEN.findall(new))["csrfmiddlewaretoken"]}
    if moment := MOMENT.search(new):
        given["received_at"] = moment[1]
    return Visitor(kind, tickets, browser, database, given=given | customer)
