"""What the managers' page adds up: states of clocks, steps of response time, percentiles by nearest rank. Pure."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

# Every clock is in exactly one of these; the words are the heads of the columns.
STATES: Final[dict[str, str]] = {
    "kept": "Kept",
    "missed": "Missed",
    "late": "Late now",
    "at_risk": "At risk",
    "running": "On time",
    "none": "No promise",
    "withdrawn": "Withdrawn",
}
COLUMNS: Final = tuple((state, f"in_{state}") for state in STATES)
type Counts = dict[str, int]
ENDED: Final = ("kept", "missed", "none", "withdrawn")  # what a tally can know; the others depend on the hour
BROKEN: Final = ("missed", "late")
DAY: Final = 24 * 60
# Upper edges, in minutes: exact up to half an hour, then at most one part in twelve apart, up to a quarter of a year.
STEPS: Final[tuple[int, ...]] = (
    *range(1, 31),
    *range(32, 61, 2),
    *range(65, 121, 5),
    *range(130, 241, 10),
    *range(260, 481, 20),
    *range(510, DAY + 1, 30),
    *range(DAY + 120, 3 * DAY + 1, 120),
    *range(3 * DAY + 360, 14 * DAY + 1, 360),
    *range(15 * DAY, 91 * DAY, DAY),
)


def step_of(seconds: float) -> int:
    """The step that an amount of time falls into: the first upper edge, in minutes, that is not below it."""
    minutes = -(-seconds // 60)
    return STEPS[min(bisect_left(STEPS, minutes), len(STEPS) - 1)]


def percentile(responses: Mapping[int, int], percent: int) -> int | None:
    """The nearest-rank percentile of counted values: the smallest that `percent` of them do not exceed."""
    wanted = -(-sum(responses.values()) * percent // 100)
    for minutes in sorted(responses):
        wanted -= responses[minutes]
        if wanted <= 0 and responses[minutes]:
            return minutes
    return None


def added_up(rows: Iterable[Mapping[str, Any]], *by: str) -> dict[tuple[Any, ...], Counts]:
    """Counts of the states, summed up by some of the columns; states that nothing is in are left out."""
    sums: dict[tuple[Any, ...], Counts] = {}
    for row in rows:
        counts = sums.setdefault(tuple([row[name] for name in by]), {})
        for state, column in COLUMNS:
            if number := row[column]:
                counts[state] = counts.get(state, 0) + number
    return sums


@dataclass(frozen=True)
class Sums:
    """What a page of figures adds up. `promises`: rows by dimension (`week` is None) and by week (the dimensions are
    None). `responses`: how many took which step of minutes, for ("tier", code), ("inside", side), ("week", day) and
    for () all of them. `sources`: tickets by the way they came."""

    promises: list[dict[str, Any]]
    responses: dict[tuple[Any, ...], Counter[int]]
    sources: Counter[str]

    @classmethod
    def of(cls, rows: Mapping[str, Any]) -> "Sums":
        """From rows as the database adds them up."""
        sources: Counter[str] = Counter()
        for row in rows["sources"] or ():
            sources[row["source"]] += row["number"]
        return cls(rows["promises"] or [], histograms(rows["responses"] or ()), sources)

    def __add__(self, other: "Sums") -> "Sums":
        responses = self.responses | {
            key: self.responses.get(key, Counter()) + counts for key, counts in other.responses.items()
        }
        return Sums(self.promises + other.promises, responses, self.sources + other.sources)


def histograms(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[Any, ...], Counter[int]]:
    """Responses by their step of minutes: in all, by tier, by side of the hours, and by week."""
    sums: dict[tuple[Any, ...], Counter[int]] = {}
    for row in rows:
        keys: tuple[tuple[Any, ...], ...] = (("week", row["week"]),)
        if row["week"] is None:
            keys = ((), ("tier", row["tier"]), ("inside", row["inside"]))
        for key in keys:
            sums.setdefault(key, Counter())[row["step"]] += row["number"]
    return sums


def kept_share(counts: Mapping[str, int]) -> float | None:
    """How much of what has been decided was kept, in percent; what is late now is decided already."""
    decided = sum(counts.get(state, 0) for state in ("kept", *BROKEN))
    return 100 * counts.get("kept", 0) / decided if decided else None
