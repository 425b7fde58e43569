"""Geometry of the small charts that the server draws: plain numbers in, plain numbers out. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, ROW, THICK, LABEL, LABEL_GAP, VALUE = 560, 26, 16, 162, 8, 52
LINE_HEIGHT, PLOT_TOP, PLOT_BOTTOM, PLOT_LEFT = 180, 12, 150, 40


@dataclass(frozen=True)
class Part:
    """A piece of a bar: `kind` (kept, missed, at_risk, none, main ...) gives colour and pattern."""

    kind: str
    value: float
    url: str = ""


@dataclass(frozen=True)
class Bar:
    """One bar of a chart, in pieces that add up."""

    label: str
    parts: Sequence[Part]
    url: str = ""

    @property
    def total(self) -> float:
        return sum(part.value for part in self.parts)


@dataclass(frozen=True)
class Piece:
    """A drawn part: where it begins and how wide it is, in the chart's own units."""

    part: Part
    x: float
    width: float


@dataclass(frozen=True)
class Row:
    """A drawn bar."""

    bar: Bar
    y: int
    pieces: list[Piece]
    cells: list[Part | None]  # one for each kind of the chart, for the table

    @property
    def top(self) -> int:
        return self.y + (ROW - THICK) // 2

    @property
    def middle(self) -> int:
        return self.y + ROW // 2

    @property
    def end_x(self) -> float:
        return LABEL_GAP + (self.pieces[-1].x + self.pieces[-1].width if self.pieces else LABEL)


def rows_of(bars: Sequence[Bar]) -> list[Row]:
    """Bars as rows of rectangles, the longest reaching the right edge."""
    most = max((bar.total for bar in bars), default=0) or 1
    scale = (WIDTH - LABEL - VALUE) / most
    kinds = kinds_of(bars)
    return [Row(bar, number * ROW, _pieces(bar, scale), _cells(bar, kinds)) for number, bar in enumerate(bars)]


def _cells(bar: Bar, kinds: Sequence[str]) -> list[Part | None]:
    by_kind = {part.kind: part for part in bar.parts}
    return [by_kind.get(kind) for kind in kinds]


def _pieces(bar: Bar, scale: float) -> list[Piece]:
    pieces: list[Piece] = []
    x = float(LABEL)
    for part in bar.parts:
        width = round(part.value * scale, 1)
        if width:
            pieces.append(Piece(part, round(x, 1), width))
        x += width
    return pieces


def kinds_of(bars: Sequence[Bar]) -> list[str]:
    """The kinds that occur, in the order they first do."""
    return list(dict.fromkeys(part.kind for bar in bars for part in bar.parts))


@dataclass(frozen=True)
class Dot:
    """A point of a line, with what it says."""

    x: float
    y: float
    label: str
    value: float


@dataclass(frozen=True)
class Line:
    """A drawn line in strokes, broken where a value is missing, with its two or three height marks."""

    dots: list[Dot]
    strokes: list[str]
    marks: list[tuple[float, str]]
    labels: list[tuple[float, str]]


def line_of(points: Sequence[tuple[str, float | None]]) -> Line:
    """(label, value) pairs as a line from zero; None leaves a gap."""
    most = max((value for _, value in points if value is not None), default=0) or 1
    step = (WIDTH - PLOT_LEFT - 20) / max(1, len(points) - 1)
    dots = [
        None if value is None else Dot(round(PLOT_LEFT + number * step, 1), _height(value, most), label, value)
        for number, (label, value) in enumerate(points)
    ]
    marks = [(_height(most * share, most), f"{most * share:g}") for share in (0, 0.5, 1)]
    every = max(1, len(points) // 6)
    labels = [(round(PLOT_LEFT + n * step, 1), label) for n, (label, _) in enumerate(points) if n % every == 0]
    return Line([dot for dot in dots if dot], _strokes(dots), marks, labels)


def _height(value: float, most: float) -> float:
    return round(PLOT_BOTTOM - (PLOT_BOTTOM - PLOT_TOP) * value / most, 1)


def _strokes(dots: Sequence[Dot | None]) -> list[str]:
    strokes: list[list[Dot]] = [[]]
    for dot in dots:
        if dot is None:
            strokes.append([])
        else:
            strokes[-1].append(dot)
    return [" ".join(f"{dot.x},{dot.y}" for dot in stroke) for stroke in strokes if len(stroke) > 1]
