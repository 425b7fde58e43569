"""Every page is for everybody: axe finds nothing, the browser complains of nothing, no page is wider than its window.

The pages are those of the matrix, filled by the made-up firm; in light and dark, at a desk and on a telephone.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from django.core.management import call_command
from django.db.models import Count
from playwright.sync_api import BrowserContext, Page

from accounts.models import Account, Contract
from fleetcs.local.demo import PACK
from support.models import BugReport, Clock, Message, Ticket
from tests.browser import PHONE
from tests.house import walk
from tests.house.matrix import matrix
from tests.house.walk import NOBODY, Visitor
from tests.house.world import World, firm

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WINDOWS: Final = {"desk": {"viewport": {"width": 1366, "height": 768}}, "telephone": PHONE}
SCHEMES: Final = ("light", "dark")
GROUPS: Final = ("VP", "ADM", "AE", "BIZ", "CRO", "CEO")
OF_EACH: Final = "opportunities/<int:pk>/close/"  # offers each post its own steps
MAIN: Final = (
    "",
    "tickets/",
    "tickets/<int:pk>/",
    "unanswered/",
    "board/",
    "figures/",
    "accounts/<int:pk>/",
    "operations",
    "calculator/",
    "handbook",
)

type Open = Callable[..., BrowserContext]


def pages(world: World, group: str, known: set[str]) -> Iterator[str]:
    """The paths of all whole pages that somebody may see, but those that were seen already."""
    visitor = Visitor(world, group, HTTP_ACCEPT="text/html")
    for address, entry in matrix().items():
        if entry.offers("GET") and address not in known:
            path = visitor.path(address, entry.kind, "foreign" if group == NOBODY else "own")
            answer = visitor.ask("GET", path)
            if answer.status_code == 200 and walk.body_of(answer).lstrip()[:9].lower() == b"<!doctype":
                known.add(address)
                yield path


def richest(world: World) -> None:
    """Let the records of the addresses be those that have the most to show."""
    ticket = Ticket.objects.open().annotate(size=Count("messages")).order_by("-size").first()
    BugReport.objects.suspect(ticket, by=world.people["VP"])
    account = Account.objects.annotate(size=Count("tickets")).order_by("-size").first()
    records = {
        "ticket": ticket,
        "account": account,
        "contract": Contract.objects.filter(account=account).first(),
        "clock": Clock.objects.filter(missed=True, cause="").last(),
        "message": Message.objects.exclude(html="").last(),
    }
    for mine in (*world.own.values(), world.foreign):
        mine.update({kind: {"pk": record.pk} for kind, record in records.items() if record})


def faults(page: Page, path: str, accessibility_faults: Callable[[Page], list[str]]) -> list[str]:
    """What is wrong with a page in light and in dark, one line a fault."""
    page.goto(path)
    page.wait_for_load_state("networkidle")
    found = ["wider than its window"] * page.evaluate("document.documentElement.scrollWidth > innerWidth")
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.wait_for_selector(f"html[data-bs-theme={scheme}]", state="attached")
        found += [f"{scheme}: {fault}" for fault in accessibility_faults(page)]
    return [f"{path}: {fault}" for fault in found]


@pytest.mark.slow
@pytest.mark.xdist_group("pages")  # beside the walks of the other worker
@pytest.mark.parametrize("window", WINDOWS)
def test_every_page_is_for_everybody(window: str, open_context: Open, sign_in: Any, accessibility_faults: Any) -> None:
    call_command("load_handbook", str(PACK), verbosity=0)
    call_command("demo_data", tickets=60, verbosity=0)
    world, known, found = firm(GROUPS), set[str](), list[str]()
    richest(world)
    for group in (*GROUPS, NOBODY):
        context = open_context(**WINDOWS[window])
        if group != NOBODY:
            sign_in(context, world.people[group])
        page = context.new_page()
        for path in pages(world, group, known):
            found += faults(page, path, accessibility_faults)
        known.discard(OF_EACH)
    assert len(known) > 60
    assert found == []


@pytest.mark.slow
def test_the_ten_main_pages_are_for_everybody(open_context: Open, sign_in: Any, accessibility_faults: Any) -> None:
    world = firm(("VP", "AE", "CSE"))
    context = open_context(**WINDOWS["desk"])
    sign_in(context, world.people["VP"])
    page, visitor, table = context.new_page(), Visitor(world, "VP"), matrix()
    paths = [visitor.path(address, table[address].kind, "own") for address in MAIN]
    assert [fault for path in paths for fault in faults(page, path, accessibility_faults)] == []
