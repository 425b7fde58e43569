"""Geometry of the drawn minute ledger: time from left to right, what counted and what did not, and marks. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from fleetcs.hours import Span
from support.sla import moment_text

WIDTH, TOP, THICK, HEIGHT = 640, 26, 22, 78
NARROW = 2.0  # a counted stretch is never drawn thinner
BEYOND = 2  # what lies further behind the due moment than so many times the band is not drawn to scale


@dataclass(frozen=True)
class Block:
    """A stretch of the band, in the drawing's units."""

    x: float
    width: float
    kind: str  # counted, closed or holiday
    title: str


@dataclass(frozen=True)
class Mark:
    """A moment on the band, with where its label begins and on which of the two lines it stands."""

    x: float
    label: str
    kind: str
    anchor: str
    line: int


@dataclass(frozen=True)
class Tick:
    """The beginning of a day."""

    x: float
    label: str


@dataclass(frozen=True)
class Band:
    """All that is drawn."""

    blocks: list[Block]
    marks: list[Mark]
    ticks: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    top: int = TOP
    thick: int = THICK


def drawn(spans: Sequence[Span], marks: Sequence[tuple[str, datetime]], zone: ZoneInfo) -> Band:
    """Spans and marked moments as a band that begins with the first span; nothing without spans."""
    if not spans:
        return Band([], [], [])
    first, last = spans[0].start, spans[-1].end
    latest = max([last, *(at for _, at in marks)])
    end = min(latest, last + BEYOND * max(last - first, timedelta(minutes=1)))
    scale = Scale(first, max(end, first + timedelta(seconds=1)))
    blocks = [_block(span, scale, zone) for span in spans]
    return Band(blocks, _marks(marks, scale), _ticks(scale, zone))


@dataclass(frozen=True)
class Scale:
    """Moments to places."""

    first: datetime
    last: datetime

    def x(self, at: datetime) -> float:
        share = (at - self.first) / (self.last - self.first)
        return round(WIDTH * max(0.0, min(1.0, share)), 1)


def _block(span: Span, scale: Scale, zone: ZoneInfo) -> Block:
    start, end = scale.x(span.start), scale.x(span.end)
    kind = "counted" if span.counted else "closed" if span.reason == "closed" else "holiday"
    title = f"{moment_text(span.start, zone)} to {moment_text(span.end, zone)}: {span.reason}"
    return Block(start, max(round(end - start, 1), NARROW if span.counted else 0), kind, title)


def _marks(marks: Sequence[tuple[str, datetime]], scale: Scale) -> list[Mark]:
    """Labels beside each other go to two lines, so that none lies on another."""
    found: list[Mark] = []
    for label, at in sorted(marks, key=lambda mark: mark[1]):
        x = scale.x(at)
        anchor = "end" if x > WIDTH - 40 else "start" if x < 40 else "middle"
        crowded = bool(found) and x - found[-1].x < 70
        found.append(Mark(x, label, label.lower(), anchor, 1 - found[-1].line if crowded else 0))
    return found


def _ticks(scale: Scale, zone: ZoneInfo) -> list[Tick]:
    """Midnights in the calendar's zone; only as many as can be read."""
    day = scale.first.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    days = []
    while day <= scale.last:
        days.append(day)
        day += timedelta(days=1)
    step = max(1, len(days) // 8)
    ticks = [Tick(scale.x(one), f"{one:%a} {one.day}") for one in days[::step]]
    return [tick for tick, following in pairwise([*ticks, Tick(WIDTH + 1, "")]) if following.x - tick.x > 1]
