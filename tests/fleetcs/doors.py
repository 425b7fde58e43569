"""A webhook as an app writes one, for the tests of what every webhook has in common."""

import hmac
import json
from typing import Any

from django.http import HttpResponse
from django.urls import path

from fleetcs.clients.http import Rejected
from fleetcs.inbox import Arrived
from fleetcs.models import Delivery, Event, User
from fleetcs.views.hooks import Headers, SignedHook

SECRET = b"between us"


def signature(raw: bytes) -> str:
    return hmac.digest(SECRET, raw, "sha256").hex()


def genuine(headers: Headers, raw: bytes) -> None:
    if not hmac.compare_digest(headers.get("X-Signature", ""), signature(raw)):
        raise Rejected("signature", 401)


@SignedHook("test", verify=genuine, limit=10_000, keeps=("X-Retry",))
def knock(headers: Headers, raw: bytes) -> Arrived | HttpResponse:
    body: dict[str, Any] = json.loads(raw)
    return HttpResponse(body["challenge"]) if "challenge" in body else Arrived(body["id"], body.get("type", ""))


urlpatterns = [path("knock", knock, name="knock")]

HANDLERS = {"test": "tests.fleetcs.doors.opened"}
script: list[Exception | None] = []
broken: set[str] = set()  # deliveries that fail however often they are tried


def opened(delivery: Delivery) -> str:
    """Writes first and fails then, so that tests see what is undone."""
    person = User.objects.create_user(f"{delivery.delivery_id}@lanternfish.example", name="Somebody")
    step = KeyError("bug") if delivery.delivery_id in broken else script.pop(0) if script else None
    if step is not None:
        raise step
    Event.log(person, "knocked", by=None, delivery=delivery)
    return f"person {person.pk}"
