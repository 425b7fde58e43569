"""What was measured beside what was wanted: one table, and one word for each goal."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.benchmarks.pages import Measured

HEAD = ("page", "tickets", "site", "CPU ms", "web", "database", "p50 ms", "p95 ms", "SQL", "bytes", "x bare", "x small")


@dataclass(frozen=True)
class Goal:
    """One goal and whether it was reached; `most` is a ceiling unless `least` is set."""

    name: str
    value: float
    wanted: float
    least: bool = False
    unit: str = ""

    @property
    def reached(self) -> bool:
        return self.value >= self.wanted if self.least else self.value <= self.wanted

    def __str__(self) -> str:
        sign, word = (">=" if self.least else "<="), ("reached" if self.reached else "MISSED")
        return f"  {word:<8}{self.name:<58}{self.value:>12,.2f} {sign} {self.wanted:,g}{self.unit}"


class Table:
    """The lines of the pages, and the goals that follow from them."""

    def __init__(self, measured: Iterable[Measured]) -> None:
        self.lines = {(one.page.name, one.kind, one.tickets): one for one in measured}
        self.sizes = sorted({tickets for _, _, tickets in self.lines})

    def beside_bare(self, one: Measured) -> float:
        bare = self.lines.get((one.page.name, "bare", one.tickets))
        return one.cpu / bare.cpu if bare else 0.0

    def beside_small(self, one: Measured) -> float:
        return one.cpu / self.lines[one.page.name, one.kind, self.sizes[0]].cpu

    def text(self) -> str:
        rows = [HEAD, *(self.row(one) for one in self.lines.values())]
        widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]
        return "\n".join(
            "  ".join(_fit(cell, width, place) for place, (cell, width) in enumerate(zip(row, widths, strict=True)))
            for row in rows
        )

    def row(self, one: Measured) -> tuple[str, ...]:
        ratio, growth = self.beside_bare(one), self.beside_small(one)
        numbers = (one.cpu, one.web, one.stored, one.p50, one.p95)
        return (
            one.page.name,
            f"{one.tickets:,}",
            one.kind,
            *(f"{number:.1f}" for number in numbers),
            str(one.statements),
            f"{one.size:,}",
            f"{ratio:.2f}" if one.kind == "ours" and ratio else "",
            f"{growth:.2f}" if one.tickets != self.sizes[0] else "",
        )

    def goals(self) -> Iterator[Goal]:
        """Of our pages: beside the bare one, from small to large, and in statements."""
        for one in self.lines.values():
            page = one.page
            if one.kind != "ours":
                continue
            if page.ratio:
                yield Goal(
                    f"{page.name}, {one.tickets:,}: CPU beside bare", self.beside_bare(one), page.ratio, unit="x"
                )
            if one.tickets != self.sizes[0]:
                yield Goal(f"{page.name}: SQL statements", one.statements, page.statements)
                if page.grows:
                    yield Goal(
                        f"{page.name}: CPU beside {self.sizes[0]:,}", self.beside_small(one), page.grows, unit="x"
                    )


def _fit(cell: str, width: int, place: int) -> str:
    return cell.ljust(width) if place in {0, 2} else cell.rjust(width)
