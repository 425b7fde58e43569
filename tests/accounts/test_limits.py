"""Three hundred acts on GitHub and three hundred in Slack, both of which say "not so fast" (G07, F34, F40)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts.models import Codename, MinorPlanet
from accounts.models.planet import fitting
from fleetcs import clock as product_clock
from fleetcs import effects
from fleetcs.effects import emit
from fleetcs.local.standins.github import CONFIDENTIAL, PUBLIC
from fleetcs.models import Effect, Gate
from tests.factories import make_account, make_user
from tests.standins import StandIns

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ACTS = 300
CONTENT = 20  # new things a minute; GitHub allows 80, and a slow machine would never come near them
WAITS = {"github": timedelta(seconds=60), "slack": timedelta(seconds=30)}
LIMITED = (403, 429)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def acts(standins: StandIns) -> None:
    """A hundred and fifty codenames, each with two labels, and as many messages in ten channels."""
    person = make_user()
    for planet in fitting(MinorPlanet.objects.free(), ACTS // 2):
        Codename.objects.assign(make_account(tier=None), planet.name, by=person)
    with transaction.atomic():
        for number in range(ACTS):
            args = {"text": f"Message {number}", "channel": f"C{number % 10}"}
            emit("slack.message", key=f"message:{number}", args=args)
    standins.at_github(content=CONTENT)
    standins.turn("slack", rate_limit=[3, 5], retry_after=30, only="chat.postMessage")


def of_both() -> Any:
    return Effect.objects.open().filter(destination__in=WAITS)


def drained(*, minding_gates: bool) -> None:
    """Send until nothing is left; time passes as far as the next thing that may be sent."""
    for _ in range(2_000):
        effects.send_rest()
        if not minding_gates:
            Gate.objects.all().delete()
        ahead = of_both().order_by("next_at").values_list("next_at", flat=True).first()
        if ahead is None:
            return
        gates = [gate.not_before for gate in Gate.objects.closed(product_clock.now())]
        due = {*of_both().values_list("destination", flat=True)}
        at = ahead if len(gates) < len(due) else min(gates)
        product_clock.set_to(max(at, product_clock.now()) + SECOND)
    raise AssertionError(f"{of_both().count()} are still waiting")


def too_early(standins: StandIns, service: str) -> int:
    """Requests that came while the service had asked to be left alone."""
    entries = [(datetime.fromisoformat(each["at"]), each["status"]) for each in standins.journal(service)]
    closed = [(at, at + WAITS[service]) for at, status in entries if status in LIMITED]
    return sum(any(begun < at < over for begun, over in closed) for at, _ in entries)


def limited(standins: StandIns, service: str) -> int:
    """How often a service has asked us to wait."""
    return sum(entry["status"] in LIMITED for entry in standins.journal(service))


def in_any(window: timedelta, moments: list[datetime]) -> int:
    """The most that came within any one window."""
    moments = sorted(moments)
    return max((sum(first <= at < first + window for at in moments) for first in moments), default=0)


def accepted(standins: StandIns, service: str, path: str) -> Iterator[dict[str, Any]]:
    for entry in standins.journal(service):
        if entry["method"] == "POST" and entry["path"].endswith(path) and entry["status"] in (200, 201):
            yield entry


@pytest.mark.usefixtures("acts")
def test_nothing_is_sent_while_a_service_has_asked_us_to_wait_and_everything_arrives_once(standins: StandIns) -> None:
    drained(minding_gates=True)
    assert {service: too_early(standins, service) for service in WAITS} == {"github": 0, "slack": 0}
    assert min(limited(standins, service) for service in WAITS) > 5
    made = {repo: [row["name"] for row in standins.github(repo)["labels"]] for repo in (PUBLIC, CONFIDENTIAL)}
    for names in made.values():
        ours = [name for name in names if name.startswith("customer-")]
        assert (len(ours), len(set(ours))) == (ACTS // 2, ACTS // 2)
    said = [message["text"] for number in range(10) for message in standins.messages(f"C{number}")]
    assert sorted(said) == sorted(f"Message {number}" for number in range(ACTS))
    moments = [datetime.fromisoformat(entry["at"]) for entry in accepted(standins, "github", "/labels")]
    assert in_any(MINUTE, moments) <= CONTENT


@pytest.mark.usefixtures("acts")
def test_without_gates_the_same_acts_would_knock_at_closed_doors(standins: StandIns) -> None:
    standins.turn("slack", rate_limit=[1, 3600])
    effects.send_rest()
    for _ in range(3):
        Gate.objects.all().delete()
        of_both().update(next_at=product_clock.now() - MINUTE)
        effects.send_rest()
    assert too_early(standins, "github") + too_early(standins, "slack") > 0
