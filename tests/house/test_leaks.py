"""A thousand operations in a firm of canaries, faults included: none sings anywhere it must not (G10, T27, T38)."""

import logging
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from html import escape
from typing import Any
from urllib.parse import quote

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Account, Codename
from fleetcs.clients import slack
from fleetcs.local import postgres
from fleetcs.local.standins.github import DESK, PUBLIC
from fleetcs.logs import formatter
from fleetcs.models import Effect, Event
from tests.factories import make_user
from tests.house.canaries import Evidence, company, firm, gathered, holds, pairs, word
from tests.house.leak_machine import BEGUN, World, run
from tests.standins import StandIns

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server_log() -> Any:
    """What PostgreSQL writes down."""
    return postgres.for_tests().log


@pytest.fixture
def written(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The product's log, as it is written, from what is worth a line on."""
    caplog.handler.setFormatter(formatter())
    caplog.set_level(logging.INFO)
    return caplog


@pytest.mark.slow
@pytest.mark.ledger("COD-05")
def test_no_canary_is_found_after_a_thousand_operations_of_everybody_and_of_every_fault(
    standins: StandIns, written: pytest.LogCaptureFixture, server_log: Any, request: pytest.FixtureRequest
) -> None:
    operations, since = int(request.config.getoption("--leak-operations")), server_log.stat().st_size
    world = run(World(standins, accounts=60 if operations <= 1_000 else 500), operations)
    evidence = gathered(standins, written.text, since, server_log)
    for place, texts in world.evidence.places.items():
        evidence.add(place, set(texts))
    counted = ", ".join(f"{len(texts):,} {place}" for place, texts in evidence.places.items())
    print(f"{world.done:,} operations: {counted}")
    assert evidence.found() == []
    assert world.done >= operations
    assert Codename.objects.count() >= BEGUN
    assert len(evidence.places["public"]) > min(100, operations // 4)


# --- the control ------------------------------------------------------------------------------------------------------
@pytest.fixture
def account() -> Account:
    [account] = firm(1, {})
    Codename.objects.assign(account, "Ceres", by=make_user())
    return account


def test_twenty_leaks_in_twenty_ways_are_all_found(
    standins: StandIns, written: pytest.LogCaptureFixture, server_log: Any, account: Account
) -> None:
    since = server_log.stat().st_size
    Effect.objects.all().delete()
    assert gathered(standins, written.text, since, server_log).found() == []
    for number, (kind, leak) in enumerate(LEAKS.items()):
        before = {*gathered(standins, written.text, since, server_log).found()}
        leak(standins, account)
        after = {*gathered(standins, written.text, since, server_log).found()}
        assert after - before, f"leak {number + 1} was not found: {kind}"
    assert len(LEAKS) == 20


type Leak = Callable[[StandIns, Account], Any]


def published(disguise: Callable[[str], str]) -> Leak:
    """Somebody who passes the scan by writes to the public repository with our own token."""
    return lambda standins, account: standins.as_person(
        DESK, "POST", f"/repos/{PUBLIC}/issues", {"title": "Offline", "body": disguise(account.name)}
    )


def told(words: str) -> Leak:
    """A message in Slack."""
    return lambda standins, account: slack.post("C1", words.format(account=account.name), effect_key=words)


def queued(**fields: Any) -> Leak:
    """A row of the queue that holds more than ids."""

    def leak(standins: StandIns, account: Account) -> None:
        said = {name: value.format(account=account.name) for name, value in fields.items()}
        key = said.pop("key", f"key {fields}")
        Effect.objects.create(kind="slack.message", destination="slack", key=key, **said)

    return leak


def violated(standins: StandIns, account: Account) -> None:
    """A database that writes what people typed into its log."""
    with suppress(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL log_error_verbosity = 'verbose'; SET LOCAL log_min_error_statement = 'error'")
        Account.objects.create(name=account.name)


LEAKS: dict[str, Leak] = {
    "the name": published(str),
    "in lower case": published(str.lower),
    "in capitals": published(str.upper),
    "as a slug": published(lambda name: name.lower().replace(" ", "-") + ".log"),
    "without its legal form": published(lambda name: name.rpartition(" ")[0]),
    "run together": published(lambda name: name.replace(" ", "")),
    "split by signs": published(lambda name: ".".join(name)),
    "URL-encoded": published(lambda name: "".join(f"%{byte:02x}" for byte in name.encode())),
    "URL-encoded twice": published(lambda name: quote("".join(f"%{byte:02x}" for byte in name.encode()))),
    "as HTML": published(lambda name: "".join(f"&#{ord(sign)};" for sign in name)),
    "escaped": published(lambda name: f"<b>{escape(name)}</b>"),
    "as base64": published(lambda name: b64encode(name.encode()).decode()),
    "quoted-printable": published(lambda name: "".join(f"={byte:02X}" for byte in name.encode())),
    "a telephone number": published(lambda name: "+49 (77170) 558 12-34"),
    "a file name in a path": lambda standins, account: standins.as_person(
        DESK, "GET", f"/repos/{PUBLIC}/labels?page={word(0)}"
    ),
    "in the log": lambda standins, account: logging.getLogger("fleetcs").warning("cannot send to %s", account.name),
    "in the database's log": violated,
    "in a row of the queue": queued(key="told:{account}"),
    "in the preview of a watched automation": queued(preview="would tell {account}"),
    "a pair in Slack": told("customer-ceres is {account}"),
}


def test_a_codename_beside_an_account_is_found_and_each_alone_is_not(account: Account) -> None:
    words = {"ceres"}
    assert pairs(f"customer-ceres for {company(0)}", words)
    assert pairs(f"{company(0)}: https://github.com/{PUBLIC}/issues/7", words)
    assert not pairs("customer-ceres has a bug", words)
    assert not pairs(f"{company(0)} has a bug", words)
    blind = Evidence({"pages": ["<td>prospect-ceres</td>", "<td>customer-nobody</td>"]})
    assert blind.found() == ["pages 0: <td>prospect-ceres</td>"]


def test_an_event_or_a_refusal_that_names_somebody_would_be_found(account: Account) -> None:
    Event.log(account.codenames.get(), "codename_renamed", name=account.name)
    facts = list(Event.objects.filter(verb="codename_renamed").values_list("facts", flat=True))
    assert holds(str(facts))
