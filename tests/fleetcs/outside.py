"""A destination inside the test's own process: it writes down what arrives and answers as the test has scripted."""

from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal

from django.db import transaction

from fleetcs.effects import Effect, Sender, Sent, emit
from fleetcs.models import User

Step = Exception | Callable[[Effect], None]


class Outside(Sender):
    """Every send takes the next step of the script: an exception is raised, a function called first."""

    def __init__(
        self,
        destination: str,
        protocol: Literal["natural", "key", "probe", "manual"],
        lane: Literal["page", "rest"] = "rest",
    ) -> None:
        self.destination, self.protocol, self.lane = destination, protocol, lane
        self.reset()

    def reset(self) -> None:
        self.arrived: list[str] = []
        self.script: deque[Step] = deque()
        self.found: set[str] = set()
        self.settled: list[tuple[str, str]] = []
        self.told: list[tuple[str, str]] = []
        self.reason: str | Exception | None = None
        self.probes = 0
        self.probing: Step | None = None
        self.settling: Step | None = None
        self.telling: Step | None = None
        self.patience = timedelta()

    def wanted(self, effect: Effect) -> str | None:
        if isinstance(self.reason, Exception):
            raise self.reason
        return self.reason

    def send(self, effect: Effect) -> Sent:
        self._step(effect, self.script.popleft() if self.script else None)
        self.arrived.append(effect.key)
        return Sent(external_id=f"there-{effect.pk}", facts={"n": len(self.arrived)})

    def probe(self, effect: Effect) -> Sent | None:
        self.probes += 1
        self._step(effect, self.probing)
        return Sent(external_id="found") if effect.key in self.found else None

    def settle(self, effect: Effect, sent: Sent) -> None:
        self._step(effect, self.settling)
        self.settled.append((effect.key, sent.external_id))

    def refused(self, effect: Effect, code: str) -> None:
        self._step(effect, self.telling)
        self.told.append((effect.key, code))

    def preview(self, effect: Effect) -> str:
        return f"would note {effect.args['note']}"

    def _step(self, effect: Effect, step: Step | None) -> None:
        if isinstance(step, Exception):
            raise step
        if step is not None:
            step(effect)


note = Outside("notes", "natural")
keyed = Outside("keyed", "key")
post = Outside("posts", "probe")
letter = Outside("letters", "manual")
page = Outside("pager", "manual", "page")
other = Outside("elsewhere", "natural")

ALL = {"note": note, "keyed": keyed, "post": post, "letter": letter, "page": page, "other": other}
SENDERS = {f"test.{name}": f"tests.fleetcs.outside.{name}" for name in ALL}


def emitted(
    kind: str = "test.note", key: str = "once", order: str = "", automation: str | None = None, by: User | None = None
) -> Effect:
    """One effect, emitted as a verb does it."""
    with transaction.atomic():
        effect = emit(kind, key=key, args={"note": 7}, order=order, automation=automation, by=by)
    assert effect is not None
    return effect


def state(effect: Effect) -> str:
    effect.refresh_from_db()
    return effect.state


def outcomes(effect: Effect) -> list[str]:
    return list(effect.tries_made.values_list("outcome", flat=True))


def wait(clock: Any) -> None:
    """Until whatever is waiting is due."""
    clock.forward(hours=2)
