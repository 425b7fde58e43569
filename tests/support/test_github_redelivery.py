"""What GitHub could not deliver: asked for again, up to three days back, and stored once."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from fleetcs import clock as product_clock
from fleetcs.models import Delivery, Effect, Gate
from support.github import duties
from support.models import Repository
from tests.sending import send_all
from tests.standins import Heard, StandIns

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("standins", "_hooked")]

URL = "https://desk.lanternfish.example"


@pytest.fixture
def _hooked(standins: StandIns, clock: Any, settings: Any, product: tuple[str, Heard]) -> None:
    """The hook of the public repository leads to our door."""
    clock("2026-01-12T10:30:00-08:00")
    settings.BASE_URL = product[0]
    hook = {"url": f"{product[0]}/github/webhook", "secret": "now", "events": ["issues"]}
    standins.at_github(
        {"kind": "github.hook", "key": "1501", "id": 1501, "repo": 1001, "created_at": "2026-01-05T17:00:00Z", **hook}
    )


def tried(standins: StandIns, guid: str, status: int, at: datetime) -> None:
    """GitHub has tried to deliver something."""
    id = 7000 + len(standins.journal())
    row = {
        "repo": 1001,
        "hook": 1501,
        "guid": guid,
        "event": "issues",
        "action": "opened",
        "payload": {"action": "opened"},
    }
    said = {
        "delivered_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "status_code": status,
        "status": "",
        "redelivery": False,
        "duration": 0.1,
    }
    standins.at_github({"kind": "github.delivery", "key": str(id), "id": id, **row, **said})


def asked_for() -> list[str]:
    return [effect.key for effect in Effect.objects.filter(kind="github.redeliver").order_by("pk")]


def ago(**by: float) -> datetime:
    return product_clock.now() - timedelta(**by)


@pytest.mark.ledger("SYS-01")
def test_what_failed_is_sent_again_and_arrives(standins: StandIns, product: tuple[str, Heard]) -> None:
    tried(standins, "lost", 502, ago(minutes=10)), tried(standins, "fine", 200, ago(minutes=10))
    assert duties.look_after_hooks() == 1
    assert asked_for() == ["redeliver:lost:1"]
    send_all()
    standins.journal("hooks", at_least=1)
    assert [headers["X-GitHub-Delivery"] for _, headers, _ in product[1]] == ["lost"]


def test_what_arrived_on_a_later_try_or_is_here_already_is_left_alone(standins: StandIns) -> None:
    tried(standins, "twice", 502, ago(hours=2)), tried(standins, "twice", 200, ago(hours=1))
    tried(standins, "here", 502, ago(hours=2))
    Delivery.objects.create(source="github", delivery_id="here", raw=b"{}")
    assert duties.look_after_hooks() == 0
    assert asked_for() == []


def test_after_three_days_without_us_all_of_them_are_asked_for_and_nothing_older(standins: StandIns) -> None:
    tried(standins, "old", 502, ago(days=4)), tried(standins, "recent", 502, ago(days=2))
    duties.look_after_hooks()
    assert asked_for() == ["redeliver:recent:1"]


def test_each_try_waits_twice_as_long_and_there_is_an_end(standins: StandIns) -> None:
    tried(standins, "lost", 502, ago(seconds=30))
    assert duties.look_after_hooks() == 0
    product_clock.set_to(product_clock.now() + timedelta(minutes=2))
    assert duties.look_after_hooks() == 1
    tried(standins, "lost", 502, product_clock.now())
    product_clock.set_to(product_clock.now() + timedelta(minutes=3))
    assert duties.look_after_hooks() == 0
    product_clock.set_to(product_clock.now() + timedelta(minutes=2))
    assert (duties.look_after_hooks(), asked_for()) == (1, ["redeliver:lost:1", "redeliver:lost:2"])
    for _ in range(6):
        tried(standins, "lost", 502, product_clock.now())
    product_clock.set_to(product_clock.now() + timedelta(days=1))
    assert duties.look_after_hooks() == 0


def test_what_is_still_missing_is_looked_for_from_where_it_began(standins: StandIns) -> None:
    tried(standins, "lost", 502, ago(hours=5)), tried(standins, "fine", 200, ago(minutes=1))
    duties.look_after_hooks()
    since = Repository.objects.get(code="public").hooks_since
    assert since is not None
    assert since < ago(hours=4)


def test_a_repository_without_a_hook_and_a_limit_hold_nothing_up(standins: StandIns) -> None:
    assert duties.look_after_hooks() == 0
    assert Repository.objects.get(code="confidential").hooks_trouble == "no_hook"
    standins.turn("github", status_script=["secondary"])
    assert duties.look_after_hooks() == 0
    assert Gate.objects.get(pk="github").not_before > product_clock.now()
