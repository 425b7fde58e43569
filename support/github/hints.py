"""Asking for one issue, or for the list of labels, to be read: by a webhook, by a person, by a list that lacks one.

Many hints about one thing are one reading. A hint that comes while a reading waits is in time for it: it happened over
there before that reading asks.
"""

from datetime import timedelta
from typing import Any, Final

from fleetcs import clock
from fleetcs.effects import emit
from fleetcs.models import Delivery, Effect, User

GATHER: Final = timedelta(seconds=2)  # one act over there often comes as several events


def read_issue(repo: str, number: int, *, cause: Delivery | None = None, by: User | None = None) -> None:
    """Have one issue looked at; call it in a transaction."""
    _once(f"github:issue:{repo}:{number}", "github.read_issue", {"repo": repo, "number": number}, cause, by)


def read_labels(repo: str, *, cause: Delivery | None = None, by: User | None = None) -> None:
    """Have the list of labels read; call it in a transaction."""
    _once(f"github:labels:{repo}", "github.read_labels", {"repo": repo}, cause, by)


def _once(order: str, kind: str, args: dict[str, Any], cause: Delivery | None, by: User | None) -> None:
    waiting = Effect.objects.filter(order_key=order, kind=kind, state=Effect.State.WAITING, attempts=0)
    if waiting.exists():
        return
    now = clock.now()
    at = now if by else now + GATHER
    emit(kind, key=f"{order}:{now:%Y%m%d%H%M%S%f}", args=args, order=order, cause=cause, by=by, at=at)
