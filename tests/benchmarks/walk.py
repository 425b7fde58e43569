"""Which pages are measured, at which sizes, and what each of them must show."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from fleetcs.local.postgres import Cluster
from support.demo.words import COMMON, RARE
from tests.benchmarks.pages import Measured, Page, Visitor, measure, visitor_of
from tests.benchmarks.places import Database, run, seeded, serving

BARE = ("django.core.wsgi:get_wsgi_application()", {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.bare.settings"})
OURS: tuple[str, dict[str, str]] = ("fleetcs.wsgi", {})
SAID = 'class="entry-body'
ROW, BARE_ROW = 'data-panel="/tickets/', '<td><a href="/tickets/'


@contextmanager
def sites(server: Cluster, sizes: tuple[int, int]) -> Iterator[list[Visitor]]:
    """Ours and the bare one on both databases, all running at once; somebody signed in on each."""
    database = Database.of(server)
    run("django", "collectstatic", "--no-input")
    with ExitStack() as stack:
        visitors = []
        for tickets in sizes:
            name = stack.enter_context(seeded(server, tickets))
            for kind, (application, more) in (("ours", OURS), ("bare", BARE)):
                site = stack.enter_context(serving(server, f"{kind}-{tickets}", application, name, **more))
                visitors.append(visitor_of(kind, tickets, site, database, customer_in(server, name)))
        yield visitors


def customer_in(server: Cluster, database: str) -> dict[str, str]:
    """An account with a contract and the address of somebody there."""
    asked = """SELECT a.name, c.email FROM accounts_account a JOIN accounts_contact c ON c.account_id = a.id
               JOIN accounts_contract k ON k.account_id = a.id WHERE k.tier = 'premium' ORDER BY a.id LIMIT 1"""
    with server.connect(database) as plain:
        row = plain.execute(asked).fetchone()
    if row is None:
        raise SystemExit(f"{database} holds no customer")
    return {"account": row[0], "address": row[1]}


def ticket_in(server: Cluster, database: str) -> int:
    """The number of a ticket in the middle of the year, with its three messages."""
    with server.connect(database) as plain:
        row = plain.execute("SELECT (max(id) + min(id)) / 2 FROM support_ticket").fetchone()
    return int(row[0]) if row else 0


def pages(visitors: list[Visitor], server: Cluster) -> list[Page]:
    """The pages of P1 and P3 to P7, and lists beside them that must not grow."""
    number, rare = ticket_in(server, visitors[0].browser.site.database), max(1, visitors[0].tickets // 10_000)
    return [
        Page("queue, 50 rows", "/tickets/", ROW, "/", BARE_ROW, times=50, ratio=1.7, statements=8),
        Page(
            "ticket page",
            f"/tickets/{number}/",
            SAID,
            f"/tickets/{number}/",
            "<article>",
            times=3,
            ratio=2.5,
            statements=12,
        ),
        Page(
            "open a ticket",
            "/tickets/new/",
            "/tickets/",
            "/tickets/new",
            "/tickets/",
            ratio=2.5,
            statements=14,
            creates=True,
        ),
        Page("managers' page", "/figures/", "Premium", "/figures", "premium", times=1, ratio=4, statements=6),
        Page("search, rare word", f"/tickets/?q={RARE}", ROW, f"/search?q={RARE}", BARE_ROW, times=rare, ratio=3),
        Page(
            "search, every tenth",
            f"/tickets/?q={COMMON}",
            ROW,
            f"/search?q={COMMON}",
            BARE_ROW,
            times=50,
            ratio=3,
            grows=0,
        ),
        Page("accounts", "/accounts/", "/accounts/", times=50),
        Page("unanswered", "/unanswered/", "<h1"),
        Page("board", "/board/", "<h1"),
    ]


def walked(visitors: list[Visitor], server: Cluster, only: str) -> Iterator[Measured]:
    for page in pages(visitors, server):
        if only in page.name:
            yield from measure(page, visitors)
