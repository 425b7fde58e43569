"""Charts as HTML, each with the same figures as a table: written at once, since a page has hundreds of marks.

Words and addresses are escaped here; the numbers are our own.
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from django.utils.safestring import SafeString

from fleetcs import charts
from fleetcs.charts import Bar, Part
from fleetcs.wording import amount, kind_words

NOTHING: Final = '<span class="quiet">0</span>'
MISSING: Final = '<span class="quiet">\u2013</span>'

type Points = Sequence[tuple[str, float | None]]


def bars(shown: Sequence[Bar], title: str, unit: str = "") -> SafeString:
    """Bars of parts, the longest reaching the right edge."""
    rows, kinds = charts.rows_of(shown), charts.kinds_of(shown)
    height, said = max(1, len(rows)) * charts.ROW, escape(title)
    drawn = "".join(map(_bar, rows))
    return SafeString(
        f'<figure class="chart"><figcaption>{said}</figcaption>{_legend(kinds)}'
        f'<svg class="bars" viewBox="0 0 {charts.WIDTH} {height}" role="group" '
        f'aria-label="{said}; the same figures are in the table below">{drawn}</svg>'
        + _twin(said, _bars_head(kinds, unit), map(_bars_row, rows), is_open=len(rows) < 13)
        + "</figure>"
    )


def line(points: Points, title: str, unit: str = "") -> SafeString:
    """A line from zero, broken where a value is missing."""
    said, of = escape(title), escape(unit)
    head = f'<th scope="col">When</th>{_th(of or "Value")}'
    rows = [_line_row(label, value) for label, value in points]
    unit_said = f' <span class="quiet">({of})</span>' if of else ""
    return SafeString(
        f'<figure class="chart"><figcaption>{said}{unit_said}</figcaption>'
        f'<svg class="line" viewBox="0 0 {charts.WIDTH} {charts.LINE_HEIGHT}" role="img" '
        f'aria-label="{said}; the same figures are in the table below">{_plot(charts.line_of(points), of)}</svg>'
        + _twin(said, head, rows)
        + "</figure>"
    )


# --- bars -------------------------------------------------------------------------------------------------------------
def _legend(kinds: Sequence[str]) -> str:
    if len(kinds) < 2:
        return ""
    mark = '<svg width="12" height="12"><rect class="bar bar-{0}" width="12" height="12" rx="2"/></svg>{1}'
    items = "".join(f"<li>{mark.format(escape(kind), escape(kind_words(kind)))}</li>" for kind in kinds)
    return f'<ul class="kinds" aria-hidden="true">{items}</ul>'


def _bar(row: charts.Row) -> str:
    label = escape(row.bar.label)
    short = label if len(row.bar.label) <= 24 else f"{escape(row.bar.label[:23])}\u2026"
    pieces = "".join(_piece(piece, row.top, label) for piece in row.pieces)
    return (
        f'<text class="bar-label" x="{charts.LABEL - charts.LABEL_GAP}" y="{row.middle}">{short}</text>{pieces}'
        f'<text class="bar-value" x="{row.end_x}" y="{row.middle}">{amount(row.bar.total)}</text>'
    )


def _piece(piece: charts.Piece, top: int, label: str) -> str:
    part = piece.part
    says = f"{label}, {escape(kind_words(part.kind).lower())}: {amount(part.value)}"
    drawn = (
        f'<rect class="bar bar-{escape(part.kind)}" x="{piece.x}" y="{top}" width="{piece.width}" '
        f'height="{charts.THICK}" rx="2"><title>{says}</title></rect>'
    )
    return f'<a href="{escape(part.url)}" tabindex="-1" aria-label="{says}">{drawn}</a>' if part.url else drawn


def _bars_head(kinds: Sequence[str], unit: str) -> str:
    heads = [_th(escape(kind_words(kind))) for kind in kinds]
    if len(kinds) > 1:
        heads.append(_th(f"All {escape(unit)}".rstrip()))
    return '<th scope="col"><span class="visually-hidden">What</span></th>' + "".join(heads)


def _bars_row(row: charts.Row) -> str:
    label = escape(row.bar.label)
    named = f'<a href="{escape(row.bar.url)}">{label}</a>' if row.bar.url else label
    cells = [*map(_cell, row.cells), *([amount(row.bar.total)] if len(row.cells) > 1 else [])]
    return f'<th scope="row">{named}</th>' + "".join(f'<td class="num">{cell}</td>' for cell in cells)


def _cell(part: Part | None) -> str:
    if part is None:
        return NOTHING
    return f'<a href="{escape(part.url)}">{amount(part.value)}</a>' if part.url else amount(part.value)


# --- lines ------------------------------------------------------------------------------------------------------------
def _plot(drawn: charts.Line, unit: str) -> str:
    said = f" {unit}" if unit else ""
    marks = [
        f'<line class="mark" x1="{charts.PLOT_LEFT}" x2="{charts.WIDTH}" y1="{y}" y2="{y}"/>'
        f'<text class="mark-label" x="{charts.PLOT_LEFT - 6}" y="{y}">{words}</text>'
        for y, words in drawn.marks
    ]
    strokes = [f'<polyline class="stroke" points="{points}"/>' for points in drawn.strokes]
    dots = [
        f'<circle class="point" cx="{dot.x}" cy="{dot.y}" r="3">'
        f"<title>{escape(dot.label)}: {amount(dot.value)}{said}</title></circle>"
        for dot in drawn.dots
    ]
    labels = [f'<text class="axis-label" x="{x}" y="170">{escape(words)}</text>' for x, words in drawn.labels]
    return "".join([*marks, *strokes, *dots, *labels])


def _line_row(label: str, value: float | None) -> str:
    shown = MISSING if value is None else amount(value)
    return f'<th scope="row">{escape(label)}</th><td class="num">{shown}</td>'


# --- the same as a table ----------------------------------------------------------------------------------------------
def _th(words: str) -> str:
    return f'<th scope="col" class="num">{words}</th>'


def _twin(title: str, head: str, rows: Iterable[str], *, is_open: bool = False) -> str:
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return (
        f'<details class="twin"{" open" if is_open else ""}><summary>Figures as a table</summary>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{title} as a table"><table class="figures">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )
