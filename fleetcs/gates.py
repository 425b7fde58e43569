"""Reading from the outside while somebody waits: a command obeys the same gates as everything that is sent."""

from collections.abc import Callable

from fleetcs import clock
from fleetcs.clients.http import Unavailable
from fleetcs.models import Gate


def through_gate[T](destination: str, read: Callable[[], T]) -> T:
    """What `read` finds there. Raises Unavailable while the destination has asked to be left alone, or now does."""
    now = clock.now()
    if gate := Gate.objects.closed(now).filter(pk=destination).first():
        raise Unavailable(gate.not_before - now, gate.reason or "gate")
    try:
        return read()
    except Unavailable as limited:
        if limited.after is not None:
            Gate.objects.close(destination, until=clock.now() + limited.after, reason=limited.code)
        raise
