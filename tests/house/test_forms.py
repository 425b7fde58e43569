"""Every form of the product: foreign ids, fields it does not have, ways out, double clicks, stale versions.

The forms are found on the pages as browsers are given them, so that a new one is tested as soon as it is on a page.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

import pytest
from django.apps import apps
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import Account, Contact
from fleetcs.models import Submission, User
from support.models import Ticket
from tests.factories import MONDAY_MORNING
from tests.house import walk
from tests.house.matrix import matrix
from tests.house.pages import Form, Pairs, filled_in, forms_of
from tests.house.walk import Visitor, taken_back
from tests.house.world import NOBODYS, World

pytest_plugins = ["tests.house.fixtures"]
pytestmark = pytest.mark.django_db

ELSEWHERE: Final = (
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "/\t/e.org",
    "P4",
)
WAYS: Final = {"next", "back", "page", "query", "url", "path"}
ERRORS: Final = re.compile(r'class="[^"]*(?:error|invalid|alert)[^"]*"[^>]*>(.*?)</(?:div|ul|p|span)>', re.DOTALL)
# Every row that a form could be after.
ROWS: Final = (
    "accounts.Account",
    "accounts.AccountDomain",
    "accounts.Contact",
    "accounts.Contract",
    "accounts.Channel",
    "support.Ticket",
    "support.Clock",
    "support.SlaPolicy",
    "support.SlaRule",
    "support.ChatQuestion",
    "fleetcs.User",
    "fleetcs.RoleHolding",
    "fleetcs.SavedView",
    "fleetcs.OpeningHours",
    "fleetcs.Holiday",
    "fleetcs.Automation",
    "fleetcs.HandbookEntry",
    "fleetcs.MessageText",
)

type Rows = dict[str, list[tuple[Any, ...]]]
type Check = Callable[[Visitor, Form, Rows], Iterable[str] | None]


def offered(visitor: Visitor) -> list[Form]:
    """The forms that somebody is given on all pages, on records of their own, one of a kind; sign-in is another's."""
    found: dict[tuple[str, ...], Form] = {}
    for address, entry in matrix().items():
        if entry.offers("GET") and not address.startswith("me/"):
            here = visitor.path(address, entry.kind, "own")
            for form in forms_of(walk.body_of(visitor.ask("GET", here)).decode(errors="replace"), here):
                if form.method == "POST" and form.address:
                    found.setdefault((form.address, *form.fields), form)
    return list(found.values())


MANY_FORMS = ("CSE", "VP", "ADM", "AE")


def sent(visitor: Visitor, form: Form, fields: Pairs, **headers: str) -> Any:
    """Send it; what it did stays until the caller takes it back."""
    return visitor.ask("POST", form.action, {name: values for name, values in fields.items() if values}, **headers)


@pytest.mark.parametrize("group", ["RO", *(pytest.param(one, marks=pytest.mark.slow) for one in MANY_FORMS)])
def test_every_form_keeps_to_what_it_shows(world: World, group: str) -> None:
    visitor, before, done = Visitor(world, group), state(), dict.fromkeys(CHECKS, 0)
    forms = [*offered(visitor), Form("/me/looks", "POST", {"theme": ["dark"], "next": ["/"]})]
    for form in forms:
        for name, check in CHECKS.items():
            faults = check(visitor, form, before)
            if faults is not None:
                assert list(faults) == [], f"{name}: {form.action}"
                done[name] += 1
    assert group != "VP" or all(count >= 3 for count in done.values()), f"about too few forms: {done}"


# --- ids that are not offered read like ids that do not exist (T19) ---------------------------------------------------
def ids(visitor: Visitor, form: Form, _before: Rows) -> Iterable[str] | None:
    named = [(field, key) for field, choices in form.options.items() for key in others(choices)]
    absent = {field: refusal(visitor, form, field, NOBODYS) for field in form.options}
    told = ((field, key, refusal(visitor, form, field, key)) for field, key in named)
    faults = (f"{field}={key}: {said}" for field, key, said in told if said != absent[field] or said[0] != 422)
    return faults if named else None


def others(choices: set[str]) -> Iterator[int]:
    """Keys of records that exist and that are not among the choices."""
    for model in (User, Account, Contact):
        yield from model._default_manager.exclude(pk__in=choices).order_by("-pk").values_list("pk", flat=True)[:1]


def refusal(visitor: Visitor, form: Form, field: str, value: int) -> tuple[int, list[str]]:
    """Status, and what is said to be wrong, for the form with this id in this field."""
    with taken_back():
        answer = sent(visitor, form, filled_in(form, **{field: str(value)}))
        return answer.status_code, ERRORS.findall(walk.body_of(answer).decode())


# --- fields that it does not have change nothing (T21) ----------------------------------------------------------------
def fields(visitor: Visitor, form: Form, before: Rows) -> Iterable[str] | None:
    plain = after(visitor, form, {}, before)
    return smuggled(visitor, form, before, plain) if plain != before else None


def smuggled(visitor: Visitor, form: Form, before: Rows, plain: Rows) -> Iterator[str]:
    more = every_name() - set(form.fields) - {"act", "position", "stage"}  # these say which button was pressed
    for value in ("1", "2001-01-01T00:00"):
        taken = after(visitor, form, {name: [value] for name in more}, before)
        if taken != before:
            yield from (f"{name} differs" for name in ROWS if taken[name] != plain[name])


def after(visitor: Visitor, form: Form, more: Pairs, before: Rows) -> Rows:
    with taken_back():
        sent(visitor, form, form.fields | more)
        return state(before)


def state(before: Rows | None = None) -> Rows:
    """All those rows, without what time and chance make; rows that were not there before are just new."""
    found = {name: apps.get_model(name)._default_manager.order_by("pk").values_list() for name in ROWS}
    tables = {name: [tuple(map(rough, row)) for row in rows] for name, rows in found.items()}
    known = {name: {row[0] for row in rows} for name, rows in (before or tables).items()}
    new = {row[0] for name, rows in tables.items() for row in rows if row[0] not in known[name]}
    return {
        name: [row if row[0] in known[name] else nameless(row, new) for row in rows] for name, rows in tables.items()
    }


def nameless(row: tuple[Any, ...], new: set[Any]) -> tuple[Any, ...]:
    """A new row: its key, and keys of other new rows in it, are of no account, since every try makes other ones."""
    return tuple("new" if type(value) is int and value in new else value for value in row)


def rough(value: Any) -> Any:
    """A value that can be compared."""
    if isinstance(value, dict | list):
        return repr(value)
    if isinstance(value, datetime):
        return value.replace(minute=0, second=0, microsecond=0)
    return "!" if isinstance(value, str) and value.startswith("!") else value  # a password that is none


def every_name() -> set[str]:
    """The name of every field of every model, by both of its names."""
    columns = [field for name in ROWS for field in apps.get_model(name)._meta.concrete_fields]
    return {name for field in columns for name in (field.name, field.attname)} - {"id"}


# --- no way out of the product (T32) ----------------------------------------------------------------------------------
def ways_out(visitor: Visitor, form: Form, _before: Rows) -> Iterable[str] | None:
    names = set(form.fields) & WAYS
    led = (led_to(visitor, form, name, place) for name in names for place in ELSEWHERE)
    return filter(None, led) if names else None


def led_to(visitor: Visitor, form: Form, name: str, place: str) -> str:
    """Where it leads when that is elsewhere."""
    with taken_back():
        answer = sent(visitor, form, filled_in(form, **{name: place}), HTTP_REFERER=place, HTTP_HX_CURRENT_URL=place)
    if answer.status_code >= 500:
        return f"{name}={place!r} is answered by {answer.status_code}"
    goes = answer.headers.get("Location") or answer.headers.get("HX-Redirect") or "/"
    return "" if url_has_allowed_host_and_scheme(goes, allowed_hosts=None) else f"{name}={place!r} leads to {goes!r}"


# --- five clicks act once, and the token is good for that form alone (F48) --------------------------------------------
def clicks(visitor: Visitor, form: Form, _before: Rows) -> Iterable[str] | None:
    if "form_token" not in form.fields:
        return None
    with taken_back():
        first = sent(visitor, form, form.fields)
        return repeated(visitor, form, first) if first.status_code == 302 else None


def repeated(visitor: Visitor, form: Form, first: Any) -> list[str]:
    before = walk.written()
    again = [sent(visitor, form, form.fields) for _ in range(4)]
    places = {one.headers.get("Location") for one in (first, *again)}
    faults = [] if len(places) == 1 else [f"led to {places}"]
    if walk.written() - before > 4:  # a token that is taken is tried in vain, one row a click
        faults.append(f"{walk.written() - before} rows by four more clicks")
    if Submission.objects.filter(path=form.action).exists():
        other = sent(visitor, form, filled_in(form, more="else")).status_code
        faults += [] if other == 409 else [f"{other} for the same token with something else"]
    return faults


# --- a stale form shows both versions and writes nothing (F47) --------------------------------------------------------
def stale(visitor: Visitor, form: Form, before: Rows) -> Iterable[str] | None:
    if not form.fields.get("version"):
        return None
    with taken_back():
        status, changed = sent(visitor, form, filled_in(form, version="999")).status_code, state() != before
    if status == 422 and not changed:
        return None  # what cannot be taken at all is said first
    return [] if (status, changed) == (409, False) else [f"{status}, changed: {changed}"]


CHECKS: Final[dict[str, Check]] = {
    "T19 ids": ids,
    "T21 fields": fields,
    "T32 ways out": ways_out,
    "F48 clicks": clicks,
    "F47 stale": stale,
}


# --- both ends (T20) --------------------------------------------------------------------------------------------------
def test_a_ticket_is_merged_only_by_and_into_what_one_may_work_on(world: World) -> None:
    mine, foreign = (place["ticket"]["pk"] for place in (world.own["AE"], world.foreign))
    asked = Ticket.objects.receive(
        subject="Mine",
        source="request",
        kind="department_request",
        received_at=MONDAY_MORNING,
        requester=world.people["AE"],
    )
    ae, cse = Visitor(world, "AE"), Visitor(world, "CSE")
    assert ae.ask("GET", f"/tickets/{asked.pk}/").status_code == 200
    assert ae.ask("POST", f"/tickets/{asked.pk}/merge/", {"into": mine}).status_code == 403
    assert ae.ask("POST", f"/tickets/{foreign}/merge/", {"into": mine}).status_code == 404
    assert cse.ask("POST", f"/tickets/{foreign}/merge/", {"into": NOBODYS}).status_code == 422
    assert Ticket.objects.filter(merged_into__isnull=False).count() == 0
