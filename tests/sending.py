"""What waits to leave, sent at once."""

from datetime import timedelta

from fleetcs import clock, effects
from fleetcs.models import Effect, EffectAttempt, Gate


def send_all() -> None:
    """Everything that is due, and what follows from it, retries included, as if each had been tried a day ago."""
    for _ in range(20):
        EffectAttempt.objects.update(at=clock.now() - timedelta(days=1))
        Effect.objects.open().update(next_at=clock.now() - timedelta(days=1))
        Gate.objects.update(turn_at=None)  # the second between two writes
        if not effects.send_rest() + effects.send_page():
            return
