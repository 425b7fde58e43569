"""How fast a destination may be written to, by all processes together. Pure: moments are arguments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Pace:
    """One at a time, `apart` after the last, and at most so many within so long."""

    apart: timedelta
    at_most: tuple[tuple[int, timedelta], ...] = ()

    def remembered(self, turns: Sequence[datetime], now: datetime) -> list[datetime]:
        """Earlier turns that still count."""
        longest = max((window for _, window in self.at_most), default=timedelta())
        return [turn for turn in turns if turn > now - longest]

    def next_turn(self, turns: Sequence[datetime], now: datetime) -> datetime:
        """When the next one may begin, after `turns` in their order: `now` when it may at once."""
        full = [turns[-number] + window for number, window in self.at_most if len(turns) >= number]
        return max([now, *full])
