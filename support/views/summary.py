"""What the managers' page shows, added up from one reading of the facts; every number with its tickets (SLA-21)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse

from fleetcs.charts import Bar, Part
from support.figures import STATES, added_up, histogram, kept_share, percentile
from support.forms.figures import GROUPS, NONE, FigureForm, Picked
from support.kinds import ClockKind, Source
from support.models import Clock
from support.models.figures import Rows, by, read
from support.sla import Priority, Tier

NAMED: Final = ("account", "person", "channel")
# How the chart names what the columns are called.
DRAWN: Final = {state: words.lower().replace(" ", "_") for state, words in STATES.items()}
MOST_MISSES: Final = 50
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
    """A row of a table: what it is about, and a number for each state with the tickets behind it."""

    label: str
    counts: dict[str, int]
    urls: dict[str, str]
    url: str = ""

    @property
    def cells(self) -> list[tuple[int, str]]:
        return [(self.counts.get(state, 0), self.urls.get(state, "")) for state in STATES]

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
        self.rows = read(form.scope, now)
        self.contract = [row for row in self.rows["promises"] if row["kind"] == ClockKind.RESPONSE]

    # --- links --------------------------------------------------------------------------------------------------------
    def url(self, **part: Any) -> str:
        """The list of what a number counts; nothing for who may not see tickets."""
        return f"{reverse('support:figure_tickets')}?{self.query(**part)}" if self.links else ""

    def query(self, **part: Any) -> str:
        """This page's question, narrowed."""
        asked = {name: _plain(self.given[name]) for name in ("first", "last", "tier", "priority", "side", *NAMED)}
        return urlencode({name: value for name, value in (asked | part).items() if value not in ("", None)})

    def line(self, label: str, counts: dict[str, int], kind: str = "response", url: str = "", **part: Any) -> Line:
        urls = {state: self.url(kind=kind, state=state, **part) for state in STATES if counts.get(state)}
        return Line(label, counts, urls, url)

    # --- the contract's promise ---------------------------------------------------------------------------------------
    @cached_property
    def total(self) -> Line:
        return self.line("All", dict(added_up(self.contract).get((), {})))

    @property
    def tiers(self) -> list[Line]:
        return self.by_code(Tier, "tier")

    @property
    def priorities(self) -> list[Line]:
        return self.by_code(Priority, "priority")

    def by_code(self, codes: type[Tier] | type[Priority], column: str) -> list[Line]:
        sums = added_up(self.contract, column)
        return [self.line(one.label, dict(sums[one.value,]), **{column: one.value}) for one in codes
                if (one.value,) in sums]

    @property
    def sides(self) -> list[Line]:
        return self.by_side(self.contract, "response")

    def by_side(self, rows: Rows, kind: str) -> list[Line]:
        sums = added_up(rows, "inside")
        return [self.line(label, dict(sums[side,]), kind, side=code)
                for side, (label, code) in SIDES.items() if (side,) in sums]

    @property
    def tables(self) -> list[tuple[str, list[Line]]]:
        """What the page breaks down, each with its heading."""
        if self.given["by"]:
            return [(GROUPS[self.given["by"]], self.named(self.given["by"]))]
        return [("Tier", self.tiers), ("Priority", self.priorities)]

    def named(self, column: str) -> list[Line]:
        """By account, person or channel, with a link that narrows the page to one."""
        return [self._named(column, row) for row in by(self.form.scope, column, "name", self.now)]

    def _named(self, column: str, row: dict[str, Any]) -> Line:
        one, counts = {column: row["key"] or NONE}, {state: row[f"in_{state}"] for state in STATES}
        return self.line(row["label"] or f"No {column}", counts, url=f"?{self.query(**one)}", **one)

    # --- our own targets, never mixed with the contract's -------------------------------------------------------------
    @property
    def internal(self) -> list[Line]:
        """The internal target of messages, by side of the hours."""
        rows = [row for row in self.rows["promises"] if row["kind"] == ClockKind.ACKNOWLEDGE]
        sides = self.by_side(rows, ClockKind.ACKNOWLEDGE.value)
        return [*sides, self.of_kind(ClockKind.ACKNOWLEDGE, "All")] if sides else []

    @property
    def others(self) -> list[Line]:
        """Job applications and department requests."""
        lines = [self.of_kind(kind, str(kind.label)) for kind in (ClockKind.APPLICATION, ClockKind.REQUEST)]
        return [line for line in lines if line.total]

    def of_kind(self, kind: ClockKind, label: str) -> Line:
        rows = [row for row in self.rows["promises"] if row["kind"] == kind]
        return self.line(label, dict(added_up(rows).get((), {})), kind.value)

    # --- how long it took ---------------------------------------------------------------------------------------------
    @property
    def times(self) -> list[Taken]:
        """Percentiles of the first response: all, by tier, by side of the hours."""
        rows = self.rows["responses"]
        tiers, sides = histogram(rows, "tier"), histogram(rows, "inside")
        found: list[tuple[str, Counter[int] | None, dict[str, str]]] = [("All", histogram(rows).get(()), {})]
        found += [(tier.label, tiers.get((tier.value,)), {"tier": tier.value}) for tier in Tier]
        found += [(label, sides.get((side,)), {"side": code}) for side, (label, code) in SIDES.items()]
        return [Taken.of(label, counts, self.url(kind="response", state="answered", **part))
                for label, counts, part in found if counts]

    # --- how it went over time ----------------------------------------------------------------------------------------
    @property
    def weeks(self) -> list[date]:
        weeks: list[date] = []
        monday = self.given["first"] - timedelta(days=self.given["first"].weekday())
        while monday <= self.given["last"] and len(weeks) < MOST_WEEKS:
            weeks.append(monday)
            monday += timedelta(weeks=1)
        return weeks

    @property
    def trend(self) -> list[Line]:
        sums = added_up(self.contract, "week")
        return [self.line(f"{week:%-d %b}", dict(sums.get((week.isoformat(),), {})), week=week.isoformat())
                for week in self.weeks]

    @property
    def kept_by_week(self) -> list[tuple[str, float | None]]:
        return [(line.label, None if line.share is None else round(line.share, 1)) for line in self.trend]

    @property
    def slow_by_week(self) -> list[tuple[str, float | None]]:
        """The 90th percentile of the first response in hours, week by week."""
        sums = histogram(self.rows["weeks"], "week")
        found = ((week, percentile(sums.get((week.isoformat(),), {}), 90)) for week in self.weeks)
        return [(f"{week:%-d %b}", None if minutes is None else round(minutes / 60, 1)) for week, minutes in found]

    # --- which way tickets came ---------------------------------------------------------------------------------------
    @property
    def sources(self) -> list[Bar]:
        counts: Counter[str] = Counter()
        for row in self.rows["sources"]:
            counts[row["source"]] += row["number"]
        return [Bar(str(source.label), [Part("tickets", counts[source], self.url(source=source.value))])
                for source in Source if counts[source]]

    @property
    def bars(self) -> list[Bar]:
        """The first table as bars."""
        lines = self.tables[0][1]
        return [Bar(line.label, [Part(DRAWN[state], line.counts.get(state, 0), line.urls.get(state, ""))
                                 for state in STATES if self.total.counts.get(state)], line.url) for line in lines]

    # --- what was missed ----------------------------------------------------------------------------------------------
    @cached_property
    def misses(self) -> list[Clock]:
        """The newest, with what a row shows; the whole list is behind the number."""
        missed = self.form.scope.clocks().promised().filter(missed=True).order_by("-received_on", "-pk")
        return list(missed.select_related("ticket", "account", "person")[:MOST_MISSES]) if self.links else []

    # --- as a file ----------------------------------------------------------------------------------------------------
    def sheet(self) -> Iterator[list[object]]:
        """Every table of the page, row by row."""
        sections = [("All", [self.total]), *self.tables, ("Received", self.sides), ("Week", self.trend),
                    ("Internal target", self.internal), ("Other clocks", self.others)]
        for heading, lines in sections:
            for line in lines:
                yield [heading, line.label, *(count for count, _ in line.cells), line.total]


def _plain(value: Any) -> str:
    return value.in_url if isinstance(value, Picked) else str(value or "")
