"""The pages of those who sell, with a thousand deals and leads and with a hundred thousand: they must not grow."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Final

from fleetcs.local.postgres import Cluster
from tests.benchmarks.browser import Browser
from tests.benchmarks.dealing import AE
from tests.benchmarks.pages import Page, Visitor, measure
from tests.benchmarks.places import Database, run, seeded, serving
from tests.benchmarks.table import Goal, Table

SIZES: Final = (1_000, 100_000)
QUICK: Final = (1_000, 10_000)
TICKETS: Final = 5_000
DEAL, LEAD = "/opportunities/", "/leads/"
# What is searched for is one record or a few, at either size: a page that fills with what is like it grows by that.
PAGES: Final = (
    Page("opportunities", "/opportunities/", DEAL, times=50),
    Page("opportunities, found by a word", "/opportunities/?q=k+857+20", "Brook 857 2026"),
    Page("leads", "/leads/", LEAD, times=50),
    Page("leads, found by a word", "/leads/?q=lead857@", "Ada Lund 857"),
    Page("stage history", "/pipeline/moves/", DEAL, times=25),
    Page("opportunity", "/opportunities/500/", "Stage history"),
)
# What adds up all open deals, or all there were, grows with them: not faster than they do, and stays bearable.
SUMS: Final = (
    Page("pipeline", "/pipeline/", "Negotiation"),
    Page("pipeline of a past day", "/pipeline/past/?on=2026-06-30", "Negotiation"),
    Page("review of the pipeline", "/pipeline/review/", DEAL),
    Page("weekly review of leads", "/leads/weekly/", "MQL"),
)
BEARABLE: Final = 1_000  # milliseconds


def selling(server: Cluster, *, quick: bool) -> Iterator[Goal]:
    """As an account executive sees them."""
    sizes, database = QUICK if quick else SIZES, Database.of(server)
    sums = [replace(page, grows=sizes[-1] / sizes[0]) for page in SUMS]
    run("django", "collectstatic", "--no-input")
    with ExitStack() as stack:
        visitors = [visitor(stack, server, database, number) for number in sizes]
        table = Table(one for page in (*PAGES, *sums) for one in measure(page, visitors))
    print(table.text())
    yield from table.goals()
    for one in table.lines.values():
        if one.page in sums:
            yield Goal(f"{one.page.name}, {one.tickets:,} deals: CPU", one.cpu, BEARABLE, unit=" ms")


def visitor(stack: ExitStack, server: Cluster, database: Database, number: int) -> Visitor:
    """Somebody signed in on a site with so many deals and leads."""
    name = stack.enter_context(seeded(server, TICKETS, f"deals_{number}"))
    run("tests.benchmarks.dealing", str(number), DATABASE_URL=server.url(name))
    browser = Browser(stack.enter_context(serving(server, f"deals-{number}", "fleetcs.wsgi", name)))
    browser.sign_in("/me/login/", AE)
    return Visitor("ours", number, browser, database)
