"""Nothing is done for a form of somebody else's page: without the token every POST is refused, everywhere (T03)."""

import pytest
from django.test import Client

from fleetcs.models import Delivery
from tests.house.matrix import matrix
from tests.house.walk import NOBODY, Visitor
from tests.house.world import World

pytest_plugins = ["tests.house.fixtures"]
pytestmark = pytest.mark.django_db

# These ask for a signature instead, or for a secret (SYS-04: 403).
DOORS = {"contact", "email/inbound", "github/webhook", "slack/events", "slack/interactions", "unthread/events"}


@pytest.mark.parametrize("group", ["VP", "ADM", NOBODY])
def test_a_form_without_the_token_is_refused_at_every_address(world: World, group: str) -> None:
    visitor = Visitor(world, group, enforce_csrf_checks=True)
    for address, entry in matrix().items():
        step = visitor.step(address, "POST", entry.kind, sent=entry.sent)
        assert (step.status, step.written) == (401 if address in DOORS else 403, 0), f"/{address}"


@pytest.mark.parametrize("door", sorted(DOORS))
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_door_for_machines_never_says_403_or_406(door: str, kind: str) -> None:
    """Some senders take these for "never again" and a mail would be lost for good."""
    answer = Client(enforce_csrf_checks=True).post(f"/{door}", b"a=b", content_type=kind, HTTP_ACCEPT="text/none")
    assert answer.status_code == 401
    assert not Delivery.objects.exists()


def test_the_token_lets_a_form_pass(world: World) -> None:
    """The control: it is the missing token that was refused."""
    visitor = Visitor(world, "VP", enforce_csrf_checks=True)
    visitor.client.get("/me/")
    token = visitor.client.cookies["csrftoken"].value
    answer = visitor.client.post("/me/looks", {"csrfmiddlewaretoken": token, "theme": "dark"})
    assert answer.status_code == 302
