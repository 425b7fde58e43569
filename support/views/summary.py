"""What the managers' page shows, added up from one reading of the facts; every number with its tickets (SLA-21)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse

from fleetcs.charts import Bar, Part
from fleetcs.working_day import week_of
from support.figures import STATES, Counts, added_up, kept_share, percentile
from support.forms.figures import GROUPS, NONE, FigureForm, Picked
from support.kinds import ClockKind, Source
from support.models.figures import Rows, by
from support.models.summing import read
from support.sla import Priority, Tier
from support.views.misses import MOST, newest

NAMED: Final = ("account", "person", "channel")
# How the chart names what the columns are called.
DRAWN: Final = {state: words.lower().replace(" ", "_") for state, words in STATES.items()}
MOST_NAMED: Final = 100
MOST_WEEKS: Final = 160
PERCENTILES: Final = (50, 90, 95)
SIDES: Final = {True: ("Inside hours", "inside"), False: ("Outside hours", "outside")}


@dataclass(frozen=True)
class Taken:
    """How long first responses took: percentiles, and the answered tickets behind them."""

    label: str
    number: int
    url: str
    percentiles: list[timedelta]

    @classmethod
    def of(cls, label: str, counts: Mapping[int, int], url: str) -> "Taken":
        found = [timedelta(minutes=percentile(counts, percent) or 0) for percent in PERCENTILES]
        return cls(label, sum(counts.values()), url, found)


@dataclass(frozen=True)
class Line:
    """A row of a table: what it is about, and a number for each state; `base` is the address of all its tickets."""

    label: str
    counts: Counts
    base: str
    url: str = ""

    @property
    def cells(self) -> list[tuple[int, str]]:
        """Each state's number with the address of its tickets, in the order of the columns."""
        return [(self.counts.get(state, 0), self.at(state)) for state in STATES]

    def at(self, state: str) -> str:
        return f"{self.base}&state={state}" if self.base and self.counts.get(state) else ""

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def share(self) -> float | None:
        return kept_share(self.counts)


class Figures:
    """Everything on the page, added up from the rows of one statement."""

    def __init__(self, form: FigureForm, now: datetime, *, links: bool) -> None:
        self.form, self.now, self.links = form, now, links
        self.given = form.cleaned_data
        self.sums = read(form.scope, now)
        self.by_kind: dict[str, Rows] = {}
        for row in self.sums.promises:
            if row["week"] is None:
                self.by_kind.setdefault(row["kind"], []).append(row)
        self.contract = self.by_kind.get(ClockKind.RESPONSE, [])
        asked = ((name, _plain(self.given[name])) for name in ("first", "last", "tier", "priority", "side", *NAMED))
        self.asked = {name: value for name, value in asked if value}

    # --- links --------------------------------------------------------------------------------------------------------
    def url(self, **part: str) -> str:
        """The list of what a number counts; nothing for who may not see tickets."""
        return f"{self.list_url}?{urlencode(self.asked | part)}" if self.links else ""

    @cached_property
    def list_url(self) -> str:
        return reverse("support:figure_tickets")

    def line(self, label: str, counts: Counts | None, kind: str = "response", url: str = "", **part: str) -> Line:
        return Line(label, counts or {}, self.url(kind=kind, **part), url)

    # --- the contract's promise ---------------------------------------------------------------------------------------
    @cached_property
    def total(self) -> Line:
        return self.line("All", added_up(self.contract).get(()))

    @cached_property
    def tiers(self) -> list[Line]:
        return self.by_code(Tier, "tier")

    @cached_property
    def priorities(self) -> list[Line]:
        return self.by_code(Priority, "priority")

    def by_code(self, codes: type[Tier] | type[Priority], column: str) -> list[Line]:
        sums = added_up(self.contract, column)
        return [self.line(one.label, sums[one.value,], **{column: one.value}) for one in codes if (one.value,) in sums]

    @cached_property
    def sides(self) -> list[Line]:
        return self.by_side(self.contract, "response")

    def by_side(self, rows: Rows, kind: str) -> list[Line]:
        sums = added_up(rows, "inside")
        return [
            self.line(label, sums[side,], kind, side=code) for side, (label, code) in SIDES.items() if (side,) in sums
        ]

    @cached_property
    def tables(self) -> list[tuple[str, list[Line]]]:
        """What the page breaks down, each with its heading."""
        if self.given["by"]:
            return [(GROUPS[self.given["by"]], self.named(self.given["by"]))]
        return [("Tier", self.tiers), ("Priority", self.priorities)]

    def named(self, column: str) -> list[Line]:
        """By account, person or channel, with a link that narrows the page to one; of very many the rest as one line,
        so that they add up to all."""
        rows = by(self.form.scope, column, "name", self.now, MOST_NAMED)
        lines = [self._named(column, row) for row in rows]
        shown = {state: sum(line.counts.get(state, 0) for line in lines) for state in STATES}
        rest = Line(f"Every other {column}", {one: self.total.counts.get(one, 0) - shown[one] for one in STATES}, "")
        return [*lines, rest] if rest.total else lines

    def _named(self, column: str, row: dict[str, Any]) -> Line:
        one, counts = {column: str(row["key"] or NONE)}, {state: row[f"in_{state}"] for state in STATES}
        return self.line(row["label"] or f"No {column}", counts, url=f"?{urlencode(self.asked | one)}", **one)

    # --- our own targets, never mixed with the contract's -------------------------------------------------------------
    @cached_property
    def internal(self) -> list[Line]:
        """The internal target of messages, by side of the hours."""
        sides = self.by_side(self.by_kind.get(ClockKind.ACKNOWLEDGE, []), ClockKind.ACKNOWLEDGE.value)
        return [*sides, self.of_kind(ClockKind.ACKNOWLEDGE, "All")] if sides else []

    @cached_property
    def others(self) -> list[Line]:
        """Job applications and department requests."""
        lines = [self.of_kind(kind, str(kind.label)) for kind in (ClockKind.APPLICATION, ClockKind.REQUEST)]
        return [line for line in lines if line.total]

    def of_kind(self, kind: ClockKind, label: str) -> Line:
        return self.line(label, added_up(self.by_kind.get(kind, [])).get(()), kind.value)

    # --- how long it took ---------------------------------------------------------------------------------------------
    @cached_property
    def times(self) -> list[Taken]:
        """Percentiles of the first response: all, by tier, by side of the hours."""
        counts = self.sums.responses
        found: list[tuple[str, dict[int, int] | None, dict[str, str]]] = [("All", counts.get(()), {})]
        found += [(tier.label, counts.get(("tier", tier.value)), {"tier": tier.value}) for tier in Tier]
        found += [(label, counts.get(("inside", side)), {"side": code}) for side, (label, code) in SIDES.items()]
        return [
            Taken.of(label, taken, self.url(kind="response", state="answered", **part))
            for label, taken, part in found
            if taken
        ]

    # --- how it went over time ----------------------------------------------------------------------------------------
    @cached_property
    def weeks(self) -> list[date]:
        """Mondays; of a long time the last of them."""
        first, last = (week_of(self.given[end]) for end in ("first", "last"))
        number = min((last - first).days // 7 + 1, MOST_WEEKS)
        return [last - timedelta(weeks=back) for back in reversed(range(number))]

    @cached_property
    def trend(self) -> list[Line]:
        weekly = [row for row in self.sums.promises if row["week"] and row["kind"] == ClockKind.RESPONSE]
        sums = added_up(weekly, "week")
        return [
            self.line(f"{week:%-d %b}", sums.get((week.isoformat(),)), week=week.isoformat()) for week in self.weeks
        ]

    @cached_property
    def kept_by_week(self) -> list[tuple[str, float | None]]:
        return [(line.label, None if line.share is None else round(line.share, 1)) for line in self.trend]

    @cached_property
    def slow_by_week(self) -> list[tuple[str, float | None]]:
        """The 90th percentile of the first response in hours, week by week."""
        counts = self.sums.responses
        found = ((week, percentile(counts.get(("week", week.isoformat()), {}), 90)) for week in self.weeks)
        return [(f"{week:%-d %b}", None if minutes is None else round(minutes / 60, 1)) for week, minutes in found]

    # --- which way tickets came ---------------------------------------------------------------------------------------
    @cached_property
    def sources(self) -> list[Bar]:
        counts = self.sums.sources
        return [
            Bar(str(source.label), [Part("tickets", counts[source], self.url(source=source.value))])
            for source in Source
            if counts[source]
        ]

    @cached_property
    def bars(self) -> list[Bar]:
        """The first table as bars."""
        lines = self.tables[0][1]
        return [
            Bar(
                line.label,
                [
                    Part(DRAWN[state], line.counts.get(state, 0), line.at(state))
                    for state in STATES
                    if self.total.counts.get(state)
                ],
                line.url,
            )
            for line in lines
        ]

    # --- what was missed ----------------------------------------------------------------------------------------------
    @cached_property
    def misses(self) -> list[dict[str, Any]]:
        """The newest, and one more if there is."""
        return newest(self.form.scope) if self.links else []

    @property
    def has_more_misses(self) -> bool:
        return len(self.misses) > MOST

    # --- as a file ----------------------------------------------------------------------------------------------------
    def sheet(self) -> Iterator[list[object]]:
        """Every table of the page, row by row."""
        sections = [
            ("All", [self.total]),
            *self.tables,
            ("Received", self.sides),
            ("Week", self.trend),
            ("Internal target", self.internal),
            ("Other clocks", self.others),
        ]
        for heading, lines in sections:
            for line in lines:
                yield [heading, line.label, *(count for count, _ in line.cells), line.total]


def _plain(value: Any) -> str:
    return value.in_url if isinstance(value, Picked) else str(value or "")
