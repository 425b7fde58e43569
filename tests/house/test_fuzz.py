"""Broken input gets a clear answer: nothing is answered by a mistake of ours or takes longer than two seconds (G08)."""

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from types import ModuleType
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path

from fleetcs import urls
from tests.house import walk
from tests.house.matrix import matrix
from tests.house.pages import Form, forms_of
from tests.house.walk import NOBODY, Visitor, filled, quiet, taken_back
from tests.house.world import World, firm

pytest_plugins = ["tests.house.fixtures"]
pytestmark = pytest.mark.django_db

SLOWEST: Final = 2.0  # seconds
FORM: Final = "application/x-www-form-urlencoded"
LONG: Final = "x" * 1_000_000
BROKEN: Final = (
    "\0",
    "a\0b",
    "\ud800",
    "\udfff\ud800",
    LONG,
    "-1",
    "0",
    str(2**31),
    str(2**63),
    str(-(2**63) - 1),
    "9" * 400,
    "\u0663\u0664",
    "1e999",
    "NaN",
    "P4",
    "platinum",
    "[]",
    '{"a": 1}',
    "' OR 1=1 --",
    "\\",
    "%s%n{0.__class__}",
    "2026-02-30",
    "0000-00-00",
    "9999-12-31T23:59",
    "99999-01-01",
    "2026-03-08T02:30",
    "2026-11-01T01:30",
    "0001-01-01T00:00",
    "America/Nowhere",
    "../../etc/passwd",
    "//evil.example",
    "a\r\nX-Bad: 1",
    "\u202e\u200b\ufeff",
    "<script>alert(1)</script>",
    "",
)
KEYS: Final = ("-1", "0", str(2**31), str(2**63), str(2**64), "9" * 400, "\u0663", "1.5", "x", "%00", "%ff", "..")
METHODS: Final = ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
BODIES: Final = (
    (FORM, b"\xff\xfe=\xff&a"),
    (FORM, b"=" * 5_000),
    (FORM, b"&".join(b"a=1" for _ in range(3_000))),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n'),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=" + "x" * 500, b""),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; filename=\0\r\n\r\nx\r\n--x--"),
    ("application/json", b"[" * 50_000),
    (FORM + "; charset=utf-7", b"+AAA-=1"),
    (FORM + "; charset=nonsense", b"a=1"),
)
HEADERS: Final = (
    {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://[::1/%00"},
    {"HTTP_COOKIE": "fleetcs_session=\0; a"},
    {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "panel"},
    {"HTTP_ACCEPT": "\0"},
    {"HTTP_IF_MODIFIED_SINCE": "x"},
    {"HTTP_X_REQUEST_ID": "a\r\nb" * 99},
    {"HTTP_RANGE": "bytes=9-1"},
    {"HTTP_X_FORWARDED_FOR": "\u0663.\0"},
    {"HTTP_X_CSRFTOKEN": "\0" * 64},
    {"HTTP_ACCEPT_LANGUAGE": "x" * 9_000},
    {"CONTENT_LENGTH": "-5"},
)


@dataclass(frozen=True)
class Request:
    """One broken request."""

    method: str
    path: str
    what: str
    query: str = ""
    body: bytes = b""
    kind: str = FORM
    headers: dict[str, str] = field(default_factory=dict)


def words(pairs: Iterable[tuple[str, str]]) -> str:
    return urlencode(list(pairs), errors="surrogatepass")


def pairs_of(form: Form, name: str, value: str) -> list[tuple[str, str]]:
    """The form as it stands with one field broken."""
    whole = form.fields | {name: [value]}
    return [(field, one) for field, values in whole.items() for one in values if field != "csrfmiddlewaretoken"]


def forms(world: World) -> list[Form]:
    """Every form that those who may most are offered, one of a kind."""
    found: dict[tuple[str, str, frozenset[str]], Form] = {}
    for group in ("VP", "ADM", NOBODY):
        visitor = Visitor(world, group)
        for address, entry in matrix().items():
            here = visitor.path(address, entry.kind, "foreign")
            with taken_back():
                page = walk.body_of(visitor.ask("GET", here)).decode(errors="replace")
            for form in forms_of(page, here):
                found.setdefault((form.method, form.address, frozenset(form.fields)), form)
    return [form for form in found.values() if form.address]


def in_forms(some: list[Form]) -> Iterator[Request]:
    """Every field of every form with every broken value."""
    for form in some:
        for name in form.fields:
            for value in BROKEN:
                said, what = words(pairs_of(form, name, value)), f"{name}={value[:20]!r}"
                if form.method == "POST":
                    yield Request("POST", form.action, what, body=said.encode())
                else:
                    yield Request("GET", form.action.partition("?")[0], what, said)


def at_addresses() -> Iterator[Request]:
    """Every address with keys that are none, methods it has not, bodies and headers that are broken."""
    for address, entry in matrix().items():
        if entry.kind:
            yield from (
                Request(method, filled(address, pk=key, **dict.fromkeys(NAMES, key)), f"key {key[:20]}")
                for key in KEYS
                for method in walk.METHODS
            )
        here = filled(address, pk="1", **dict.fromkeys(NAMES, "x"))
        yield from (Request(method, here, "method") for method in METHODS)
        yield from (Request("POST", here, f"{kind[:40]} {body[:20]!r}", kind=kind, body=body) for kind, body in BODIES)
        yield from (Request("GET", here, str(header)[:60], headers=header) for header in HEADERS)


NAMES: Final = ("code", "section", "table", "tier", "provider_id")


def fault_of(visitor: Visitor, request: Request) -> str:
    """What is wrong with the answer; its time is that of our processor, since others work on this machine too."""
    status, seconds = answered(visitor, request)
    wrong = str(status) if status >= 500 else f"{seconds:.1f} s" if seconds > SLOWEST else ""
    return f"{request.method} {request.path[:80]} ({request.what}) as {visitor.group}: {wrong}" if wrong else ""


def answered(visitor: Visitor, request: Request) -> tuple[int, float]:
    url = f"{request.path}?{request.query}" if request.query else request.path
    begun = time.process_time()
    with taken_back():
        answer = visitor.client.generic(request.method, url, request.body, content_type=request.kind, **request.headers)
        body = walk.body_of(answer)
    seconds = time.process_time() - begun
    visitor.client.cookies.load(visitor.cookies)
    return (599 if b"Traceback (most recent" in body else answer.status_code), seconds


def faults(world: World, groups: Iterable[str], requests: Iterable[Request]) -> list[str]:
    """Every fault, each request as the next of these people."""
    people = [Visitor(world, group) for group in groups]
    found = (fault_of(people[number % len(people)], request) for number, request in enumerate(requests))
    return [fault for fault in found if fault]


def corpus(world: World, most: int) -> list[Request]:
    """The same broken requests every time, in the same mixture."""
    everything = [*in_forms(forms(world)), *at_addresses()]
    return Random("fuzz").sample(everything, min(most, len(everything)))


@pytest.mark.slow
def test_broken_input_is_answered(world: World) -> None:
    requests = corpus(world, 400)
    assert len(requests) == 400
    found = faults(world, ("VP", "ADM", "CSE", "AE", "VP", "RO", NOBODY), requests)
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_five_thousand_broken_requests_are_answered(part: int) -> None:
    with quiet():
        everybody = firm()
        requests = corpus(everybody, 20_000)
        assert len(requests) >= 5_000
        groups = ("VP", "ADM", "MGR", "CSE", "VP", "ADM", *everybody.people, NOBODY)
        found = faults(everybody, groups, requests[part::4])
    assert not found, "\n".join(found)


# --- the fuzzer would notice ------------------------------------------------------------------------------------------
def planted(request: HttpRequest) -> HttpResponse:
    """A mistake of the kind that is looked for: text that no column can hold, a number that none can."""
    return HttpResponse(str(int(request.GET.get("q", "1")) + (1 // 0 if "\0" in request.GET.get("q", "") else 0)))


@pytest.mark.parametrize("value", ["\0", "x"])
def test_a_planted_mistake_is_found(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    module = ModuleType("tests.house.planted_urls")
    vars(module).update(
        {name: value for name, value in vars(urls).items() if name.startswith("handler")}
        | {"urlpatterns": [path("planted", planted), *urls.urlpatterns]}
    )
    monkeypatch.setitem(sys.modules, module.__name__, module)
    settings.ROOT_URLCONF = module.__name__
    form = Form("/planted", "GET", {"q": ["1"]})
    assert len(faults(world, ["VP"], [Request("GET", "/planted", "q", words(pairs_of(form, "q", value)))])) == 1
    assert faults(world, ["VP"], [Request("GET", "/planted", "q", words(pairs_of(form, "q", "1")))]) == []
