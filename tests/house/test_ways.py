"""To every page there is a way: from a start page by links and buttons, or by a list's name in the search."""

import html
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import pytest
from django.apps import apps
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve, reverse

from fleetcs.local.folders import CHECKOUT
from fleetcs.models import User
from fleetcs.search import lists
from tests.factories import make_user
from tests.house import walk
from tests.house.matrix import Entry, matrix
from tests.house.world import firm
from tests.visiting import client_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("post", "page", "to"),
    [
        pytest.param("cro", "/", "/today/reps/", marks=pytest.mark.ledger("REP-01")),
        pytest.param("cro", "/today/reps/", "/pipeline/reps/", marks=pytest.mark.ledger("REP-01")),
        ("sdr", "/pipeline/", "/pipeline/reps/"),
        ("sc", "/pipeline/", "/pipeline/criteria/"),
        ("csm", "/pipeline/", "/pipeline/pocs/"),
        ("ae", "/pipeline/", "/outreach/"),
        ("ae", "/pipeline/", "/materials/"),
        ("bizops", "/papers/", "/terms/"),
        ("bizops", "/papers/", "/countries/"),
        ("cse", "/licenses/", "/trials/"),
    ],
)
def test_a_page_is_linked_where_its_people_look(post: str, page: str, to: str) -> None:
    client = client_of(make_user(post))
    assert f'"{to}"' in client.get(page).content.decode()
    assert client.get(to).status_code == 200


def test_a_page_is_not_linked_for_those_who_may_not_open_it() -> None:
    for post, page, to in (("ae", "/", "/today/reps/"), (None, "/pipeline/", "/pipeline/reps/")):
        assert f'"{to}"' not in client_of(make_user(post)).get(page).content.decode()
    assert "/trials/" not in client_of(make_user("bizops")).get("/licenses/").content.decode()


def test_every_list_beside_the_menu_is_found_by_its_name_by_those_who_may_see_it() -> None:
    everybody = [make_user(post) for post in ("cro", "vp_cs", "bizops", "sdr")]
    for entry in (entry for config in apps.get_app_configs() for entry in getattr(config, "lists", [])):
        url = reverse(entry["url_name"])
        found = {user: {hit.url for hit in lists(user, entry["label"].upper())} for user in everybody}
        assert {user for user in everybody if url in found[user]} == {
            user for user in everybody if user.may(entry["action"])
        }
        assert any(url in urls for urls in found.values())


def test_the_palette_offers_a_list_by_words_of_its_name_in_any_order() -> None:
    page = client_of(make_user("cro")).get("/palette", {"q": "ACTIVITY rep"}).content.decode()
    assert 'href="/pipeline/reps/"' in page
    assert "/pipeline/reps/" not in client_of(make_user(None)).get("/palette", {"q": "rep activity"}).content.decode()


# --- the walk --------------------------------------------------------------------------------------------------------
APPS: Final = ("fleetcs", "accounts", "opportunities", "support")
WALKERS: Final = ("ADM", "BIZ", "CSE", "CSM", "AE", "VP", "CRO", "CEO")
TRIES: Final = 3  # records of one address that somebody looks at: not every one offers every step
LINK: Final = re.compile(r' (?:href|action|formaction|hx-get|data-panel|data-url)="(/[^"?#]*)')
AWAY: Final = {
    "healthz": "asked by the machines that watch the product",
    "readyz": "asked by the machines that watch the product",
    "shared/<slug:token>/": "a customer comes by the link in a mail, or from a colleague",
    "pipeline/column/": "more of a column, once it has more cards than the board shows",
}
BY_STATE: Final = {  # pages of a record that only some state of it offers, which the made-up firm does not have
    "a look at the codename of an account, which is written down and so a POST": (
        *("accounts/<int:pk>/codename/choose", "accounts/<int:pk>/labels/", "codenames/<int:pk>/describe"),
        *("customer-notes/<int:pk>/", "customer-requests/<int:pk>/commit/", "customer-requests/<int:pk>/label/"),
    ),
    "a POST that begins it": (
        *("bulk/<int:pk>", "csv/<int:pk>", "csv/<int:pk>/columns", "tickets/bulk/<int:pk>/", "recounts/<int:pk>/"),
    ),
    "a paper that has been submitted, approved, signed by all or sent": (
        *("agreements/<int:pk>/copy/", "agreements/<int:pk>/execute/", "agreements/<int:pk>/file/"),
        "reviews/<int:pk>/close/",
        *("quotes/<int:pk>/refuse/", "quotes/<int:pk>/send/", "invoices/<int:pk>/edit/", "closes/<int:pk>/issue/"),
    ),
    "a ticket that is an emergency, resolved, unknown, like another, or waits for its search or its answer": (
        *("emergency/<slug:tier>/", "tickets/<int:pk>/reopen/", "triage/<int:pk>/away/", "triage/<int:pk>/contact/"),
        *("tickets/<int:pk>/bug/confirm/", "tickets/<int:pk>/bug/find/", "tickets/<int:pk>/bug/same/"),
        *("tickets/<int:pk>/bug/not-same/", "messages/<int:pk>/state/", "threads/<int:pk>/"),
    ),
    "an extension that has been asked for": ("trials/<int:pk>/extend",),
}
SIGNING_IN: Final = (
    "me/(login|inactive|reauthenticate|cancelled|error|password|2fa)/"  # before the first page, or by it
)


def ways(page: str) -> Iterable[str]:
    """Where links, buttons and forms of a page lead."""
    return dict.fromkeys(html.unescape(found) for found in LINK.findall(page))


def route_of(path: str) -> str:
    try:
        return str(resolve(path).route)
    except Resolver404:
        return ""


@dataclass
class Walker:
    """Somebody who follows what pages lead to, from the first page and from the lists that the palette finds."""

    user: User
    table: dict[str, Entry]
    looked: Counter[str] = field(default_factory=Counter)
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.client = client_of(self.user)
        self.client.post("/me/favourites/star", {"page": "people", "wish": "keep"})
        self.waiting = deque(["/", *(hit.url for hit in lists(self.user, ""))])

    def walk(self, records: int) -> set[str]:
        """The addresses they come to with so many records of each in all; further records wait for the next round."""
        later = list[str]()
        while self.waiting:
            path = self.waiting.popleft()
            route = route_of(path)
            if path in self.seen or not self.offers(route):
                continue
            if self.looked[route] >= (records if "<" in route else 1):
                later.append(path)
            else:
                self.look(path, route)
        self.waiting.extend(later)
        return set(self.looked)

    def offers(self, route: str) -> bool:
        return route in self.table and self.table[route].offers("GET")

    def look(self, path: str, route: str) -> None:
        self.seen.add(path)
        answer = self.client.get(path)
        page = walk.body_of(answer)
        if answer.status_code == self.table[route].granted("GET"):
            self.looked[route] += 1
            self.waiting += ways(page.decode(errors="replace"))


def unreached(wanted: set[str]) -> set[str]:
    """What nobody comes to: by one record of each address, and where that leaves some, by more of them."""
    table = matrix()
    walkers = [Walker(user, table) for group, user in firm(WALKERS).people.items() if group in WALKERS]
    for records in range(1, TRIES + 1):
        for walker in walkers:
            if wanted:
                wanted = wanted - walker.walk(records)
    return wanted


def named(resolver: URLResolver, before: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """Every address with its name."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield before + str(entry.pattern), f"{space}{entry.name}"
        else:
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from named(entry, before + str(entry.pattern), inner)


def offered() -> set[str]:
    """Addresses whose names stand in a template or a module, whatever state of a record it takes to see them."""
    files = [*CHECKOUT.glob("templates/**/*.html"), *(path for app in APPS for path in CHECKOUT.glob(f"{app}/**/*.py"))]
    text = "\n".join(path.read_text() for path in files if path.name != "urls.py")
    words = {word for pair in re.findall(r"""'([\w:]+)'|"([\w:]+)\"""", text) for word in pair if word}
    return {address for address, name in named(get_resolver("fleetcs.urls")) if name in words}


@pytest.mark.slow
def test_to_every_page_there_is_a_way_from_the_first_page_of_somebody() -> None:
    known = {*AWAY, *(address for group in BY_STATE.values() for address in group)}
    wanted = {address for address, entry in matrix().items() if entry.offers("GET")} - known
    with walk.quiet():
        assert sorted(unreached({one for one in wanted if not re.match(SIGNING_IN, one)})) == []


def test_what_only_some_state_of_a_record_offers_is_offered_by_a_page() -> None:
    by_state = {address for group in BY_STATE.values() for address in group}
    assert sorted(by_state - set(matrix())) == []
    assert sorted(by_state - offered()) == []
