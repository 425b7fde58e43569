"""A walk through every address of the product as somebody of every permission group, and what came of each step.

The whole walk happens in one transaction that is taken back; each request is taken back by itself. What a request
wrote is counted by PostgreSQL, rows that were rolled back included.
"""

import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.cookies import SimpleCookie
from typing import Any, Final

from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.house.matrix import Entry
from tests.house.world import World

PLACE: Final = re.compile(r"\^?\(\?P<(\w+)>[^)]*\)|<\w+:(\w+)>")
PERSONAL: Final = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|/[\w/.-]*\d[\w/.-]*")
METHODS: Final = ("GET", "POST")
DENIED: Final = (401, 403, 404, 405)
TOLD: Final = ("Cache-Control", "Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options")
FRAGMENT: Final = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "walk"}  # a page without the frame of every page
FEW: Final = ("RO", "VP", "nobody")  # where it does not matter who asks: what is not offered, and sign-in
NOBODY: Final = "nobody"  # somebody who has not signed in
WRITTEN: Final = """
    SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_xact_user_tables
    WHERE relname NOT IN ('django_session', 'fleetcs_cache', 'fleetcs_heartbeat')
"""


@dataclass(frozen=True)
class Step:
    """One request and its answer: `body` is what it said without what names a record or a request."""

    address: str
    group: str
    whose: str  # "own", "foreign" (also where nobody owns it), or "absent": a record that is not there
    method: str
    status: int
    location: str
    headers: str  # what browsers and caches are told about this answer
    body: int
    written: int
    seconds: float


def addresses() -> list[str]:
    """Every address as the resolver knows it."""
    return list(_of(get_resolver("fleetcs.urls"), ""))


def _of(resolver: URLResolver, before: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield before + str(entry.pattern)
        else:
            yield from _of(entry, before + str(entry.pattern))


@cache
def filled(address: str, **words: str) -> str:
    """The path of an address with these words in it."""
    return "/" + PLACE.sub(lambda place: str(words.get(place[1] or place[2]) or words["pk"]), address)


@contextmanager
def quiet() -> Iterator[None]:
    """Thousands of refusals are not worth a line each in the log."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


@contextmanager
def taken_back() -> Iterator[None]:
    """What happens inside leaves nothing behind."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def written() -> int:
    """Rows written in this transaction so far, those that were taken back included."""
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        return int(cursor.fetchone()[0])


class Visitor:
    """Somebody who asks; without a browser, errors are one line of plain text."""

    def __init__(self, world: World, group: str, **options: Any) -> None:
        self.world, self.group = world, group
        self.client = Client(raise_request_exception=False, **options)
        if group != NOBODY:
            self.client.force_login(world.people[group])
        self.cookies = self.client.cookies.output(header="", sep=";")
        self.written = written()

    def path(self, address: str, kind: str, whose: str) -> str:
        """Where a record of theirs, of a stranger's, of nobody's is."""
        words = self.world.words(kind, self.group if whose == "own" else whose) if kind else {}
        return filled(address, **words)

    def step(self, address: str, method: str, kind: str = "", whose: str = "foreign", sent: Any = None) -> Step:
        """Ask, look at the answer, and take it back."""
        path, before, begun = self.path(address, kind, whose), self.written, time.perf_counter()
        with taken_back():
            answer = self.ask(method, path, sent if method == "POST" else None, **(FRAGMENT if method == "GET" else {}))
        seconds, self.written = time.perf_counter() - begun, written()
        return Step(
            address,
            self.group,
            whose,
            method,
            answer.status_code,
            answer.headers.get("Location", ""),
            told(answer),
            hash(PERSONAL.sub(b"", body_of(answer))),
            self.written - before,
            seconds,
        )

    def ask(self, method: str, path: str, sent: Any = None, **options: Any) -> Any:
        """One request; whatever the answer does to the cookies, this person keeps their own."""
        answer = getattr(self.client, method.lower())(path, sent, **options)
        self.client.cookies = SimpleCookie(self.cookies)
        return answer


def told(answer: Any) -> str:
    return " | ".join(f"{name}: {answer.headers[name]}" for name in TOLD if name in answer.headers)


def body_of(answer: Any) -> bytes:
    """The whole body; a file is closed at its end."""
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


def whole(world: World, matrix: dict[str, Entry]) -> list[Step]:
    """Every address, by GET and POST, as everybody, on what is theirs and what is not; once on what is not there."""
    return [step for group in (*world.people, NOBODY) for step in _as(Visitor(world, group), matrix)]


def _as(visitor: Visitor, matrix: dict[str, Entry]) -> Iterator[Step]:
    for address, entry in matrix.items():
        for method in METHODS:
            yield from _at(visitor, address, entry, method)


def _at(visitor: Visitor, address: str, entry: Entry, method: str) -> Iterator[Step]:
    """What is a stranger's first; one's own where the stranger's is kept from one. What is not offered, and what is
    everybody's own: as a few."""
    if visitor.group not in FEW and (not entry.offers(method) or address.startswith("me/")):
        return
    kind, offered = entry.kind, entry.offers(method) and visitor.group != NOBODY
    foreign = visitor.step(address, method, kind, "foreign", entry.sent)
    yield foreign
    if offered and foreign.status in DENIED and visitor.world.is_owned(kind):
        yield visitor.step(address, method, kind, "own", entry.sent)
    if offered and kind and visitor.group == entry.somebody(method, visitor.world.people):
        yield visitor.step(address, method, kind, "absent", entry.sent)
