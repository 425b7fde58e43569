"""The only way in: store what came raw, answer, and only then look into it.

A delivery is a hint, not a fact: handlers read the present state where they can, and may be run again.
Each row is counted in a short transaction before the work, so that a crash counts, and worked on in a second one.
"""

import hashlib
import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from django.apps import apps
from django.db import models, transaction
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from fleetcs import clock
from fleetcs.boundary import contain, insist
from fleetcs.effects import lease
from fleetcs.models.delivery import Delivery
from fleetcs.models.once import insert_once
from fleetcs.models.written import Written

State = Delivery.State

ROUND = timedelta(seconds=10)  # after which no further row is taken
LIMIT = 5  # attempts
POISON = 3  # processes that never came back from it
LONGEST = timedelta(hours=1)  # between two attempts


class Ignored(Exception):
    """Raised by a handler that has nothing to do; what it wrote is undone. The reason is a code, read by colleagues."""

    state = State.IGNORED


class Bad(Ignored):
    """Raised by a handler that cannot read the delivery."""

    state = State.BAD


class Arrived(NamedTuple):
    """What the door says of a delivery: an id that the sender repeats with it, its event, and what of it is kept."""

    id: str
    event: str = ""
    raw: bytes | None = None  # None: every byte


def receive(
    source: str, delivery_id: str, raw: bytes, headers: Mapping[str, str], event: str = "", *, bad: str = ""
) -> tuple[Delivery, bool]:
    """Store one delivery unless its id is known; the row, and whether it is new. `bad` says why it is unreadable."""
    delivery = Delivery(source=source, delivery_id=_short(delivery_id), event=plain(event)[:80], raw=raw)
    delivery.headers = {plain(name)[:100]: plain(value)[:1000] for name, value in headers.items()}
    if bad:
        delivery.state, delivery.error_code, delivery.handled_at = State.BAD, bad[:80], clock.now()
    if insert_once(delivery):
        return delivery, True
    return Delivery.objects.get(source=source, delivery_id=delivery.delivery_id), False


def plain(text: str) -> str:
    """Text that the database takes: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "").encode(errors="replace").decode()


def _short(delivery_id: str) -> str:
    whole = plain(delivery_id)
    return whole if len(whole) <= 200 else fingerprint(whole.encode())


def fingerprint(raw: bytes) -> str:
    """The delivery id of what comes without one: the same bytes are the same delivery."""
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def take() -> int:
    """Work on the new deliveries that are due; says how many were taken up."""
    over, taken = clock.now() + ROUND, 0
    while clock.now() < over and (delivery := _claim()):
        _work_on(delivery)
        taken += 1
    return taken


def take_now(delivery: Delivery) -> Delivery:
    """Work on this one at once, for commands: the same path, and the row as it then stands."""
    if claimed := _claim(delivery.pk):
        _work_on(claimed)
    delivery.refresh_from_db()
    return delivery


def _claim(pk: int | None = None) -> Delivery | None:
    now = clock.now()
    with transaction.atomic(durable=True):
        return Delivery.objects.claim(now=now, until=now + lease(), pk=pk)


def _work_on(claimed: Delivery) -> None:
    if claimed.crashes > POISON:
        _leave(claimed, state=State.DEAD, error_code="crashed", handled_at=clock.now())
    elif failure := contain(lambda: insist(lambda: _read(claimed)), row=str(claimed)):
        _stumble(claimed, failure)


def _read(claimed: Delivery) -> None:
    """One transaction: what the handler writes, what it emits, and that it is done; or, when it has nothing to do, that
    alone. The row lock is the lease."""
    try:
        with transaction.atomic(durable=True):
            # Waits: another claim may hold a row it has passed over until its own statement has ended.
            delivery = MINE.first(pk=claimed.pk, attempts=claimed.attempts)
            if delivery:
                delivery.close(State.DONE, note=handler_of(delivery.source)(delivery))
    except Ignored as reason:
        code = str(reason)[:80]
        _leave(claimed, state=reason.state, note="", error_code=code, crashes=0, handled_at=clock.now())


def _mine(pk: Any, attempts: Any) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk=pk, attempts=attempts, state=State.NEW).select_for_update()


MINE = Written(_mine, pk=models.BigIntegerField(), attempts=models.IntegerField())


def handler_of(source: str) -> Callable[[Delivery], str]:
    """The function that an app has listed for a source; it returns a note. Raises LookupError when none has."""
    for app in apps.get_app_configs():
        if path := getattr(app, "handlers", {}).get(source):
            return import_string(path)  # type: ignore[no-any-return]
    raise LookupError(f"No app lists a handler for {source!r}.")


def _stumble(claimed: Delivery, code: str) -> None:
    """The handler failed: later again, each time after four times as long, and given up after the fifth time."""
    wait = min(LONGEST, timedelta(seconds=4**claimed.attempts)) * random.uniform(0.5, 1)  # noqa: S311
    if claimed.attempts >= LIMIT:
        _leave(claimed, state=State.DEAD, error_code=code, handled_at=clock.now())
    else:
        _leave(claimed, next_at=clock.now() + wait, error_code=code, crashes=claimed.crashes - 1)


def _leave(claimed: Delivery, **changes: object) -> None:
    Delivery.objects.filter(pk=claimed.pk, attempts=claimed.attempts, state=State.NEW).update(**changes)
